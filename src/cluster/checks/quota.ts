import type { KubeObject } from '../../kube/object.ts'
import { amount, isEnded, isOneOf, RESOURCES, type Resource, requested, shown, wanted } from './amounts.ts'
import type { CheckFacts } from './check.ts'
import { withDefaults } from './limits.ts'
import { claimNeeds, type PodNeed, podNeeds, usesOperator } from './needs.ts'

/** What the plan adds to a namespace beyond what it has there already. */
type Added = {
  pods: readonly PodNeed[]
  running: readonly KubeObject[]
  services: readonly KubeObject[]
  claims: Claims
}
type Claims = { count: number; bytes: number }

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
const services = (types: readonly string[]) => (added: Added) =>
  added.services.filter(({ spec }) => types.includes(spec.type)).length

/** How much of each key of a quota the plan takes. */
const TAKEN: Readonly<Record<string, (added: Added) => number>> = {
  pods,
  'count/pods': pods,
  cpu: requests('cpu'),
  'requests.cpu': requests('cpu'),
  memory: requests('memory'),
  'requests.memory': requests('memory'),
  'limits.cpu': limits('cpu'),
  'limits.memory': limits('memory'),
  services: services(['ClusterIP', 'NodePort', 'LoadBalancer']),
  'services.loadbalancers': services(['LoadBalancer']),
  'services.nodeports': ({ services }) =>
    sum(services, ({ spec }) => (spec.type === 'ClusterIP' ? 0 : spec.ports.length)),
  persistentvolumeclaims: ({ claims }) => claims.count,
  'requests.storage': ({ claims }) => claims.bytes,
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
      const taken = TAKEN[key]?.(added) ?? 0
      const left = amount(limit) - amount(status?.used?.[key])
      if (taken <= 0 || taken <= left) return []
      return [
        `${name} leaves ${shown(key, Math.max(left, 0))} of ${limit} ${key}, and ${shown(key, taken)} more are needed`,
      ]
    })
  const silent = COMPULSORY.filter(({ keys }) => keys.some(key => key in hard)).flatMap(({ field, resource }) =>
    added.pods
      .filter(({ containers }) => containers.some(container => container[field][resource] === undefined))
      .map(({ what }) => `${name} wants ${field}.${resource} of every container, and those of ${what} have none`),
  )
  return [...tooSmall, ...silent]
}

function addedTo(namespace: string, ranges: readonly KubeObject[], facts: CheckFacts): Added {
  const { plan, existing } = facts
  const inIt = (object: KubeObject) => object.metadata.namespace === namespace
  const needs = podNeeds(plan).filter(pod => pod.namespace === namespace)
  const isThere = ({ kind, metadata }: KubeObject) =>
    existing.some(live => live.kind === kind && live.metadata.name === metadata.name && inIt(live))
  const objects = plan.stages.flatMap(stage => stage.objects).filter(object => inIt(object) && !isThere(object))
  const hasEtcd = existing.some(({ kind }) => kind === 'EtcdCluster' || kind === 'StatefulSet')
  // The operator makes a Service of its own for the members.
  const members = usesOperator(plan) && !hasEtcd && namespace === plan.namespace ? [HEADLESS] : []
  const claims =
    hasEtcd || facts.reused.length > 0 ? [] : claimNeeds(plan).filter(claim => claim.namespace === namespace)
  return {
    pods: needs.map(pod => withDefaults(pod, ranges)),
    running: (facts.pods?.items ?? []).filter(pod => !isEnded(pod) && needs.some(need => isOneOf(need, pod))),
    services: [...objects.filter(({ kind }) => kind === 'Service'), ...members],
    claims: { count: sum(claims, ({ count }) => count), bytes: sum(claims, ({ count, size }) => count * amount(size)) },
  }
}

const HEADLESS: KubeObject = {
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name: '' },
  spec: { type: 'ClusterIP', ports: [] },
}
