import type { KubeObject } from '../../kube/object.ts'
import { Refusal } from '../api/refusal.ts'
import type { Cluster, Condition, Controller } from '../cluster.ts'
import { contentSuffix, isOwnedBy, ownerReference, ownersOf, withCondition } from '../cluster.ts'

const HASH = 'pod-template-hash'
const REVISION = 'deployment.kubernetes.io/revision'

/** Replicas that a number or a percentage of them makes, rounded up or down. */
function share(value: number | string | undefined, total: number, round: (value: number) => number): number {
  return typeof value === 'string' ? round((Number.parseInt(value, 10) / 100) * total) : (value ?? 0)
}

function limitsOf({ spec }: KubeObject): { maxSurge: number; maxUnavailable: number } {
  const { type, rollingUpdate = {} } = spec.strategy
  if (type === 'Recreate') return { maxSurge: 0, maxUnavailable: spec.replicas }
  const maxSurge = share(rollingUpdate.maxSurge, spec.replicas, Math.ceil)
  const maxUnavailable = share(rollingUpdate.maxUnavailable, spec.replicas, Math.floor)
  return { maxSurge, maxUnavailable: maxSurge === 0 && maxUnavailable === 0 ? 1 : maxUnavailable }
}

const revisionOf = ({ metadata }: KubeObject) => Number(metadata.annotations?.[REVISION] ?? 0)
const sum = (sets: readonly KubeObject[], field: (set: KubeObject) => number | undefined) =>
  sets.reduce((total, set) => total + (field(set) ?? 0), 0)

function createSet(
  deployment: KubeObject,
  { hash, revision, replicas }: { hash: string; revision: number; replicas: number },
  cluster: Cluster,
): KubeObject {
  const { metadata, spec } = deployment
  const labels = { ...spec.template.metadata?.labels, [HASH]: hash }
  const name = `${metadata.name}-${hash}`
  return cluster.create({
    apiVersion: 'apps/v1',
    kind: 'ReplicaSet',
    metadata: {
      name,
      namespace: metadata.namespace!,
      labels,
      annotations: { [REVISION]: String(revision), 'deployment.kubernetes.io/desired-replicas': String(spec.replicas) },
      ownerReferences: [ownerReference(deployment)],
    },
    spec: {
      replicas,
      selector: { ...spec.selector, matchLabels: { ...spec.selector.matchLabels, [HASH]: hash } },
      template: { ...spec.template, metadata: { ...spec.template.metadata, labels } },
    },
  })
}

const PAUSED = { status: 'Unknown', reason: 'DeploymentPaused', message: 'Deployment is paused' } as const

/** Nothing goes on; only the condition says so. */
function stop(deployment: KubeObject, why: Omit<Condition, 'type'>, cluster: Cluster): void {
  const { updatedReplicas: _, conditions = [], ...status } = deployment['status'] ?? {}
  const all = withCondition(conditions, { type: 'Progressing', ...why })
  // One that is paused has been seen; one whose ReplicaSet is refused is tried again and again.
  const observedGeneration =
    why === PAUSED ? deployment.metadata.generation : (deployment['status']?.observedGeneration ?? 0)
  cluster.setStatus(deployment, { ...status, observedGeneration, conditions: all })
}

function tryCreateSet(...args: Parameters<typeof createSet>): KubeObject {
  try {
    return createSet(...args)
  } catch (error) {
    const [deployment, { hash }, cluster] = args
    if (error instanceof Refusal) {
      const message = `Failed to create new replica set "${deployment.metadata.name}-${hash}": ${error.message}`
      stop(deployment, { status: 'False', reason: 'ReplicaSetCreateError', message }, cluster)
      cluster.event(deployment, 'Warning', 'ReplicaSetCreateError', message)
    }
    throw error
  }
}

function scale(set: KubeObject, replicas: number, cluster: Cluster) {
  if (set['spec'].replicas !== replicas) cluster.update({ ...set, spec: { ...set['spec'], replicas } })
}

/**
 * Old ReplicaSets give up pods that are not available as far as the total allows, then others as far as enough are available
 * (kubernetes/pkg/controller/deployment/rolling.go).
 */
function scaleDown(old: readonly KubeObject[], current: KubeObject, minAvailable: number, cluster: Cluster): void {
  const replicasOf = ({ spec }: KubeObject): number => spec.replicas
  const availableOf = ({ status }: KubeObject): number => status?.availableReplicas ?? 0
  const all = [...old, current]
  let unhealthy = sum(all, replicasOf) - minAvailable - Math.max(0, replicasOf(current) - availableOf(current))
  if (unhealthy <= 0) return
  let surplus = sum(all, availableOf) - minAvailable
  for (const set of old) {
    const lost = Math.max(0, Math.min(unhealthy, replicasOf(set) - availableOf(set)))
    const dropped = Math.max(0, Math.min(surplus, replicasOf(set) - lost))
    unhealthy -= lost
    surplus -= dropped
    scale(set, replicasOf(set) - lost - dropped, cluster)
  }
}

