import type { KubeObject } from '../../kube/object.ts'
import { quantityOf } from '../../kube/quantity.ts'
import type { Cluster, Condition, Controller } from '../cluster.ts'
import { withCondition } from '../cluster.ts'
import { claimsOf } from './claims.ts'

const AMOUNTS = ['cpu', 'memory'] as const

const amountOf = (quantity: unknown) => quantityOf(String(quantity ?? 0)) ?? 0

const requestOf = (pod: KubeObject, name: string) =>
  pod['spec'].containers.reduce(
    (total: number, { resources }: { resources?: { requests?: Record<string, unknown> } }) =>
      total + amountOf(resources?.requests?.[name]),
    0,
  )

/** Why a pod cannot run on a node, in the scheduler's words, or undefined. */
function obstacle(pod: KubeObject, node: KubeObject, pods: readonly KubeObject[]): string | undefined {
  if (node['spec'].unschedulable) return 'node(s) were unschedulable'
  const here = pods.filter(({ spec, status }) => spec.nodeName === node.metadata.name && status?.phase !== 'Failed')
  for (const name of AMOUNTS) {
    const used = here.reduce((total, each) => total + requestOf(each, name), 0)
    const wanted = requestOf(pod, name)
    if (wanted > 0 && used + wanted > amountOf(node['status'].allocatable[name])) return `Insufficient ${name}`
  }
  return undefined
}

/** Claims that no pod can wait for: they have no class that binds them with it. */
function unboundClaim(pod: KubeObject, cluster: Cluster): string | undefined {
  for (const name of claimsOf(pod)) {
    const claim = cluster.get('PersistentVolumeClaim', pod.metadata.namespace, name)
    if (!claim) return `persistentvolumeclaim "${name}" not found`
    if (claim['status']?.phase === 'Bound') continue
    const storageClass = cluster.get('StorageClass', undefined, claim['spec'].storageClassName ?? '')
    if (storageClass?.['volumeBindingMode'] !== 'WaitForFirstConsumer')
      return 'pod has unbound immediate PersistentVolumeClaims'
  }
  return undefined
}

function whyNot(pod: KubeObject, nodes: readonly KubeObject[], cluster: Cluster): string {
  const total = `0/${nodes.length} nodes are available`
  const claim = unboundClaim(pod, cluster)
  if (claim) return `${total}: ${claim}. not found`
  if (nodes.length === 0) return 'no nodes available to schedule pods'
  const pods = cluster.list('Pod')
  const reasons = nodes.map(node => obstacle(pod, node, pods) ?? '')
  const counted = [...new Set(reasons)].map(each => `${reasons.filter(other => other === each).length} ${each}`)
  return `${total}: ${counted.join(', ')}.`
}

function reconcile(pod: KubeObject, cluster: Cluster): void {
  const { metadata, spec, status } = pod
  if (spec.nodeName || metadata.deletionTimestamp) return
  const nodes = cluster.list('Node')
  const pods = cluster.list('Pod')
  const load = (node: KubeObject) => pods.filter(each => each['spec'].nodeName === node.metadata.name).length
  const free = unboundClaim(pod, cluster) ? [] : nodes.filter(node => obstacle(pod, node, pods) === undefined)
  const [chosen] = free.sort((one, other) => load(one) - load(other))
  if (!chosen) {
    const message = whyNot(pod, nodes, cluster)
    const condition: Condition = {
      type: 'PodScheduled',
      status: 'False',
      reason: 'Unschedulable',
      message,
    }
    cluster.setStatus(pod, {
      ...status,
      conditions: withCondition(status?.conditions ?? [], condition),
    })
    cluster.event(pod, 'Warning', 'FailedScheduling', message)
    return
  }
  cluster.update({ ...pod, spec: { ...spec, nodeName: chosen.metadata.name } })
  const message = `Successfully assigned ${metadata.namespace}/${metadata.name} to ${chosen.metadata.name}`
  cluster.event(pod, 'Normal', 'Scheduled', message)
}

/** Gives each pod a node, the emptiest that fits. */
export const scheduler: Controller = {
  kind: 'Pod',
  related: ({ kind, type }, cluster) => {
    const freed =
      kind.kind === 'Node' ||
      kind.kind === 'PersistentVolumeClaim' ||
      kind.kind === 'StorageClass' ||
      type === 'DELETED'
    return freed && kind.kind !== 'Event' ? cluster.list('Pod').filter(({ spec }) => !spec.nodeName) : []
  },
  reconcile,
}
