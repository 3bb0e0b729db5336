import { once, setMaxListeners } from 'node:events'
import type { FlagsOf } from '../args.ts'
import type { Endpoint } from '../endpoints/endpoint.ts'
import { exportsOf } from '../endpoints/exports.ts'
import { openLocalPort } from '../endpoints/local-port.ts'
import { prove } from '../endpoints/prove.ts'
import { requireRecord } from '../engines/record.ts'
import { type Cancelled, UserError } from '../errors.ts'
import { type Dial, makeDial, PORTS } from '../gateway/dial.ts'
import type { Io } from '../io.ts'
import { runCommand } from '../run-command.ts'
import { makeReporter, type Reporter } from '../ui/reporter.ts'
import { oneLine } from '../ui/sanitize.ts'
import { openCluster } from './open-cluster.ts'
import { exportsPrinter } from './print-exports.ts'

/** How long a ready pod is waited for, at first and later by each connection. */
const TIMEOUT_MS = 30_000

/** Local ports that lead to the gateway through the API server, until Ctrl-C or for as long as a command runs. */
export async function forward(flags: FlagsOf<'forward'>, io: Io, command: readonly string[]): Promise<number> {
  const printer = exportsPrinter(flags, io)
  const reporter = makeReporter(io)
  const kube = await openCluster(flags, io, reporter.note)
  const { connection } = kube
  const { namespace } = await requireRecord(kube, flags.namespace)
  const waitMs = flags.timeout ?? TIMEOUT_MS
  const over = new AbortController()
  setMaxListeners(0, over.signal) // one for each connection that is being made
  const end = () => over.abort(io.signal.reason)
  io.signal.addEventListener('abort', end)
  try {
    const dial = makeDial({ connection, namespace, waitMs, clock: io.clock, signal: over.signal, say: reporter.note })
    // What is forbidden is told here better than by a local port that does not answer.
    ;(await dial('config')).destroy()
    const endpoint = await openPorts(dial, flags, over.signal, reporter)
    const { reasons, ...proof } = await prove([endpoint], { answers: 1, deadline: io.clock.now() + waitMs }, io)
    if (proof.endpoint === undefined) throw noAnswer(namespace, reasons)
    const exports = exportsOf(endpoint)
    if (command.length > 0) {
      // What ends us ends the command first: until then it may want its connections.
      io.signal.removeEventListener('abort', end)
      return await runCommand(command, exports, io)
    }
    printer.print(exports)
    reporter.note('The Event Gateway answers here until Ctrl-C. Other terminals can use it by the exports.')
    await once(over.signal, 'abort')
    return (io.signal.reason as Cancelled).code
  } finally {
    over.abort()
  }
}

/** Opens the local ports, to be closed when the signal aborts, and gives where they are. */
async function openPorts(dial: Dial, flags: FlagsOf<'forward'>, signal: AbortSignal, { note, warn }: Reporter) {
  const { address = '127.0.0.1' } = flags
  if (!/^(127\.|::1$)/.test(address))
    warn(`The config API asks for no login: whoever reaches ${address} of this machine can read and change everything.`)
  // A wildcard address is no address to connect to.
  const endpoint: Endpoint = { host: ANY[address] ?? address, config: 0, events: 0 }
  for (const { name, usual } of PORTS) {
    const asked = flags[`${name}-port`]
    let said = ''
    const onTrouble = ({ message }: Error) => {
      if (message !== said) warn(`A connection to the ${name} port was cut: ${oneLine(message)}`)
      said = message
    }
    const { port, close } = await openLocalPort({ address, asked, usual, dial: () => dial(name), onTrouble })
    signal.addEventListener('abort', close)
    if (asked === undefined && port !== usual) note(`Port ${usual} is taken: ${port} is used in its place`)
    endpoint[name] = port
  }
  return endpoint
}

const ANY: Readonly<Record<string, string>> = { '0.0.0.0': '127.0.0.1', '::': '::1' }

const noAnswer = (namespace: string, reasons: readonly string[]): UserError =>
  new UserError(`The Event Gateway in namespace ${namespace} does not answer: ${reasons.join('; ')}.`, {
    fix: `See what it says: kubectl logs -n ${namespace} deployment/eg-event-gateway`,
  })
