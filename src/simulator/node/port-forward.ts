import { type Duplex, Transform } from 'node:stream'
import { createWebSocketStream, WebSocketServer } from 'ws'
import { type ApiAnswer, type ApiRequest, UPGRADE_REQUIRED } from '../api/handler.ts'
import type { Upgrade } from '../api/server.ts'
import type { Cluster } from '../cluster.ts'
import type { Network } from './network.ts'

const DATA = 0
const ERROR = 1

/** What becomes of a message on its way to a pod; the connection ends before or after it is passed on. */
export type StrikeForward = () => 'pass' | 'reset-before' | 'reset-after'

/** Forwards ports of pods for requests that ask for a WebSocket, and gives all others their answer. */
export function makeUpgrade(cluster: Cluster, network: Network, strike?: StrikeForward) {
  return async ({ path }: ApiRequest, answer: () => Promise<ApiAnswer>, upgrade: Upgrade): Promise<void> => {
    const [, socket] = upgrade
    socket.on('error', () => {})
    const { status, body } = await answer()
    const { pathname, searchParams } = new URL(path, 'http://api')
    const [, namespace, name = ''] = /\/namespaces\/([^/]+)\/pods\/([^/]+)\/portforward$/.exec(pathname) ?? []
    const pod = cluster.get('Pod', namespace, name)
    if (pod === undefined || (body as { message?: string }).message !== UPGRADE_REQUIRED) {
      const text = JSON.stringify(body)
      const head = `HTTP/1.1 ${status} Refused\r\nContent-Type: application/json\r\nContent-Length: ${Buffer.byteLength(text)}`
      return void socket.end(`${head}\r\nConnection: close\r\n\r\n${text}`)
    }
    const port = Number(searchParams.get('ports'))
    servePortForward(upgrade, port, network.dial(pod['status']?.podIP, port), strike)
  }
}

const CARRIED_OUT_MS = 20

const sockets = new WebSocketServer({ noServer: true, handleProtocols: () => 'v4.channel.k8s.io' })

/**
 * Accepts the WebSocket of an upgrade and serves a port-forward of one port over it, as the kubelet does: `pod` is a
 * connection to the port, undefined where nothing listens. The words are containerd's.
 */
export function servePortForward(
  [request, socket, head]: Upgrade,
  port: number,
  pod: Duplex | undefined,
  strike: StrikeForward = () => 'pass',
): void {
  sockets.handleUpgrade(request, socket, head, webSocket => {
    const messages = createWebSocketStream(webSocket, { readableObjectMode: true })
    messages.on('error', () => {})
    const portBytes = [port & 0xff, port >> 8]
    messages.write(Buffer.from([DATA, ...portBytes]))
    messages.write(Buffer.from([ERROR, ...portBytes]))
    if (pod === undefined) {
      const text = `error forwarding port ${port} to pod: failed to connect to localhost:${port}: connection refused`
      return void messages.end(Buffer.concat([Buffer.of(ERROR), Buffer.from(text)]))
    }
    const toPod = new Transform({
      writableObjectMode: true,
      transform: (message: Buffer, _, done) => {
        const struck = strike()
        if (struck === 'reset-before') return void messages.destroy()
        done(null, message[0] === DATA ? message.subarray(1) : undefined)
        // Time for what it asks for to be carried out.
        if (struck === 'reset-after') setTimeout(() => messages.destroy(), CARRIED_OUT_MS)
      },
    })
    const toClient = new Transform({
      readableObjectMode: true,
      transform: (chunk: Buffer, _, done) => done(null, Buffer.concat([Buffer.of(DATA), chunk])),
    })
    messages.pipe(toPod).pipe(pod)
    pod.pipe(toClient).pipe(messages)
    messages.on('close', () => pod.destroy())
    pod.on('error', () => messages.destroy())
    pod.on('close', () => {
      if (!pod.readableEnded) messages.destroy()
    })
    // Without a half-close the end of the client is the end of all.
    messages.on('end', () => messages.end())
  })
}
