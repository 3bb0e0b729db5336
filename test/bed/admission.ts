import type { KubeObject } from '../../src/kube/object.ts'
import { quantityOf } from '../../src/kube/quantity.ts'
import type { Admission } from '../../src/simulator/api/admission.ts'
import type { Store } from '../../src/simulator/api/store.ts'
import type { Controller } from '../../src/simulator/cluster.ts'

type Context = {
  allowPrivilegeEscalation?: boolean
  runAsNonRoot?: boolean
  capabilities?: { drop?: string[] }
  seccompProfile?: { type?: string }
}

/** The rules of Pod Security "restricted" that ordinary pods break (kubernetes.io, "Pod Security Standards"). */
const RESTRICTED: Readonly<Record<string, (container: Context, pod: Context) => boolean>> = {
  'allowPrivilegeEscalation != false': container => container.allowPrivilegeEscalation === false,
  'unrestricted capabilities': container => container.capabilities?.drop?.includes('ALL') === true,
  'runAsNonRoot != true': (container, pod) => (container.runAsNonRoot ?? pod.runAsNonRoot) === true,
  seccompProfile: (container, pod) =>
    /^(RuntimeDefault|Localhost)$/.test((container.seccompProfile ?? pod.seccompProfile)?.type ?? ''),
}

function podSecurityProblem({ spec }: KubeObject, namespace: KubeObject | undefined): string | undefined {
  if (namespace?.metadata.labels?.['pod-security.kubernetes.io/enforce'] !== 'restricted') return undefined
  const containers: { securityContext?: Context }[] = spec.containers
  const broken = Object.entries(RESTRICTED).filter(([, isMet]) =>
    containers.some(each => !isMet(each.securityContext ?? {}, spec.securityContext ?? {})),
  )
  if (broken.length === 0) return undefined
  return `violates PodSecurity "restricted:latest": ${broken.map(([rule]) => rule).join(', ')}`
}

const hardOf = ({ spec }: KubeObject): Record<string, string> => spec.hard ?? {}

/** How many objects of the namespace count for each key of a quota that limits objects, not resources. */
function usedOf(store: Store, quota: KubeObject): Record<string, number> {
  const count = (key: string) => {
    const [plural = '', ...group] = key.replace(/^count\//, '').split('.')
    const kind = store.kindOf(group.join('.'), plural)
    return kind ? store.list(kind, quota.metadata.namespace).length : 0
  }
  return Object.fromEntries(Object.keys(hardOf(quota)).map(key => [key, count(key)]))
}

/** Pod Security and quotas of numbers of objects, in the words of the API server. */
export const refuseByPolicy: Admission = (store, { kind, group, plural }, object) => {
  const { namespace = '' } = object.metadata
  const unsafe =
    kind === 'Pod' && podSecurityProblem(object, store.get(store.kindOf('', 'namespaces')!, undefined, namespace))
  if (unsafe) return unsafe
  for (const quota of store.list(store.kindOf('', 'resourcequotas')!, namespace)) {
    const used = usedOf(store, quota)
    const keys = [`count/${plural}${group && `.${group}`}`, ...(group === '' ? [plural] : [])]
    const over = keys.find(key => key in used && used[key]! + 1 > (quantityOf(hardOf(quota)[key]!) ?? 0))
    if (over)
      return `exceeded quota: ${quota.metadata.name}, requested: ${over}=1, used: ${over}=${used[over]}, limited: ${over}=${hardOf(quota)[over]}`
  }
  return undefined
}

/** Writes into the status of quotas what their namespaces use. */
export const quotas: Controller = {
  kind: 'ResourceQuota',
  related: ({ kind, object }, cluster) =>
    kind.kind === 'Event' ? [] : cluster.list('ResourceQuota', object.metadata.namespace ?? ''),
  reconcile: (quota, cluster) => {
    const used = Object.entries(usedOf(cluster.store, quota)).map(([key, count]) => [key, String(count)])
    cluster.setStatus(quota, { hard: hardOf(quota), used: Object.fromEntries(used) })
  },
}
