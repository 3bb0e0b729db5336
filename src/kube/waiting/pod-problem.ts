import type { EventSubject } from './events.ts'
import type { LogOf } from './logs.ts'

/** What keeps a pod from being ready, as far as the pod itself says it. */
export type PodProblem = {
  reason: string
  fix?: string
  hopelessAfterMs?: number
  /** What it comes down to: the same for every pod and every try that fails for this. */
  cause?: string
  /** Whether it lacks what the pods of an earlier revision hold: room on the nodes or in a quota. */
  isRoom?: boolean
  /** Another one once it has been tried again, and failed again. */
  key: string
  /** Where to find more: a log, or the events about an object. */
  more?: { log: LogOf } | { events: EventSubject & { kind: 'Pod' | 'PersistentVolumeClaim' } }
}

/** Sorts the least hopeful problem to the front. */
export const byHope = (one: PodProblem, other: PodProblem): number => rank(one) - rank(other)

const rank = ({ reason, hopelessAfterMs }: PodProblem): number =>
  reason === '' ? Number.MAX_VALUE : (hopelessAfterMs ?? Number.MAX_SAFE_INTEGER)
