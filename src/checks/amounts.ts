import type { V1Container } from '../kube/client-node.ts'
import type { KubeObject } from '../kube/object.ts'
import { quantityOf } from '../kube/quantity.ts'
import type { PodNeed } from './needs.ts'

/** Resources that pods ask for, in cores and bytes. */
export const RESOURCES = ['cpu', 'memory'] as const
export type Resource = (typeof RESOURCES)[number]

/** The value of a quantity from the cluster; 0 if undefined. */
export const amount = (quantity: unknown): number => quantityOf(String(quantity ?? 0)) ?? 0

/** An amount of a resource as people write it: "600m", "768Mi"; other resources are plain numbers. */
export function shown(resource: string, value: number): string {
  if (/cpu$/.test(resource)) return value % 1 === 0 ? String(value) : `${Math.round(value * 1000)}m`
  return /memory$|storage$/.test(resource) ? `${Math.round(value / 2 ** 20)}Mi` : String(value)
}

/** What an existing pod requests, summed over its containers. */
export const requested = ({ spec }: KubeObject, resource: Resource): number =>
  (spec.containers as V1Container[]).reduce((sum, { resources }) => sum + amount(resources?.requests?.[resource]), 0)

/** What a planned pod requests; Kubernetes takes a limit without a request as the request. */
export const wanted = ({ containers }: PodNeed, resource: Resource): number =>
  containers.reduce((sum, { requests, limits }) => sum + amount(requests[resource] ?? limits[resource]), 0)

/** Whether a pod already belongs to a workload of the plan. */
export const isOneOf = (need: PodNeed, { metadata }: KubeObject): boolean =>
  metadata.namespace === need.namespace &&
  Object.entries(need.labels).every(([key, value]) => metadata.labels?.[key] === value)

export const isEnded = ({ status }: KubeObject): boolean => status?.phase === 'Succeeded' || status?.phase === 'Failed'
