import { oneLine } from '../../text/sanitize.ts'
import type { KubeObject, Ref } from '../object.ts'
import type { Kube } from '../request/client.ts'
import { unlessForbidden } from '../request/unless-forbidden.ts'
import { type ClusterEvent, readEvents } from './events.ts'
import { lastLogLine } from './logs.ts'
import { byHope, type PodProblem } from './pod-problem.ts'
import { logVerdict, volumeTrouble } from './pod-signals.ts'
import { podProblems } from './pods.ts'
import { isObserved, type Readiness, readiness } from './ready.ts'
import { readRevision } from './revision.ts'

/** After this many polls of a workload that is not ready, its pods are inspected. */
const PODS_EVERY = 6
const MOST_PODS = 50

/** The longest pause of a kubelet between two tries: what a pod suffered from before we came may be over by then. */
const LONGEST_BACKOFF_MS = 330_000
/** Grace period of scheduling failures: the scheduler retries as soon as anything changes. */
const NO_TRY_MS = 60_000
/** Polls after which a pod without any message counts as stuck. */
const STARTING_LOOKS = 5

/** The reason of what is not there. */
export const ABSENT = 'it does not exist yet'

type Labels = Readonly<Record<string, string>>

/** What was found by looking at a workload's pods again and again. */
type Findings = {
  /** How often the pods were looked at. */
  looks: number
  /** For how many polls in a row each problem was present, by its key; the least hopeful problem first. */
  problems: readonly { problem: PodProblem; seen: number }[]
}

/** Adds the problems of another look. */
const addLook = ({ looks, problems }: Findings, found: readonly PodProblem[]): Findings => ({
  looks: looks + 1,
  problems: found.map(problem => ({
    problem,
    seen: 1 + (problems.find(({ problem: { key } }) => key === problem.key)?.seen ?? 0),
  })),
})

/**
 * The problem to tell: the least hopeful one, of pods that say nothing only one that has done so for a while. What has been so
 * since the first look gets the time to be tried again.
 */
function tellingProblem({ looks, problems }: Findings): PodProblem | undefined {
  const telling = problems.find(({ problem, seen }) => problem.reason !== '' || seen >= STARTING_LOOKS)
  if (telling === undefined) return undefined
  const { problem, seen } = telling
  const isOld = seen === looks && (problem.hopelessAfterMs ?? NO_TRY_MS) < NO_TRY_MS
  return isOld ? { ...problem, hopelessAfterMs: LONGEST_BACKOFF_MS } : problem
}

/**
 * A look at a Deployment or StatefulSet for `waitFor`: its own readiness, and as a reason what keeps its newest revision,
 * which tells more than "0 of 1 ready". `more` is asked of what is ready by that.
 */
export function lookAtWorkload(
  kube: Kube,
  workload: Ref,
  podLabels: Labels,
  more?: (object: KubeObject) => Promise<Readiness>,
): () => Promise<Readiness> {
  let looks = 0
  let findings: Findings = { looks: 0, problems: [] }
  let told: PodProblem | undefined
  return async () => {
    const object = await kube.read(workload)
    if (object === undefined) return { ready: false, reason: ABSENT }
    const state = readiness(object)
    if (state.ready && more !== undefined) return more(object)
    if (state.ready || state.hopelessAfterMs !== undefined || !isObserved(object)) return state
    if (looks++ % PODS_EVERY === 0) {
      findings = addLook(findings, await findProblems(kube, object, await listPods(kube, workload, podLabels)))
      const problem = tellingProblem(findings)
      told = problem && (await withCause(kube, problem, told))
    }
    return told === undefined ? state : unready(state.reason, told)
  }
}

const unready = (state: string, { reason, fix, hopelessAfterMs, cause }: PodProblem): Readiness => ({
  ready: false,
  reason: `${state}, ${reason}`,
  ...(fix === undefined ? {} : { fix }),
  ...(hopelessAfterMs === undefined ? {} : { hopelessAfterMs }),
  ...(cause === undefined ? {} : { cause }),
})

/** Whether a workload is ready now, and if not, why; `pods` is called only if it is not ready. */
export async function whyNotReady(
  kube: Kube,
  object: KubeObject | undefined,
  pods: () => readonly KubeObject[] | Promise<readonly KubeObject[]>,
): Promise<Readiness> {
  if (object === undefined) return { ready: false, reason: 'it does not exist' }
  const state = readiness(object)
  if (state.ready) return state
  const [problem] = await findProblems(kube, object, await pods())
  return problem === undefined ? state : unready(state.reason, await withCause(kube, problem))
}

const listPods = async (kube: Kube, { namespace }: Ref, labels: Labels): Promise<KubeObject[]> =>
  (await unlessForbidden(kube.list('Pod', { labels, limit: MOST_PODS, ...(namespace ? { namespace } : {}) }))) ?? []

/** What keeps the newest revision of a workload from being ready, the least hopeful first. */
async function findProblems(
  kube: Kube,
  object: KubeObject,
  all: readonly KubeObject[],
): Promise<readonly PodProblem[]> {
  const { pods, earlier, blocked } = await readRevision(kube, object, all)
  // Of a generation that its controller has not seen yet there are no pods.
  const problems = [...blocked, ...(isObserved(object) ? podProblems(pods) : [])].sort(byHope)
  const count =
    earlier.length === 1
      ? '1 pod from an earlier revision still uses'
      : `${earlier.length} pods from earlier revisions still use`
  return problems.map(problem =>
    problem.isRoom && earlier.length > 0 ? { ...problem, reason: `${problem.reason}; ${count} capacity` } : problem,
  )
}

/** The problem with what its log or events say. A log that was `told` already is not read again. */
async function withCause(kube: Kube, problem: PodProblem, told?: PodProblem): Promise<PodProblem> {
  const { more } = problem
  if (more === undefined) return problem
  if ('log' in more) {
    if (told?.key === problem.key) return { ...problem, reason: told.reason, ...logVerdict(told.reason) }
    const line = await lastLogLine(kube, more.log)
    return line === '' ? problem : { ...problem, ...logVerdict(line), reason: `${problem.reason}: ${line}` }
  }
  const { kind, name } = more.events
  const events = await readEvents(kube, more.events)
  if (kind === 'PersistentVolumeClaim') {
    const [event] = events
    return event === undefined ? problem : { ...problem, ...volumeTrouble(name, event.reason, event.message) }
  }
  const warning = lastWarning(events)
  if (warning !== undefined)
    return { ...problem, reason: `pod ${name}: ${warning.reason}: ${oneLine(warning.message, 300)}` }
  return problem.reason === '' ? { ...problem, reason: `pod ${name} is not ready yet` } : problem
}

/** What a kubelet and a scheduler report of a pod that gets ahead. */
const STEPS = ['Scheduled', 'SuccessfulAttachVolume', 'Pulling', 'Pulled', 'Created', 'Started']

/** The newest warning about a pod, unless the pod has come a step further since. */
function lastWarning(events: readonly ClusterEvent[]): ClusterEvent | undefined {
  const warning = events.find(({ type }) => type === 'Warning')
  const step = events.find(({ reason }) => STEPS.includes(reason))
  return warning !== undefined && (step === undefined || step.at <= warning.at) ? warning : undefined
}
