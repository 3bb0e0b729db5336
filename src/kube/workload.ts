import { oneLine } from '../ui/sanitize.ts'
import { allowed } from './allowed.ts'
import type { Kube } from './client.ts'
import { readEvents } from './events.ts'
import { lastLogLine } from './logs.ts'
import type { KubeObject, Ref } from './object.ts'
import { createTrouble, logVerdict, volumeTrouble } from './pod-signals.ts'
import { type Clue, newest, podClues } from './pods.ts'
import { condition, isObserved, type Readiness, readiness } from './ready.ts'

/** Every so many looks at a workload that is not ready, its pods are asked why. */
const PODS_EVERY = 6
const MOST_PODS = 50

/** The longest pause of a kubelet between two tries: what a pod suffered from before we came may be over by then. */
const LONGEST_BACKOFF_MS = 330_000
/** What is given as long as this is no matter of tries: the scheduler looks again as soon as anything changes. */
const NO_TRY_MS = 60_000
/** Looks at pods after which one that says nothing is no longer merely starting. */
const STARTING_LOOKS = 5

/** The reason of what is not there. */
export const ABSENT = 'it does not exist yet'

type Labels = Readonly<Record<string, string>>

/**
 * A look at a Deployment or StatefulSet for `waitFor`: its own readiness, and as a reason what its pods say, which tells
 * more than "0 of 1 ready". What has been so since before the first look gets the time to be tried again. `more` is asked of
 * what is ready by that.
 */
export function lookAtWorkload(
  kube: Kube,
  workload: Ref,
  podLabels: Labels,
  more?: (object: KubeObject) => Promise<Readiness>,
): () => Promise<Readiness> {
  let looks = 0
  let podLooks = 0
  /** In how many looks at pods in a row each clue was there. */
  let seen = new Map<string, number>()
  let worst: Clue | undefined
  const told = new Map<string, Clue | undefined>()
  const tell = async (clue: Clue) => {
    // Events come later than what they explain; a log that was read stays as it is.
    if (!told.has(clue.key) || (clue.more && 'events' in clue.more))
      told.set(clue.key, await explain(kube, workload, clue))
    return told.get(clue.key)
  }
  return async () => {
    const object = await kube.read(workload)
    if (object === undefined) return { ready: false, reason: ABSENT }
    const state = readiness(object)
    if (state.ready && more !== undefined) return more(object)
    if (state.ready || state.hopelessAfterMs !== undefined || !isObserved(object)) return state
    if (looks++ % PODS_EVERY === 0) {
      const clues = await findClues(kube, workload, object, await listPods(kube, workload, podLabels))
      podLooks++
      seen = new Map(clues.map(({ key }) => [key, (seen.get(key) ?? 0) + 1]))
      const telling = clues.find(({ key, reason }) => reason !== '' || seen.get(key)! >= STARTING_LOOKS)
      worst = telling && (await tell(telling))
    }
    if (worst === undefined) return state
    const { key, hopelessAfterMs = NO_TRY_MS } = worst
    const isOld = seen.get(key) === podLooks && hopelessAfterMs < NO_TRY_MS
    return unready(state.reason, isOld ? { ...worst, hopelessAfterMs: LONGEST_BACKOFF_MS } : worst)
  }
}

const unready = (state: string, { reason, fix, hopelessAfterMs }: Clue): Readiness => ({
  ready: false,
  reason: `${state}, ${reason}`,
  ...(fix === undefined ? {} : { fix }),
  ...(hopelessAfterMs === undefined ? {} : { hopelessAfterMs }),
})

/** Whether a workload is ready, and why not, as it is now; `pods` are asked for only where it is not. */
export async function whyNotReady(
  kube: Kube,
  workload: Ref,
  object: KubeObject | undefined,
  pods: () => readonly KubeObject[] | Promise<readonly KubeObject[]>,
): Promise<Readiness> {
  if (object === undefined) return { ready: false, reason: 'it is not there' }
  const state = readiness(object)
  if (state.ready) return state
  for (const clue of await findClues(kube, workload, object, await pods())) {
    const told = await explain(kube, workload, clue)
    if (told !== undefined) return unready(state.reason, told)
  }
  return state
}

const listPods = async (kube: Kube, { namespace }: Ref, labels: Labels): Promise<KubeObject[]> =>
  (await allowed(kube.list('Pod', { labels, limit: MOST_PODS, ...(namespace ? { namespace } : {}) }))) ?? []

/** What keeps a workload from being ready, the least hopeful first: why pods are missing, and what those say that are there. */
async function findClues(
  kube: Kube,
  workload: Ref,
  object: KubeObject,
  pods: readonly KubeObject[],
): Promise<readonly Clue[]> {
  const clues = podClues(pods)
  const isShort = newest(pods).length < (object.spec?.replicas ?? 1)
  const missing = isShort ? await whyNoPod(kube, workload, object) : undefined
  return missing === undefined ? clues : [missing, ...clues]
}

async function whyNoPod(
  kube: Kube,
  { kind, name, namespace = '' }: Ref,
  object: KubeObject,
): Promise<Clue | undefined> {
  const isMaker = (about: { kind: string; name: string }) =>
    kind === 'Deployment' ? about.kind === 'ReplicaSet' && about.name.startsWith(`${name}-`) : about.name === name
  const failed = (await readEvents(kube, namespace, 'reason=FailedCreate')).find(({ about }) => isMaker(about))
  if (failed !== undefined) return { ...createTrouble(failed.message), key: failed.key }
  const failure = condition(object, 'ReplicaFailure')
  return failure?.status === 'True'
    ? { ...createTrouble(failure.message ?? ''), key: String(failure.message) }
    : undefined
}

/** The clue with what its log or events say; undefined where there is nothing to say. */
async function explain(kube: Kube, { namespace = '' }: Ref, clue: Clue): Promise<Clue | undefined> {
  const { more } = clue
  if (more === undefined) return clue
  if ('log' in more) {
    const line = await lastLogLine(kube, more.log)
    return line === '' ? clue : { ...clue, ...logVerdict(line), reason: `${clue.reason}: ${line}` }
  }
  const { kind, name } = more.events
  const events = await readEvents(kube, namespace, `involvedObject.kind=${kind},involvedObject.name=${name}`)
  if (kind === 'PersistentVolumeClaim') {
    const [event] = events
    return event === undefined ? clue : { ...clue, ...volumeTrouble(name, event.reason, event.message) }
  }
  const warning = events.find(({ type }) => type === 'Warning')
  if (warning === undefined) return clue.reason === '' ? undefined : clue
  return { ...clue, reason: `pod ${name}: ${warning.reason}: ${oneLine(warning.message, 300)}` }
}