function reconcile(deployment: KubeObject, cluster: Cluster): void {
  const { metadata, spec } = deployment
  if (metadata.deletionTimestamp) return
  const sets = cluster.list('ReplicaSet', metadata.namespace).filter(set => isOwnedBy(set, deployment))
  const hash = contentSuffix(spec.template)
  const old = sets.filter(set => set.metadata.labels?.[HASH] !== hash)
  const { maxSurge, maxUnavailable } = limitsOf(deployment)
  const known = sets.find(set => set.metadata.labels?.[HASH] === hash)
  const newest = Math.max(0, ...old.map(revisionOf))
  const room = spec.replicas + maxSurge - sum(sets, set => set['spec'].replicas)
  const now = known?.['spec'].replicas ?? 0
  const wanted = Math.min(spec.replicas, now + Math.max(0, room))
  if (!known && spec.paused) {
    stop(deployment, PAUSED, cluster)
    return
  }
  const current = known ?? tryCreateSet(deployment, { hash, revision: newest + 1, replicas: wanted }, cluster)
  if (known) scale(known, wanted, cluster)
  if (wanted <= now) scaleDown(old, current, spec.replicas - maxUnavailable, cluster)
  const revision = String(revisionOf(current))
  if (metadata.annotations?.[REVISION] !== revision) {
    cluster.update({
      ...deployment,
      metadata: { ...metadata, annotations: { ...metadata.annotations, [REVISION]: revision } },
    })
    return // the update brings it back
  }
  const live = cluster.get('Deployment', metadata.namespace, metadata.name)
  const status = statusOf(deployment, current, [...old, current], maxUnavailable)
  if (live) cluster.setStatus(live, status)
}

type Status = { conditions: Condition[]; [field: string]: unknown }

function statusOf(
  deployment: KubeObject,
  current: KubeObject,
  all: readonly KubeObject[],
  maxUnavailable: number,
): Status {
  const { metadata, spec } = deployment
  const counts = {
    replicas: sum(all, set => set['status']?.replicas),
    updatedReplicas: (current['status']?.replicas as number | undefined) ?? 0,
    readyReplicas: sum(all, set => set['status']?.readyReplicas),
    availableReplicas: sum(all, set => set['status']?.availableReplicas),
  }
  const unavailableReplicas = Math.max(0, spec.replicas - counts.availableReplicas)
  const shown = Object.entries({ ...counts, unavailableReplicas }).filter(([, count]) => count > 0)
  const complete =
    counts.updatedReplicas === spec.replicas &&
    counts.replicas === spec.replicas &&
    counts.availableReplicas === spec.replicas
  const available = counts.availableReplicas >= spec.replicas - maxUnavailable
  let conditions: Condition[] = deployment['status']?.conditions ?? []
  const set = (condition: Condition) => {
    conditions = withCondition(conditions, condition)
  }
  set({
    type: 'Available',
    status: available ? 'True' : 'False',
    reason: available ? 'MinimumReplicasAvailable' : 'MinimumReplicasUnavailable',
    message: `Deployment ${available ? 'has' : 'does not have'} minimum availability.`,
  })
  const failure = (current['status']?.conditions as Condition[] | undefined)?.find(
    ({ type }) => type === 'ReplicaFailure',
  )
  conditions = failure
    ? withCondition(conditions, { ...failure })
    : conditions.filter(({ type }) => type !== 'ReplicaFailure')
  const progressing = conditions.find(({ type }) => type === 'Progressing')
  const name = `ReplicaSet "${current.metadata.name}"`
  const done = { reason: 'NewReplicaSetAvailable', message: `${name} has successfully progressed.` }
  const doing = { reason: 'ReplicaSetUpdated', message: `${name} is progressing.` }
  if (complete) set({ type: 'Progressing', status: 'True', ...done })
  else if (!(progressing?.reason === 'NewReplicaSetAvailable' && progressing.message === done.message))
    set({ type: 'Progressing', status: 'True', ...doing })
  return { observedGeneration: metadata.generation, ...Object.fromEntries(shown), conditions }
}

export const deployments: Controller = {
  kind: 'Deployment',
  related: (change, cluster) => (change.kind.kind === 'ReplicaSet' ? ownersOf(change, 'Deployment', cluster) : []),
  reconcile,
}
