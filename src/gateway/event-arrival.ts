import type { Io } from '../io.ts'
import type { Asked, Question } from './ask.ts'
import type { Calls } from './counters.ts'
import { NotVerified, type Reason } from './failures.ts'
import { saidBy } from './registrations.ts'
import type { Ask } from './replicas.ts'

/** Somewhere an event can be sent to, and the replicas whose counters show that it has come. */
export type Target = {
  name: string
  isReplica: boolean
  events: Ask
  /** Number of events sent at once: an address does not let the sender choose the replica. */
  times: number
  /** By replica; a reason where one of them does not answer. */
  calls: (signal: AbortSignal) => Promise<ReadonlyMap<string, Calls> | { reason: string }>
  /** Whether each of these replicas has to answer an event, or any of them. */
  needs: 'all' | 'any'
}

type Asking = { namespace: string; event: Question; agreeMs: number } & Pick<Io, 'clock' | 'signal'>
type Verdict = { reason: Reason; final?: true }
type Heard = { target: Target; asked: Asked; verdict: Verdict | undefined }

/** Longer than the 5 s that the gateway gives a function. */
const EVENT_MS = 6_000
const PAUSE_MS = 50
const LONGEST_PAUSE_MS = 1000

/**
 * Sends an event everywhere until the counters of the replicas show that it was matched, and the function called and
 * answered. Where an event was matched none is sent again: a function that cannot be reached must not fill the backlog that
 * users share. Gives the targets. Throws NotVerified when the time is up, and at once where the event went astray.
 */
export async function agree(asking: Asking, targetsOf: () => Promise<readonly Target[]>): Promise<readonly Target[]> {
  const { clock, signal } = asking
  const deadline = clock.now() + asking.agreeMs
  const before = new Map<string, Calls>()
  for (let pause = PAUSE_MS; ; pause = Math.min(pause * 2, LONGEST_PAUSE_MS)) {
    const targets = await targetsOf()
    const heard = await Promise.all(targets.map(target => observe(asking, target, before)))
    const bad = heard.filter(({ verdict }) => verdict !== undefined)
    if (targets.length > 0 && bad.length === 0) return targets
    const final = bad.find(({ verdict }) => verdict?.final)
    if (final !== undefined || clock.now() >= deadline) throw failure(asking.namespace, final ?? bad[0], heard)
    await clock.sleep(pause, signal)
  }
}

async function observe({ event, signal }: Asking, target: Target, before: Map<string, Calls>): Promise<Heard> {
  const calls = await target.calls(signal)
  if ('reason' in calls) return { target, asked: calls, verdict: judge(calls, target.isReplica) }
  // A replica that counts from zero again has restarted.
  for (const [name, now] of calls) if (now.matched < (before.get(name)?.matched ?? Infinity)) before.set(name, now)
  const { isDone, isMatched } = compare(calls, before, target.needs)
  if (isDone) return { target, asked: { reason: '' }, verdict: undefined }
  if (isMatched) {
    const asked = { reason: 'the gateway did not answer' }
    return { target, asked, verdict: { reason: 'function-unreachable' } }
  }
  let asked: Asked = { reason: '' }
  for (let sent = 0; sent < target.times; sent++) {
    asked = await target.events(event, EVENT_MS, signal)
    const verdict = judge(asked, target.isReplica)
    if (verdict !== undefined) return { target, asked, verdict }
  }
  return { target, asked, verdict: { reason: target.needs === 'any' ? 'events-blocked' : 'replica-stale' } }
}

function compare(calls: ReadonlyMap<string, Calls>, before: ReadonlyMap<string, Calls>, needs: Target['needs']) {
  const has = (grown: (now: Calls, then: Calls) => boolean) => {
    const each = [...calls].map(([name, now]) => grown(now, before.get(name)!))
    return needs === 'all' ? each.length > 0 && each.every(Boolean) : each.some(Boolean)
  }
  return {
    isDone: has((now, then) => now.answered > then.answered),
    isMatched: has((now, then) => now.matched > then.matched),
  }
}

/** What a status other than 202 means for an event without sync subscriptions; undefined for 202. */
export function judge(asked: Asked, isReplica: boolean): Verdict | undefined {
  if ('reason' in asked) return { reason: isReplica ? 'replica-silent' : 'events-blocked' }
  if (asked.status === 202) return undefined
  // A proxy in between, such as an Ingress, may answer at first.
  if (!isReplica && [502, 503, 504].includes(asked.status)) return { reason: 'events-blocked' }
  return { reason: !isReplica && asked.status >= 300 ? 'events-blocked' : 'route-taken', final: true }
}

function failure(namespace: string, bad: Heard | undefined, heard: readonly Heard[]): NotVerified {
  if (bad?.verdict === undefined)
    return new NotVerified('replica-silent', { namespace, where: 'none', said: 'the gateway has no pods' })
  const all = heard.every(({ verdict }) => verdict?.reason === 'replica-stale')
  const reason = all && bad.verdict.reason === 'replica-stale' ? 'replicas-stale' : bad.verdict.reason
  return new NotVerified(reason, { namespace, where: bad.target.name, said: saidBy(bad.asked) })
}
