import { EXIT, UserError } from '../../errors.ts'
import type { Io } from '../../io.ts'
import { oneLine, withoutTail } from '../../text/sanitize.ts'
import type { Readiness } from './ready.ts'

const SHORTEST_MS = 100
const LONGEST_MS = 500

/**
 * The pause before the next look, in ms: half of what was waited already, at most half a second. So what takes a moment is
 * seen at once, and after the first second nothing is looked at more than twice a second.
 */
export const pauseAfter = (waitedMs: number): number => Math.min(Math.max(waitedMs / 2, SHORTEST_MS), LONGEST_MS)

export type Wait = {
  /** What is waited for, as the beginning of a sentence: "The etcd operator". */
  what: string
  look: () => Promise<Readiness>
  /** What it is waited to be; "ready" unless said. */
  wanted?: string
  /** The next step if it does not get ready. */
  fix: string
  /** ms since the epoch. */
  deadline: number
  onReason: (reason: string) => void
}

/** Returns once it is ready. Throws UserError with the newest reason at the deadline (exit 4) or where waiting is no use. */
export async function waitFor(
  { what, look, wanted = 'ready', fix, deadline, onReason }: Wait,
  io: Pick<Io, 'clock' | 'signal'>,
): Promise<void> {
  const started = io.clock.now()
  let hopeless: { since: number; cause: string | undefined } | undefined
  for (;;) {
    const state = await look()
    if (state.ready) return
    const reason = withoutTail(oneLine(state.reason, 1000), '. ')
    onReason(reason)
    const now = io.clock.now()
    if (state.hopelessAfterMs === undefined) hopeless = undefined
    else if (hopeless === undefined || hopeless.cause !== state.cause) hopeless = { since: now, cause: state.cause }
    const next = joinFixes(state.fix, fix)
    if (now - (hopeless?.since ?? now) >= (state.hopelessAfterMs ?? Number.POSITIVE_INFINITY))
      throw new UserError(`${what} can't become ${wanted}: ${reason}.`, { fix: next, code: EXIT.failed })
    if (now >= deadline) {
      const seconds = Math.round((now - started) / 1000)
      throw new UserError(`${what} was not ${wanted} after ${seconds}s: ${reason}.`, { fix: next, code: EXIT.timeout })
    }
    await io.clock.sleep(pauseAfter(io.clock.now() - started), io.signal)
  }
}

/** The specific fix, then the general one. A fix that ends with its command, and so without a period, is complete. */
export const joinFixes = (specific: string | undefined, general: string): string => {
  if (specific === undefined) return general
  return specific.endsWith('.') ? `${specific} ${general}` : specific
}
