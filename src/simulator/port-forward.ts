import type { IncomingMessage } from 'node:http'
import { type Duplex, Transform } from 'node:stream'
import type { ApiAnswer, ApiRequest } from './api/handler.ts'
import { unauthorized } from './api/refusal.ts'
import type { Cluster } from './cluster.ts'
import type { Network } from './network.ts'
import { acceptWebSocket } from './web-socket.ts'

export const PORT_FORWARD_PROTOCOL = 'v4.channel.k8s.io'

const DATA = 0
const ERROR = 1

/** What the API server says to a port-forward that asks for no WebSocket, where it would otherwise do it. */
export const UPGRADE_REQUIRED = 'Upgrade request required'

/** Forwards ports of pods for requests that ask for a WebSocket, and refuses all others as `handle` does. */
export function makeUpgrade(cluster: Cluster, network: Network, handle: (request: ApiRequest) => Promise<ApiAnswer>) {
  return async (request: IncomingMessage, socket: Duplex, head: Buffer, user: string | undefined): Promise<void> => {
    socket.on('error', () => {})
    const { url: path = '/', headers } = request
    const plain = { method: 'GET', path, headers: headers as Record<string, string>, body: undefined, contentType: '' }
    const { status, body } =
      user === undefined ? { status: 401, body: unauthorized().body } : await handle({ ...plain, user })
    const { pathname, searchParams } = new URL(path, 'https://api')
    const [, namespace, name = ''] = /\/namespaces\/([^/]+)\/pods\/([^/]+)\/portforward$/.exec(pathname) ?? []
    const pod = cluster.get('Pod', namespace, name)
    if (pod === undefined || (body as { message?: string }).message !== UPGRADE_REQUIRED) {
      const text = JSON.stringify(body)
      const head = `HTTP/1.1 ${status} Refused\r\nContent-Type: application/json\r\nContent-Length: ${Buffer.byteLength(text)}`
      return void socket.end(`${head}\r\nConnection: close\r\n\r\n${text}`)
    }
    const port = Number(searchParams.get('ports'))
    const messages = acceptWebSocket(request, socket, head, PORT_FORWARD_PROTOCOL)
    servePortForward(messages, port, network.dial(pod['status']?.podIP, port))
  }
}

/**
 * The kubelet's end of a port-forward for one port: `messages` of a WebSocket on one side, a connection to the port on the
 * other, undefined where nothing listens. The words are containerd's.
 */
export function servePortForward(messages: Duplex, port: number, pod: Duplex | undefined): void {
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
    transform: (message: Buffer, _, done) => done(null, message[0] === DATA ? message.subarray(1) : undefined),
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
}
