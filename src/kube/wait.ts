import { EXIT, UserError } from '../errors.ts'
import type { Io } from '../io.ts'
import type { Readiness } from './ready.ts'

const SHORTEST_MS = 100
const LONGEST_MS = 500

/**
 * The pause before the next look, in ms: a tenth of what was waited already, at most half a second for each request of a
 * look. So a wait lasts little longer than it must, and one that lasts makes two requests a second.
 */
export const pauseAfter = (waitedMs: number, requests = 1): number =>
  Math.min(Math.max(waitedMs / 10, SHORTEST_MS), LONGEST_MS * requests)

export type Wait = {
  /** What is waited for, as the beginning of a sentence: "The etcd operator". */
  what: string
  look: () => Promise<Readiness>
  /** What it is waited to be; "ready" unless said. */
  wanted?: string
  /** The next step for whoever it did not get ready for. */
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
  for (;;) {
    const state = await look()
    if (state.ready) return
    onReason(state.reason)
    if (state.hopeless)
      throw new UserError(`${what} cannot get ${wanted}: ${state.reason}.`, { fix, code: EXIT.failed })
    if (io.clock.now() >= deadline) {
      const seconds = Math.round((io.clock.now() - started) / 1000)
      throw new UserError(`${what} was not ${wanted} after ${seconds} s: ${state.reason}.`, { fix, code: EXIT.timeout })
    }
    await io.clock.sleep(pauseAfter(io.clock.now() - started), io.signal)
  }
}
