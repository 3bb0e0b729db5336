import type { KubeObject } from '../../kube/object.ts'
import { Refusal } from '../api/refusal.ts'
import type { Cluster, Condition, Controller } from '../cluster.ts'
import { isOwnedBy, ownerReference, ownersOf, randomSuffix, withCondition } from '../cluster.ts'

export const isReady = ({ status }: KubeObject) =>
  (status?.conditions as Condition[] | undefined)?.some(({ type, status }) => type === 'Ready' && status === 'True') ??
  false

const isActive = ({ metadata, status }: KubeObject) =>
  !metadata.deletionTimestamp && status?.phase !== 'Failed' && status?.phase !== 'Succeeded'

/** The message of an API error as controllers quote it. */
export const quoted = (error: unknown) => (error instanceof Error ? error.message : String(error))

function reconcile(set: KubeObject, cluster: Cluster): void {
  const { metadata, spec } = set
  const pods = cluster.list('Pod', metadata.namespace).filter(pod => isOwnedBy(pod, set) && isActive(pod))
  let conditions: Condition[] = set['status']?.conditions ?? []
  let failed: unknown
  if (!metadata.deletionTimestamp) {
    try {
      for (let missing = spec.replicas - pods.length; missing > 0; missing--) pods.push(createPod(set, cluster))
      conditions = conditions.filter(({ type }) => type !== 'ReplicaFailure')
    } catch (error) {
      if (!(error instanceof Refusal)) throw error
      failed = error
      const message = quoted(error)
      const failure = { type: 'ReplicaFailure', status: 'True', reason: 'FailedCreate', message } as const
      // The first message stays for as long as it fails.
      if (!conditions.some(({ type }) => type === 'ReplicaFailure')) conditions = withCondition(conditions, failure)
      cluster.event(set, 'Warning', 'FailedCreate', `Error creating: ${message}`)
    }
    const surplus = [...pods].sort((one, other) => Number(isReady(one)) - Number(isReady(other)))
    for (const pod of surplus.slice(0, Math.max(0, pods.length - spec.replicas))) cluster.remove(pod)
  }
  const ready = pods.filter(isReady).length
  const shown = {
    replicas: pods.length,
    fullyLabeledReplicas: pods.length,
    readyReplicas: ready,
    availableReplicas: ready,
  }
  const counts = Object.fromEntries(Object.entries(shown).filter(([name, count]) => count > 0 || name === 'replicas'))
  const status = {
    ...counts,
    observedGeneration: metadata.generation,
    ...(conditions.length > 0 ? { conditions } : {}),
  }
  const live = cluster.get('ReplicaSet', metadata.namespace, metadata.name)
  if (live) cluster.setStatus(live, status)
  if (failed) throw failed // tried again later
}

function createPod(set: KubeObject, cluster: Cluster): KubeObject {
  const { template } = set['spec']
  const { name, namespace } = set.metadata
  return cluster.create({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      ...template.metadata,
      name: `${name}-${randomSuffix()}`,
      generateName: `${name}-`,
      namespace: namespace!,
      ownerReferences: [ownerReference(set)],
    },
    spec: template.spec,
  })
}

export const replicaSets: Controller = {
  kind: 'ReplicaSet',
  related: (change, cluster) => (change.kind.kind === 'Pod' ? ownersOf(change, 'ReplicaSet', cluster) : []),
  reconcile,
}
