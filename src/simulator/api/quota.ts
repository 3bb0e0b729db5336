import type { KubeObject } from '../../kube/object.ts'
import type { Kind } from './kinds.ts'
import { amountOf, canonicalQuantity } from './quantity.ts'
import type { Store } from './store.ts'

type Amounts = Readonly<Record<string, unknown>>
type Container = { name: string; resources?: { requests?: Amounts; limits?: Amounts } }

const containersOf = ({ spec }: KubeObject): Container[] => spec.containers
const isEnded = ({ status }: KubeObject) => status?.phase === 'Failed' || status?.phase === 'Succeeded'

/** Where a container says how much of a key it takes; undefined for keys that are no resources of containers. */
function resourceOf(key: string): ((container: Container) => unknown) | undefined {
  const [, prefix = 'requests.', name = ''] = /^(requests\.|limits\.)?(cpu|memory)$/.exec(key) ?? []
  if (name === '') return undefined
  return ({ resources }) => (prefix === 'limits.' ? resources?.limits : resources?.requests)?.[name]
}

/** How much of a key of a quota one object takes. */
function takes(key: string, { kind, group, plural }: Kind, object: KubeObject): number {
  const isPod = kind === 'Pod' && group === ''
  if (isPod && isEnded(object)) return 0
  if (key === `count/${plural}${group && `.${group}`}` || (group === '' && key === plural)) return 1
  if (key === 'requests.storage' && kind === 'PersistentVolumeClaim')
    return amountOf(object['spec'].resources.requests.storage)
  const resource = resourceOf(key)
  if (!isPod || resource === undefined) return 0
  return containersOf(object).reduce((sum, container) => sum + amountOf(resource(container) ?? 0), 0)
}

const shown = (key: string, amount: number): unknown =>
  canonicalQuantity(/memory|storage/.test(key) ? `${amount / 1024 ** 2}Mi` : String(amount))

const hardOf = ({ spec }: KubeObject): Record<string, unknown> => spec.hard ?? {}

/** What the objects of its namespace take of a quota, by its keys. */
function usedOf(store: Store, quota: KubeObject): Record<string, number> {
  const objects = store
    .kinds()
    .filter(kind => kind.namespaced)
    .flatMap(kind => store.list(kind, quota.metadata.namespace).map(object => ({ kind, object })))
  const used = (key: string) => objects.reduce((sum, { kind, object }) => sum + takes(key, kind, object), 0)
  return Object.fromEntries(Object.keys(hardOf(quota)).map(key => [key, used(key)]))
}

/** Its status as the controller writes it. */
export const quotaStatus = (store: Store, quota: KubeObject): object => ({
  hard: hardOf(quota),
  used: Object.fromEntries(Object.entries(usedOf(store, quota)).map(([key, amount]) => [key, shown(key, amount)])),
})

/** Why the quotas of its namespace do not let this object in, in the words of the API server; undefined if they do. */
export function quotaProblem(store: Store, kind: Kind, object: KubeObject): string | undefined {
  for (const quota of store.list(store.kindOf('', 'resourcequotas')!, object.metadata.namespace)) {
    if (quota['spec'].scopes || quota['spec'].scopeSelector) continue
    const { name } = quota.metadata
    const keys = Object.keys(hardOf(quota)).sort()
    const silent = kind.kind === 'Pod' ? keys.flatMap(key => unsaid(key, object)) : []
    if (silent.length > 0) return `failed quota: ${name}: must specify ${silent.join('; ')}`
    const used = usedOf(store, quota)
    const over = keys.filter(key => {
      const asked = takes(key, kind, object)
      return asked > 0 && used[key]! + asked > amountOf(hardOf(quota)[key])
    })
    if (over.length === 0) continue
    const list = (amount: (key: string) => number) => over.map(key => `${key}=${shown(key, amount(key))}`).join(',')
    const asked = list(key => takes(key, kind, object))
    return `exceeded quota: ${name}, requested: ${asked}, used: ${list(key => used[key]!)}, limited: ${list(key => amountOf(hardOf(quota)[key]))}`
  }
  return undefined
}

function unsaid(key: string, pod: KubeObject): string[] {
  const resource = resourceOf(key)
  const names = resource ? containersOf(pod).filter(container => resource(container) === undefined) : []
  return names.length > 0 ? [`${key} for: ${names.map(({ name }) => name).join(',')}`] : []
}
