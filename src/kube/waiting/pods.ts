import { oneLine } from '../../text/sanitize.ts'
import type { V1ContainerStatus, V1Pod } from '../client-node.ts'
import type { KubeObject } from '../object.ts'
import { byHope, type PodProblem } from './pod-problem.ts'
import { pullTrouble, STARTS, schedulingTrouble } from './pod-signals.ts'

type Container = { pod: V1Pod & KubeObject; status: V1ContainerStatus }

/** A container that has ended after so many restarts does so again. */
const MOST_RESTARTS = 3

/** What pods lack, the least hopeful first; [] where all of them are ready or on their way out. */
export const podProblems = (pods: readonly KubeObject[]): PodProblem[] =>
  livePods(pods)
    .map(pod => problemOf(pod as unknown as Container['pod']))
    .filter(problem => problem !== undefined)
    .sort(byHope)

/** The most telling problem of a workload's pods, or undefined where they are merely starting. */
export const podTrouble = (pods: readonly KubeObject[]): PodProblem | undefined =>
  podProblems(latestPods(pods)).find(({ reason }) => reason !== '')

/** Pods that have not ended and are not being deleted. */
export const livePods = (pods: readonly KubeObject[]): KubeObject[] =>
  pods.filter(
    ({ metadata, status }) => metadata.deletionTimestamp === undefined && !/^(Failed|Succeeded)$/.test(status?.phase),
  )

/** The pods of the revision that was given one last: the newest, as far as pods alone can tell. */
export function latestPods(pods: readonly KubeObject[]): KubeObject[] {
  const live = livePods(pods)
  const created = ({ metadata }: KubeObject) => metadata.creationTimestamp ?? ''
  const [last] = [...live].sort((one, other) => created(other).localeCompare(created(one)))
  return live.filter(pod => revisionOf(pod) === revisionOf(last!))
}

/** The label by which a pod's controller marks its revision. */
export const revisionOf = ({ metadata: { labels } }: KubeObject): string | undefined =>
  labels?.['pod-template-hash'] ?? labels?.['controller-revision-hash']

function problemOf(pod: Container['pod']): PodProblem | undefined {
  const { status, metadata } = pod
  const unscheduled = status?.conditions?.find(({ type, status }) => type === 'PodScheduled' && status === 'False')
  if (unscheduled !== undefined) {
    const claim = pod.spec?.volumes?.find(volume => volume.persistentVolumeClaim)?.persistentVolumeClaim?.claimName
    const trouble = schedulingTrouble(unscheduled.message ?? '', claim, metadata.namespace)
    const reason = `pod ${metadata.name} can't be scheduled: ${trouble.reason}`
    return { ...trouble, reason, key: `${metadata.uid} node` }
  }
  const containers = [...(status?.initContainerStatuses ?? []), ...(status?.containerStatuses ?? [])]
  const problems = containers.map(status => containerProblem({ pod, status })).filter(problem => problem !== undefined)
  return problems[0]
}

function containerProblem({ pod, status }: Container): PodProblem | undefined {
  const { metadata } = pod
  const { reason = '', message = '' } = status.state?.waiting ?? {}
  const who = `pod ${metadata.name}`
  const key = `${metadata.uid} ${reason}`
  if (reason === 'ErrImagePull' || reason === 'ImagePullBackOff') {
    const { reason: why, ...rest } = pullTrouble(message)
    return { ...rest, reason: `${who} can't pull image ${status.image}: ${why}`, key }
  }
  const start = STARTS.find(row => row.reason === reason)
  if (start !== undefined) {
    const { reason: cause, ...rest } = start
    return { ...rest, cause, reason: `${who}: ${reason}: ${oneLine(message || `image ${status.image}`, 300)}`, key }
  }
  const ended = endOf({ pod, status })
  if (ended !== undefined) return ended
  // Only its events tell whether it is merely starting.
  const events = { kind: 'Pod', name: metadata.name, namespace: metadata.namespace ?? '', uid: metadata.uid } as const
  return status.ready ? undefined : { reason: '', key, more: { events } }
}

/** A container that has ended and is not ready again. */
function endOf({ pod, status }: Container): PodProblem | undefined {
  const { state, lastState, restartCount, ready, name } = status
  const now = state?.terminated
  const exit = now ?? lastState?.terminated
  if (ready || exit === undefined || (exit.exitCode === 0 && exit.reason === 'Completed')) return undefined
  const how = exit.reason === 'OOMKilled' ? 'ran out of memory (OOMKilled)' : `exited with code ${exit.exitCode}`
  const times = restartCount > 0 ? `, restarted ${restartCount === 1 ? 'once' : `${restartCount} times`}` : ''
  const isOver = state?.running === undefined && restartCount >= MOST_RESTARTS
  const previous = state?.running !== undefined
  return {
    reason: `pod ${pod.metadata.name} ${how}${times}`,
    ...(exit.reason === 'OOMKilled' ? { fix: 'Raise the memory limit: --set resources.limits.memory=512Mi' } : {}),
    ...(isOver ? { hopelessAfterMs: 0 } : {}),
    cause: 'crash',
    key: `${pod.metadata.uid} ${restartCount} ${exit.finishedAt}`,
    more: {
      log: { namespace: pod.metadata.namespace ?? '', pod: pod.metadata.name, container: name, previous },
    },
  }
}
