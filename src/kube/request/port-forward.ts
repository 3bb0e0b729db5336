import { Duplex } from 'node:stream'
import { UserError } from '../../errors.ts'
import { oneLine } from '../../text/sanitize.ts'
import { sh } from '../../text/shell-words.ts'
import { type KubeConfig, WebSocketHandler } from '../client-node.ts'
import { objectPath, ref } from '../kinds.ts'
import { preconditionError } from '../precondition-error.ts'
import { ApiError, type Connection } from './connection.ts'
import { PASSING_STATUSES } from './error-of-answer.ts'

type Limits = {
  /** Until when the cluster is asked why it did not work, in ms since the epoch. */
  retryUntil: number
  /** Gives up; an open connection is not touched. */
  signal: AbortSignal
}

export type PodPort = { readonly namespace: string; readonly pod: string; readonly port: number }

/** What is used of a WebSocket of `ws`, of which client-node ships no types. */
type Channel = {
  send: (data: Buffer, done: () => void) => void
  pause: () => void
  resume: () => void
  readonly isPaused: boolean
  ping: () => void
  close: () => void
  terminate: () => void
  on: ((event: 'pong', listener: () => void) => void) & ((event: 'close', listener: (code: number) => void) => void)
}

/**
 * The kubelet's protocol v4.channel.k8s.io: each message begins with the number of its channel, the first message of
 * each channel says the port in two bytes (k8s.io/kubelet, pkg/cri/streaming/portforward/websocket.go).
 */
const DATA = 0
const ERROR = 1
const PORT_BYTES = 2

const HANDSHAKE_MS = 10_000
/** Keeps idle connections alive in load balancers, and finds those that died in silence. */
const PING_MS = 30_000
const CLOSED_CLEANLY = [1000, 1005]

/**
 * A connection to a port of a pod, through the API server. The protocol knows no half-close: ending it closes it once all
 * that was written is sent. client-node's PortForward is this with all its models and without back-pressure.
 * Throws UserError (exit 3) when the cluster cannot be reached or will never allow it, another error when a later attempt
 * or another pod may do better.
 */
export async function openPortForward(
  connection: Connection,
  target: PodPort,
  { retryUntil, signal }: Limits,
): Promise<Duplex> {
  let channel: Channel | undefined
  const begun = new Set<number>()
  const stream = new Duplex({
    read: () => channel?.resume(),
    // How it ended is for the event 'close' to say: what is written after a clean end is no failure.
    write: (chunk: Buffer, _, done) => channel?.send(Buffer.concat([Buffer.of(DATA), chunk]), () => done()),
    final: done => {
      channel?.close()
      done()
    },
    destroy: (error, done) => {
      channel?.terminate()
      done(error)
    },
  })
  // Errors are thrown until the caller has the stream, and emitted on the stream afterwards.
  stream.on('error', () => {})
  const receive = (number: number, message: Buffer): boolean => {
    const data = begun.has(number) ? message : message.subarray(PORT_BYTES)
    begun.add(number)
    if (data.length === 0) return true
    if (number === DATA && !stream.push(data)) channel?.pause()
    if (number === ERROR) stream.destroy(new Error(complaintOf(data.toString(), target)))
    return true
  }
  try {
    const config = limited(await connection.kubeConfig(), signal)
    channel = (await new WebSocketHandler(config).connect(pathOf(target), null, receive)) as Channel
  } catch (error) {
    signal.throwIfAborted()
    throw await reasonOf((error as Error).message, connection, target, retryUntil)
  }
  watchOver(channel, stream)
  if (stream.errored) throw stream.errored
  return stream
}

const pathOf = ({ namespace, pod, port }: PodPort): string =>
  `${objectPath(ref('Pod', pod, namespace))}/portforward?ports=${port}`

/** Shortens the container runtime's error, which is a line of paths. A refused connection is the most frequent cause. */
const complaintOf = (text: string, { pod, port }: PodPort): string =>
  `pod ${pod}: ${/connection refused/.test(text) ? `nothing listens on port ${port}` : oneLine(text, 200)}`

/** The configuration for WebSockets: limited in time, and uncompressed, as what is forwarded mostly is small. */
function limited(config: KubeConfig, signal: AbortSignal): KubeConfig {
  const applyToHTTPSOptions: KubeConfig['applyToHTTPSOptions'] = async options => {
    await config.applyToHTTPSOptions(options)
    // A signal of its own: many listeners on one make Node warn of a leak.
    const own = AbortSignal.any([signal])
    Object.assign(options, { handshakeTimeout: HANDSHAKE_MS, perMessageDeflate: false, signal: own })
  }
  return Object.assign(Object.create(config) as KubeConfig, { applyToHTTPSOptions })
}

/** Ends the stream with its WebSocket, also when that has died without a word. */
function watchOver(channel: Channel, stream: Duplex): void {
  let isAlive = true
  const beat = setInterval(() => {
    // Nothing is read of a connection whose reader is slow, not even pongs.
    if (!isAlive && !channel.isPaused) return void stream.destroy(new Error('the API server stopped answering'))
    isAlive = false
    channel.ping()
  }, PING_MS).unref()
  channel.on('pong', () => {
    isAlive = true
  })
  channel.on('close', code => {
    clearInterval(beat)
    if (CLOSED_CLEANLY.includes(code) || stream.writableFinished) stream.push(null)
    else stream.destroy(new Error(`the API server closed the connection (${code})`))
  })
}

/** Why no WebSocket was opened. The library only knows a status, so the same path is asked in the ordinary way. */
async function reasonOf(said: string, connection: Connection, target: PodPort, retryUntil: number): Promise<Error> {
  const { namespace, pod } = target
  const status = Number(/^Unexpected server response: (\d+)/.exec(said)?.[1] ?? 0)
  const plain = { method: 'GET', path: pathOf(target), retryUntil } as const
  const error: unknown = await connection.send(plain).catch((error: unknown) => error)
  const api = error instanceof ApiError ? error : undefined
  if (status === 403 || api?.status === 403)
    return preconditionError(
      `You don't have permission to forward ports to pods in namespace ${namespace}: ${api?.status === 403 ? api.message : 'HTTP 403'}.`,
      // A WebSocket begins with GET; Kubernetes 1.35 wants create as well.
      sh`Ask an administrator to create this role and bind it to you:\nkubectl create role eg-forward --verb=get,create --resource=pods/portforward -n ${namespace}`,
      error,
    )
  // "Upgrade request required" is all that the API server finds wrong with an ordinary request: it would have upgraded.
  const isUpgradable = api?.status === 400
  if (isUpgradable && status !== 0 && status !== 404 && !PASSING_STATUSES.includes(status))
    return preconditionError(
      `${oneLine(connection.server)} does not support WebSockets (HTTP ${status}), which port forwarding requires.`,
      'Connect to the API server without a proxy, or through a proxy that supports Upgrade headers.',
      error,
    )
  if (error instanceof UserError) return error
  return new Error(`pod ${pod}: ${oneLine(api && !isUpgradable ? api.message : said, 200)}`)
}
