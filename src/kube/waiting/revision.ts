import { isDeepStrictEqual } from 'node:util'
import type { V1Condition } from '../client-node.ts'
import type { KubeObject } from '../object.ts'
import type { Kube } from '../request/client.ts'
import { unlessForbidden } from '../request/unless-forbidden.ts'
import { createProblem } from './create-failure.ts'
import { readEvents } from './events.ts'
import type { PodProblem } from './pod-problem.ts'
import { latestPods, livePods, podProblems, revisionOf } from './pods.ts'
import { condition } from './ready.ts'

/** How far the newest revision of a workload has come. */
export type Revision = {
  /** Its pods; those on their way out do not count. */
  pods: readonly KubeObject[]
  /** Pods of earlier revisions that are still there. */
  earlier: readonly KubeObject[]
  /** What keeps its controller from going on. */
  blocked: readonly PodProblem[]
}

const MOST_SETS = 50
const HASH = 'pod-template-hash'

/** Reads how far the newest revision of a Deployment or StatefulSet has come; `all` are the workload's pods. */
export const readRevision = (kube: Kube, workload: KubeObject, all: readonly KubeObject[]): Promise<Revision> =>
  workload.kind === 'Deployment' ? ofDeployment(kube, workload, all) : ofStatefulSet(kube, workload, all)

async function ofDeployment(kube: Kube, deployment: KubeObject, all: readonly KubeObject[]): Promise<Revision> {
  const { namespace = '', uid } = deployment.metadata
  const listing = { namespace, labels: deployment.spec?.selector?.matchLabels ?? {}, limit: MOST_SETS }
  const sets = await unlessForbidden(kube.list('ReplicaSet', listing))
  if (sets === undefined) return asPodsTell(kube, deployment, all)
  const own = sets.filter(({ metadata }) => metadata.ownerReferences?.some(owner => owner.uid === uid))
  const newest = own.find(set => isDeepStrictEqual(templateOf(set), templateOf(deployment)))
  const hash = newest?.metadata.labels?.[HASH]
  const blocked = await Promise.all(own.map(set => whyStuck(kube, deployment, set, set !== newest)))
  return { ...split(all, hash), blocked: blocked.flat() }
}

/** As the Deployment's controller compares them (FindNewReplicaSet in kubernetes/pkg/controller/deployment/util). */
function templateOf({ spec }: KubeObject): object {
  const { [HASH]: _, ...labels } = spec?.template?.metadata?.labels ?? {}
  return { ...spec?.template, metadata: { ...spec?.template?.metadata, labels } }
}

function split(all: readonly KubeObject[], hash: string | undefined): Pick<Revision, 'pods' | 'earlier'> {
  const isOf = (pod: KubeObject) => hash !== undefined && revisionOf(pod) === hash
  const live = livePods(all)
  return { pods: live.filter(isOf), earlier: live.filter(pod => !isOf(pod)) }
}

/** Its condition says that a ReplicaSet fails, and keeps the first message; the newest one is in its events. */
async function whyStuck(kube: Kube, workload: KubeObject, set: KubeObject, isEarlier: boolean): Promise<PodProblem[]> {
  const failure = condition(set, 'ReplicaFailure')
  // What keeps an earlier revision from new pods is no loss; that it cannot let go of its pods is.
  if (failure?.status !== 'True' || (isEarlier && failure.reason !== 'FailedDelete')) return []
  const { name, namespace = '', uid } = set.metadata
  const since = timeOf(failure)
  const events = await readEvents(kube, { kind: 'ReplicaSet', name, namespace, uid })
  const newest = events.find(({ reason, at }) => reason === failure.reason && at >= since)
  const message = newest?.message ?? failure.message ?? ''
  const key = newest?.key ?? message
  if (failure.reason !== 'FailedDelete') return [await createProblem(kube, { message, key, workload })]
  const whose = isEarlier ? ' from an earlier revision' : ''
  return [{ reason: `replicaset/${name}${whose} can't delete its pods: ${message}`, cause: 'delete', key }]
}

const timeOf = ({ lastTransitionTime }: V1Condition): number => Date.parse(String(lastTransitionTime ?? '')) || 0

/** For people who may not list ReplicaSets: a failure is over once a pod was created after it. */
async function asPodsTell(kube: Kube, deployment: KubeObject, all: readonly KubeObject[]): Promise<Revision> {
  const pods = latestPods(all)
  const failure = condition(deployment, 'ReplicaFailure')
  const isOver = failure?.status !== 'True' || lastCreated(pods) > timeOf(failure)
  const message = failure?.message ?? ''
  return {
    pods,
    earlier: livePods(all).filter(pod => !pods.includes(pod)),
    blocked: isOver ? [] : [await createProblem(kube, { message, key: message, workload: deployment })],
  }
}

const lastCreated = (pods: readonly KubeObject[]): number =>
  Math.max(0, ...pods.map(({ metadata }) => Date.parse(metadata.creationTimestamp ?? '') || 0))

/** A StatefulSet has no conditions: its failures are events, over once a pod was created after them. */
async function ofStatefulSet(kube: Kube, set: KubeObject, all: readonly KubeObject[]): Promise<Revision> {
  const { name, namespace = '', uid } = set.metadata
  const { pods, earlier } = split(all, set.status?.updateRevision)
  const isShort = pods.length + earlier.length < (set.spec?.replicas ?? 1)
  const events = isShort ? await readEvents(kube, { kind: 'StatefulSet', name, namespace, uid }) : []
  const failure = events.find(({ reason, at }) => reason === 'FailedCreate' && at >= lastCreated(all))
  return {
    pods,
    earlier,
    blocked: [
      ...(failure === undefined ? [] : [await createProblem(kube, { ...failure, workload: set })]),
      ...(set.spec?.podManagementPolicy === 'Parallel' ? [] : podProblems(earlier).map(inTheWay)),
    ],
  }
}

/** One pod after the other: a StatefulSet does not replace the first that is not ready ("Forced rollback" in its documentation). */
function inTheWay(problem: PodProblem): PodProblem {
  if (problem.reason === '') return problem
  return {
    ...problem,
    reason: `${problem.reason}; the pod is from an earlier revision and blocks the update`,
    fix: 'Delete this pod. The StatefulSet recreates it from the newest revision.',
  }
}
