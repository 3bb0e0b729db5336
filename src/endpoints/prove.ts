import type { NoAnswer } from '../gateway/ask.ts'
import type { Endpoint } from '../gateway/endpoint.ts'
import { probeConfig, probeEvents, type Verdict } from '../gateway/probe.ts'
import type { Io } from '../io.ts'

/** Longer than the 5 s after which a gateway without etcd closes the connection. */
const PROBE_MS = 6_000
const PAUSE_MS = 250
/** Between one answer and the next that has to follow it. */
const AGAIN_MS = 50
/** How long the first candidate is tried alone: it usually answers, which saves the other requests. */
const HEAD_START_MS = 150
/** A cluster may have a thousand nodes: so many of their reasons say enough. */
const REASONS = 3
/** How long an earlier candidate may still answer after a later one did: the order is a preference. */
const GRACE_MS = 150

type Proof = {
  /** How many answers in a row count as proof. */
  answers: number
  /** When to give up, in ms since the epoch. */
  deadline: number
  onReason?: (reason: string) => void
}

/**
 * The first endpoint on which both APIs answer as an Event Gateway's, asked from this machine: the first one alone for a
 * moment, then all at once and again until the deadline. Undefined with the newest reason where none does.
 * `isUntrusted`: it answers with a certificate that this machine does not accept.
 */
export async function prove(
  endpoints: readonly Endpoint[],
  { answers, deadline, onReason }: Proof,
  io: Pick<Io, 'clock' | 'signal'>,
): Promise<{ endpoint: Endpoint | undefined; reason: string; isUntrusted: boolean }> {
  const over = new AbortController()
  const signal = AbortSignal.any([io.signal, over.signal])
  const failures: NoAnswer[] = []
  const proven = new Set<number>()

  let startOthers = () => {}
  const others = new Promise<void>(start => {
    startOthers = start
  })
  io.clock.sleep(HEAD_START_MS, signal).then(startOthers, startOthers)

  const attempt = async (endpoint: Endpoint, index: number): Promise<void> => {
    if (index > 0) await others
    signal.throwIfAborted()
    let inARow = 0
    while (inARow < answers) {
      if (io.clock.now() >= deadline) return
      const timeoutMs = Math.min(PROBE_MS, Math.max(deadline - io.clock.now(), 1))
      const verdict = await probe(endpoint, timeoutMs, signal)
      inARow = verdict.ok ? inARow + 1 : 0
      if (!verdict.ok) {
        startOthers()
        // An attempt that the deadline cut short says less than the one before it.
        if (verdict.cause !== 'timeout' || timeoutMs === PROBE_MS || failures[index] === undefined) {
          failures[index] = verdict
          onReason?.(briefly(failures))
        }
      }
      if (inARow < answers) await io.clock.sleep(verdict.ok ? AGAIN_MS : PAUSE_MS, signal)
    }
    proven.add(index)
    if (index > 0) await io.clock.sleep(GRACE_MS, signal)
    over.abort()
  }

  await Promise.all(
    endpoints.map((endpoint, index) =>
      attempt(endpoint, index).catch((error: unknown) => {
        if (!over.signal.aborted || io.signal.aborted) throw error
      }),
    ),
  )
  return {
    endpoint: endpoints[Math.min(...proven)],
    reason: briefly(failures) || 'the timeout expired before this address was tried',
    isUntrusted: failures.some(({ cause }) => cause === 'untrusted'),
  }
}

/** The reasons of the first candidates that have one, and whether there are others. */
function briefly(failures: readonly NoAnswer[]): string {
  const known = failures.flatMap(({ reason }) => reason)
  return [...known.slice(0, REASONS), ...(known.length > REASONS ? ['and others'] : [])].join('; ')
}

/** Asks both APIs once, from this machine. */
export async function probe(endpoint: Endpoint, timeoutMs: number, signal: AbortSignal): Promise<Verdict> {
  const { config } = endpoint
  const [configured, events] = await Promise.all([
    config === undefined ? { ok: true as const } : probeConfig({ ...endpoint, config }, timeoutMs, signal),
    probeEvents(endpoint, timeoutMs, signal),
  ])
  return configured.ok ? events : configured
}
