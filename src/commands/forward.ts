import { once } from 'node:events'
import type { FlagsOf } from '../cli/args.ts'
import { exportsPrinter } from '../cli/print-exports.ts'
import { openLocalEndpoint } from '../endpoints/local-endpoint.ts'
import { prove } from '../endpoints/prove.ts'
import type { Cancelled } from '../errors.ts'
import { exportsOf } from '../exports/exports.ts'
import { makeDial } from '../gateway/pod-connection.ts'
import type { Io } from '../io.ts'
import { runCommand } from '../process/run-command.ts'
import { requireRecord } from '../record/find-record.ts'
import { openCluster } from '../setup/open-cluster.ts'
import { notAnswering } from '../setup/screens.ts'
import { makeReporter } from '../ui/reporter.ts'

/** How long a ready pod is waited for, at first and later by each connection. */
const TIMEOUT_MS = 30_000

/** Local ports that lead to the gateway through the API server, until Ctrl-C or for as long as a command runs. */
export async function forward(flags: FlagsOf<'forward'>, io: Io, command: readonly string[]): Promise<number> {
  const printer = exportsPrinter(flags, io)
  const reporter = makeReporter(io)
  const kube = await openCluster(flags, io, reporter.note)
  const { connection } = kube
  const { namespace } = await requireRecord(kube, flags.namespace, reporter.warn)
  const waitMs = flags.timeout ?? TIMEOUT_MS
  const over = new AbortController()
  const end = () => over.abort(io.signal.reason)
  io.signal.addEventListener('abort', end)
  try {
    const dial = makeDial({ connection, namespace, waitMs, clock: io.clock, signal: over.signal, say: reporter.note })
    // What is forbidden is told here better than by a local port that does not answer.
    ;(await dial('config')).destroy()
    const { address = '127.0.0.1' } = flags
    if (!/^(127\.|::1$)/.test(address)) reporter.warn(openToAll(address))
    const asked = { config: flags['config-port'], events: flags['events-port'] }
    const guarded = { hosts: flags['accept-hosts'] }
    const endpoint = await openLocalEndpoint(dial, { address, asked, signal: over.signal, guarded, ...reporter })
    const proof = await prove([endpoint], { answers: 1, deadline: io.clock.now() + waitMs }, io)
    if (proof.endpoint === undefined) throw notAnswering(namespace, proof.reason)
    const exports = exportsOf(endpoint)
    if (command.length > 0) {
      // What ends us ends the command first: until then it may want its connections.
      io.signal.removeEventListener('abort', end)
      // The local ports speak no TLS, whatever the shell has exported.
      const { EVENT_GATEWAY_SCHEME: _, ...env } = io.env
      return await runCommand(command, exports, { ...io, env })
    }
    printer.print(exports)
    reporter.note('Forwarding until Ctrl-C. Load the exports in another terminal to use the gateway.')
    await once(over.signal, 'abort')
    return (io.signal.reason as Cancelled).code
  } finally {
    over.abort()
  }
}

const openToAll = (address: string): string =>
  `The config API has no authentication: anyone who can reach ${address} on this machine can read and change all registrations and credentials.`
