import type { Io } from '../io.ts'
import { type Kube, makeKube } from '../kube/request/client.ts'
import { connect } from '../kube/request/connect.ts'
import { LIMITS } from '../kube/request/send-once.ts'
import { oneLine } from '../text/sanitize.ts'

/** The flags of every command that talks to a cluster. */
export type ClusterFlags = {
  readonly kubeconfig?: string
  readonly context?: string
  readonly namespace?: string
  readonly timeout?: number
  readonly verbose?: true
}

/** A wait that somebody notices. */
const LONG_MS = 2000

/**
 * The cluster that the flags and the kubeconfig mean. The server's own warnings and, with -v, every call go to stderr. No
 * call takes longer than --timeout, and none goes on after `deadline` (ms since the epoch).
 */
export async function openCluster(
  flags: ClusterFlags,
  io: Io,
  say: (text: string) => void,
  deadline?: number,
): Promise<Kube> {
  const onCall = flags.verbose ? { onCall: say } : {}
  const onWarning = (text: string) => say(`warning: ${oneLine(text, 300)}`)
  let retries = 0
  let isSaid = false
  const onRetry = (why: string, waitMs: number, hasAnswered: boolean) => {
    retries++
    // A single short one is everyday business, and a server that never answers is an error soon.
    const isFirstWorthIt = !isSaid && hasAnswered && (retries > 1 || waitMs >= LONG_MS)
    if (isFirstWorthIt || flags.verbose) say(`Retrying: ${oneLine(why, 300)}`)
    isSaid ||= isFirstWorthIt
  }
  const end = (started: number) => deadline ?? started + (flags.timeout ?? Number.POSITIVE_INFINITY)
  return makeKube(await connect(flags, io, { onWarning, onRetry, ...onCall }, { ...LIMITS, end }))
}
