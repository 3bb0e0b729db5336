import type { KubeObject } from '../kube/object.ts'
import type { Plan } from '../plan/plan.ts'
import { amount, RESOURCES } from './amounts.ts'
import { claimNeeds, type PodNeed, podNeeds } from './needs.ts'

type Amounts = Readonly<Record<string, string>>
type Item = { type: string; min?: Amounts; max?: Amounts; default?: Amounts; defaultRequest?: Amounts }

const itemsOf = ({ spec }: KubeObject, type: string): Item[] =>
  (spec.limits as Item[]).filter(item => item.type === type)

/** A pod with what the LimitRanges of its namespace give to containers that ask for nothing. */
export function withDefaults(pod: PodNeed, limitRanges: readonly KubeObject[]): PodNeed {
  const items = limitRanges
    .filter(({ metadata }) => metadata.namespace === pod.namespace)
    .flatMap(range => itemsOf(range, 'Container'))
  const defaultLimits = Object.assign({}, ...items.map(item => item.default))
  const defaultRequests = Object.assign({}, ...items.map(item => item.defaultRequest))
  const containers = pod.containers.map(container => ({
    ...container,
    limits: { ...defaultLimits, ...container.limits },
    requests: { ...defaultRequests, ...container.limits, ...container.requests },
  }))
  return { ...pod, containers }
}

/** What a LimitRange would refuse of the plan, a clause each. */
export function limitProblems(range: KubeObject, ranges: readonly KubeObject[], plan: Plan): string[] {
  const { name, namespace } = range.metadata
  const outside = (what: string, resource: string, [low, high]: readonly unknown[], { min, max }: Item) => [
    ...(min?.[resource] && amount(low) < amount(min[resource])
      ? [
          `${what} requests ${low ?? 'no'} ${resource}, but limitrange/${name} -n ${namespace} requires at least ${min[resource]}`,
        ]
      : []),
    ...(max?.[resource] && amount(high) > amount(max[resource])
      ? [
          `${what} has a limit of ${high} ${resource}, but limitrange/${name} -n ${namespace} allows at most ${max[resource]}`,
        ]
      : []),
  ]
  const pods = podNeeds(plan).filter(pod => pod.namespace === namespace)
  const containers = pods.flatMap(pod => withDefaults(pod, ranges).containers)
  const claims = claimNeeds(plan).filter(claim => claim.namespace === namespace)
  return [
    ...itemsOf(range, 'Container').flatMap(item =>
      containers.flatMap(({ name: what, requests, limits }) =>
        RESOURCES.flatMap(resource => outside(what, resource, [requests[resource], limits[resource]], item)),
      ),
    ),
    ...itemsOf(range, 'PersistentVolumeClaim').flatMap(item =>
      claims.flatMap(({ size }) => outside('the etcd volume', 'storage', [size, size], item)),
    ),
  ]
}
