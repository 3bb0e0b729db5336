import type { Endpoint } from '../gateway/endpoint.ts'
import { type Dial, makeDial, PORTS } from '../gateway/pod-connection.ts'
import type { Io } from '../io.ts'
import type { Kube } from '../kube/request/client.ts'
import { oneLine } from '../text/sanitize.ts'
import { openLocalPort } from './local-port.ts'
import { prove } from './prove.ts'
import type { Limits } from './resolve.ts'

type Options = {
  /** An IP address of this machine to listen on. */
  address: string
  /** The local ports that were asked for, 0 for any; else the usual ones, or any where these are taken. */
  asked: { readonly [Port in (typeof PORTS)[number]['name']]?: number | undefined }
  /** Closes them. */
  signal: AbortSignal
  /** The hosts of --accept-hosts; undefined for the default ones. */
  guarded?: { readonly hosts: readonly RegExp[] | undefined }
  note: (text: string) => void
  warn: (text: string) => void
}

/** A wildcard address is no address to connect to. */
const ANY: Readonly<Record<string, string>> = { '0.0.0.0': '127.0.0.1', '::': '::1' }

/** Opens local ports that lead to what `dial` gives, and says where they are. */
export async function openLocalEndpoint(
  dial: Dial,
  { address, asked, signal, guarded, note, warn }: Options,
): Promise<Endpoint> {
  const endpoint = { host: ANY[address] ?? address, config: 0, events: 0 }
  for (const { name, usual } of PORTS) {
    let said = ''
    const onTrouble = ({ message }: Error) => {
      if (message !== said) warn(`A connection to the ${name} API was closed: ${oneLine(message)}`)
      said = message
    }
    const { port, close } = await openLocalPort({
      address,
      asked: asked[name],
      usual,
      dial: () => dial(name),
      onTrouble,
      // Pages under development may send events.
      guard: guarded && { ...guarded, otherPorts: name === 'events' },
    })
    signal.addEventListener('abort', close)
    if (asked[name] === undefined && port !== usual) note(`Port ${usual} is in use, using ${port} instead`)
    endpoint[name] = port
  }
  return endpoint
}

/**
 * Whether both APIs answer through the API server, by local ports that are open meanwhile. Gives why not. Throws
 * UserError where the API server does not let this user through to a pod.
 */
export async function proveThroughServer(
  kube: Kube,
  namespace: string,
  { answers, deadline, onReason }: Limits,
  io: Io,
): Promise<string | undefined> {
  const over = new AbortController()
  const signal = AbortSignal.any([io.signal, over.signal])
  const waitMs = deadline - io.clock.now()
  try {
    const { connection } = kube
    const dial = makeDial({ connection, namespace, waitMs, clock: io.clock, signal, say: onReason })
    // What is forbidden is told here better than by a local port that does not answer.
    ;(await dial('config')).destroy()
    const options = { address: '127.0.0.1', asked: { config: 0, events: 0 }, signal, note: onReason, warn: onReason }
    const endpoint = await openLocalEndpoint(dial, options)
    const { endpoint: proven, reason } = await prove([endpoint], { answers, deadline, onReason }, io)
    return proven === undefined ? reason : undefined
  } finally {
    over.abort()
  }
}
