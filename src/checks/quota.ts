import { resourceOf } from '../kube/kinds.ts'
import type { KubeObject } from '../kube/object.ts'
import { amount, isEnded, isOneOf, RESOURCES, type Resource, requested, shown, wanted } from './amounts.ts'
import type { CheckFacts } from './check.ts'
import { withDefaults } from './limits.ts'
import { claimNeeds, type PodNeed, podNeeds } from './needs.ts'
import { isDefaultClass } from './storage.ts'

/** What the plan adds to a namespace beyond what it has there already. */
type Added = {
  pods: readonly PodNeed[]
  running: readonly KubeObject[]
  claims: readonly Claim[]
  /** Every object but the pods and the claims, those of controllers included. */
  objects: readonly KubeObject[]
}
type Claim = { className: string | undefined; bytes: number }

const sum = <T>(items: readonly T[], of: (item: T) => number): number => items.reduce((all, item) => all + of(item), 0)

const requests =
  (resource: Resource) =>
  ({ pods, running }: Added): number =>
    sum(pods, pod => pod.count * wanted(pod, resource)) - sum(running, pod => requested(pod, resource))

const limitOf = (pod: PodNeed, resource: Resource): number =>
  sum(pod.containers, container => amount(container.limits[resource]))
const limits =
  (resource: Resource) =>
  ({ pods, running }: Added): number =>
    sum(pods, pod => limitOf(pod, resource) * (pod.count - running.filter(live => isOneOf(pod, live)).length))

const pods = ({ pods, running }: Added): number => sum(pods, ({ count }) => count) - running.length
const storage = ({ claims }: Added): number => sum(claims, ({ bytes }) => bytes)

const servicesOf = ({ objects }: Added): readonly KubeObject[] => objects.filter(({ kind }) => kind === 'Service')

/** How much of each key of a quota the plan takes; for the others see `takenOf`. */
const TAKEN: Readonly<Record<string, (added: Added) => number>> = {
  pods,
  cpu: requests('cpu'),
  'requests.cpu': requests('cpu'),
  memory: requests('memory'),
  'requests.memory': requests('memory'),
  'limits.cpu': limits('cpu'),
  'limits.memory': limits('memory'),
  'services.loadbalancers': added => servicesOf(added).filter(({ spec }) => spec.type === 'LoadBalancer').length,
  'services.nodeports': added =>
    sum(servicesOf(added), ({ spec }) => (spec.type === 'ClusterIP' ? 0 : spec.ports.length)),
  'requests.storage': storage,
}

const OF_CLASS = '.storageclass.storage.k8s.io/'
/** Kinds that a quota may count without `count/`. */
const COUNTED_BY_NAME = ['configmaps', 'persistentvolumeclaims', 'secrets', 'services']

/**
 * How much the plan takes of a key of a quota: `requests.cpu`, `count/deployments.apps`,
 * `gold.storageclass.storage.k8s.io/requests.storage` ("Resource Quotas" in the documentation of Kubernetes).
 */
function takenOf(key: string, added: Added): number {
  const [className, ofClass] = key.split(OF_CLASS)
  if (ofClass !== undefined)
    return takenOf(ofClass, { ...added, claims: added.claims.filter(claim => claim.className === className) })
  const known = TAKEN[key.replace(/^count\/(?=pods$)/, '')]
  if (known !== undefined) return known(added)
  const counted = /^count\/(.+)/.exec(key)?.[1] ?? COUNTED_BY_NAME.find(name => name === key)
  if (counted === undefined) return 0
  if (counted === 'persistentvolumeclaims') return added.claims.length
  return added.objects.filter(({ kind }) => countedAs(kind) === counted).length
}

function countedAs(kind: string): string {
  const { group, resource } = resourceOf(kind)
  return group === '' ? resource : `${resource}.${group}`
}

/** Keys that every container in the namespace has to say something to. */
const COMPULSORY = RESOURCES.flatMap(resource => [
  { keys: [resource, `requests.${resource}`], field: 'requests' as const, resource },
  { keys: [`limits.${resource}`], field: 'limits' as const, resource },
])

/** What a quota would refuse of the plan, a clause each. One for some pods only (with scopes) is passed over. */
export function quotaProblems(
  { metadata, spec, status }: KubeObject,
  ranges: readonly KubeObject[],
  facts: CheckFacts,
) {
  if (spec.scopes || spec.scopeSelector) return []
  const hard: Readonly<Record<string, string>> = spec.hard ?? {}
  const added = addedTo(metadata.namespace ?? '', ranges, facts)
  const name = `resourcequota/${metadata.name} -n ${metadata.namespace}`
  const tooSmall = Object.entries(hard)
    .sort()
    .flatMap(([key, limit]) => {
      const taken = takenOf(key, added)
      const left = amount(limit) - amount(status?.used?.[key])
      if (taken <= 0 || taken <= left) return []
      return [
        `${name} has ${shown(key, Math.max(left, 0))} of ${limit} ${key} left, but the installation needs ${shown(key, taken)} more`,
      ]
    })
  const unset = COMPULSORY.filter(({ keys }) => keys.some(key => key in hard)).flatMap(({ field, resource }) =>
    added.pods
      .filter(({ containers }) => containers.some(container => container[field][resource] === undefined))
      .map(
        ({ what }) =>
          `${name} requires ${field}.${resource} on every container, but the containers of ${what} have none`,
      ),
  )
  return [...tooSmall, ...unset]
}

function addedTo(namespace: string, ranges: readonly KubeObject[], facts: CheckFacts): Added {
  const { plan, existing, storageClasses = [] } = facts
  const inIt = (object: KubeObject) => object.metadata.namespace === namespace
  const needs = podNeeds(plan).filter(pod => pod.namespace === namespace)
  const isThere = ({ kind, metadata }: KubeObject) =>
    existing.some(live => live.kind === kind && live.metadata.name === metadata.name && inIt(live))
  const planned = plan.stages.flatMap(stage => stage.objects).filter(inIt)
  const objects = planned.filter(object => !isThere(object))
  const hasEtcd = existing.some(({ kind }) => kind === 'EtcdCluster' || kind === 'StatefulSet')
  const isNew = planned.length > 0 && objects.length === planned.length
  const defaultClass = storageClasses.find(isDefaultClass)?.metadata.name
  const claims =
    hasEtcd || facts.reused.length > 0 ? [] : claimNeeds(plan).filter(claim => claim.namespace === namespace)
  return {
    pods: needs.map(pod => withDefaults(pod, ranges)),
    running: (facts.pods?.items ?? []).filter(pod => !isEnded(pod) && needs.some(need => isOneOf(need, pod))),
    claims: claims.flatMap(({ count, size, className = defaultClass }) =>
      Array.from({ length: count }, () => ({ className, bytes: amount(size) })),
    ),
    objects: [
      ...objects,
      ...objects.flatMap(({ kind }) => MADE_FROM[kind] ?? []),
      // A record per release, and the lock.
      ...(isNew ? [object('ConfigMap'), object('Lease')] : []),
    ],
  }
}

const object = (kind: string, spec = {}): KubeObject => ({ apiVersion: '', kind, metadata: { name: '' }, spec })

/** What controllers create in the namespace of an object, its pods and claims aside. */
const MADE_FROM: Readonly<Record<string, readonly KubeObject[]>> = {
  Deployment: [object('ReplicaSet')],
  // The etcd operator's: a headless Service for the members, and their state.
  EtcdCluster: [object('Service', { type: 'ClusterIP', ports: [] }), object('ConfigMap'), object('StatefulSet')],
}
