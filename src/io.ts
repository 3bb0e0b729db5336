import type { Readable, Writable } from 'node:stream'

/** Time as a port, so that tests can turn it. `now` in milliseconds since the epoch; `sleep` rejects when aborted. */
export type Clock = { now: () => number; sleep: (ms: number, signal: AbortSignal) => Promise<void> }

type Input = Readable & { isTTY?: boolean }
export type Output = Writable & { isTTY?: boolean; columns?: number }

/** Everything a command may touch of the process it runs in. `signal` aborts with a Cancelled on Ctrl-C and SIGTERM. */
export type Io = {
  readonly stdin: Input
  readonly stdout: Output
  readonly stderr: Output
  readonly env: Readonly<Record<string, string | undefined>>
  readonly signal: AbortSignal
  readonly clock: Clock
}
