import type { KubeObject } from '../../kube/object.ts'
import { Refusal } from '../api/refusal.ts'
import type { Cluster, Controller } from '../cluster.ts'
import { contentSuffix, isOwnedBy, ownerReference, ownersOf } from '../cluster.ts'
import { isReady, quoted } from './replica-set.ts'

const REVISION = 'controller-revision-hash'
const ordinalOf = ({ metadata }: KubeObject) => Number(/-(\d+)$/.exec(metadata.name)?.[1])

function reconcile(set: KubeObject, cluster: Cluster): void {
  const { metadata, spec } = set
  const all = cluster.list('Pod', metadata.namespace).filter(pod => isOwnedBy(pod, set))
  const pods = all.sort((one, other) => ordinalOf(one) - ordinalOf(other))
  const revision = `${metadata.name}-${contentSuffix(spec.template)}`
  let failed: unknown
  if (!metadata.deletionTimestamp) {
    try {
      advance(set, pods, revision, cluster)
    } catch (error) {
      if (!(error instanceof Refusal)) throw error
      failed = error
      const name = `${metadata.name}-${pods.length}`
      const message = `create Pod ${name} in StatefulSet ${metadata.name} failed error: ${quoted(error)}`
      cluster.event(set, 'Warning', 'FailedCreate', message)
    }
  }
  const live = cluster.get('StatefulSet', metadata.namespace, metadata.name)
  if (live) cluster.setStatus(live, statusOf(set, cluster, revision))
  if (failed) throw failed // tried again later
}

/** One step: the next pod, or the last one away, or one pod of an old revision. */
function advance(set: KubeObject, pods: readonly KubeObject[], revision: string, cluster: Cluster): void {
  const { spec } = set
  const parallel = spec.podManagementPolicy === 'Parallel'
  for (let ordinal = 0; ordinal < spec.replicas; ordinal++) {
    const pod = pods.find(each => ordinalOf(each) === ordinal)
    if (!pod) createPod(set, ordinal, revision, cluster)
    if (!parallel && !(pod && isReady(pod) && !pod.metadata.deletionTimestamp)) return
  }
  const surplus = pods.filter(pod => ordinalOf(pod) >= spec.replicas).reverse()
  for (const pod of parallel ? surplus : surplus.slice(0, 1)) if (!pod.metadata.deletionTimestamp) cluster.remove(pod)
  if (surplus.length > 0 || spec.updateStrategy.type !== 'RollingUpdate') return
  const stale = pods.filter(pod => pod.metadata.labels?.[REVISION] !== revision).at(-1)
  const settled = pods.every(pod => (isReady(pod) || pod === stale) && !pod.metadata.deletionTimestamp)
  if (stale && settled) cluster.remove(stale)
}

function createPod(set: KubeObject, ordinal: number, revision: string, cluster: Cluster): void {
  const { metadata, spec } = set
  const name = `${metadata.name}-${ordinal}`
  const claims = (spec.volumeClaimTemplates ?? []).map((template: KubeObject) => ({
    template,
    name: `${template.metadata.name}-${name}`,
  }))
  for (const { template, name } of claims) {
    if (cluster.get('PersistentVolumeClaim', metadata.namespace, name)) continue
    const labels = { ...template.metadata.labels, ...spec.selector.matchLabels }
    const claim = { name, namespace: metadata.namespace!, labels }
    cluster.create({ apiVersion: 'v1', kind: 'PersistentVolumeClaim', metadata: claim, spec: template['spec'] })
  }
  const own = claims.map(({ template }: { template: KubeObject }) => template.metadata.name)
  const volumes = [
    ...(spec.template.spec.volumes ?? []).filter((volume: { name: string }) => !own.includes(volume.name)),
    ...claims.map(({ template, name }: { template: KubeObject; name: string }) => ({
      name: template.metadata.name,
      persistentVolumeClaim: { claimName: name },
    })),
  ]
  cluster.create({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      ...spec.template.metadata,
      name,
      generateName: `${metadata.name}-`,
      namespace: metadata.namespace!,
      labels: {
        ...spec.template.metadata?.labels,
        'apps.kubernetes.io/pod-index': String(ordinal),
        [REVISION]: revision,
        'statefulset.kubernetes.io/pod-name': name,
      },
      ownerReferences: [ownerReference(set)],
    },
    spec: {
      ...spec.template.spec,
      hostname: name,
      subdomain: spec.serviceName,
      ...(volumes.length > 0 ? { volumes } : {}),
    },
  })
}

function statusOf(set: KubeObject, cluster: Cluster, revision: string): object {
  const pods = cluster.list('Pod', set.metadata.namespace).filter(pod => isOwnedBy(pod, set))
  const updated = pods.filter(pod => pod.metadata.labels?.[REVISION] === revision).length
  const settled = updated === pods.length && pods.length === set['spec'].replicas
  const before = set['status']?.currentRevision
  const currentRevision = settled || !before ? revision : before
  const ready = pods.filter(pod => isReady(pod) && !pod.metadata.deletionTimestamp).length
  const current = pods.filter(pod => pod.metadata.labels?.[REVISION] === currentRevision).length
  const counts = { readyReplicas: ready, currentReplicas: current, updatedReplicas: updated }
  return {
    observedGeneration: set.metadata.generation,
    replicas: pods.length,
    ...Object.fromEntries(Object.entries(counts).filter(([, count]) => count > 0)),
    availableReplicas: ready,
    currentRevision,
    updateRevision: revision,
    collisionCount: 0,
  }
}

export const statefulSets: Controller = {
  kind: 'StatefulSet',
  related: (change, cluster) => (change.kind.kind === 'Pod' ? ownersOf(change, 'StatefulSet', cluster) : []),
  reconcile,
}
