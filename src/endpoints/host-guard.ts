import { Agent, createServer, request as httpRequest, type IncomingMessage, type ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { urlHost } from '../gateway/endpoint.ts'
import { oneLine } from '../text/sanitize.ts'

/** As `kubectl proxy --accept-hosts` has it (kubectl: pkg/proxy, DefaultHostAcceptRE). */
const LOCAL = [/^localhost$/, /^127\.0\.0\.1$/, /^\[::1\]$/]
const LONGEST_NAME = 255

/** Headers that are about one connection (RFC 9110 7.6.1). */
const OF_CONNECTION = ['connection', 'keep-alive', 'proxy-connection', 'te', 'trailer', 'upgrade']

export type Guard = {
  /** What --accept-hosts gave in place of the usual ones; it holds for origins too. */
  readonly hosts: readonly RegExp[] | undefined
  /** Whether pages of other ports of an accepted host may ask as well. */
  readonly otherPorts: boolean
}

type Far = {
  /** Gives the other end of a new connection. */
  readonly dial: () => Promise<Duplex>
  /** Why a connection was cut. */
  readonly onTrouble: (error: Error) => void
}

/**
 * Serves the HTTP connections of a local port by passing on each request whose Host, and Origin where a browser sends one,
 * are accepted. Any page could else read what is behind the port, under a name that it lets point to this machine.
 */
export function makeGuardedServer(guard: Guard, { dial, onTrouble }: Far): (client: Socket) => void {
  const agents = new WeakMap<Socket, Agent>()
  const server = createServer({ keepAliveTimeout: 0, requestTimeout: 0 }, (request, response) => {
    const why = refusal(guard, request)
    if (why !== undefined) return refuse(response, why)
    const { socket: client, method, url: path, rawHeaders } = request
    const cut = (error: Error) => {
      // A client that has gone has no need to know. A reset, so that a cut answer does not look complete.
      if (!client.destroyed) onTrouble(error)
      client.resetAndDestroy()
    }
    const onward = httpRequest({ agent: agents.get(client), method, path, headers: endToEnd(rawHeaders) as never })
    onward.on('error', cut)
    onward.on('response', answer => {
      const headers = endToEnd(answer.rawHeaders, ['transfer-encoding'])
      response.writeHead(answer.statusCode ?? 502, answer.statusMessage, headers)
      answer.on('error', cut).pipe(response)
    })
    response.on('close', () => {
      if (!response.writableFinished) onward.destroy()
    })
    request.pipe(onward)
  })
  // A client may close its side once it has asked.
  Object.assign(server, { httpAllowHalfOpen: true })
  return client => {
    const agent = makeAgent(dial)
    agents.set(client, agent)
    client.on('close', () => agent.destroy())
    server.emit('connection', client)
  }
}

/** For each client a connection of its own, as long as that of the client. */
function makeAgent(dial: Far['dial']): Agent {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  const createConnection = (_: object, done: (error: Error | null, stream?: Duplex) => void) => {
    dial().then(stream => done(null, asSocket(stream)), done)
  }
  return Object.assign(agent, { createConnection })
}

/** With what an agent calls of sockets that it keeps. */
function asSocket(stream: Duplex): Duplex {
  const same = () => stream
  return Object.assign(stream, { setKeepAlive: same, setNoDelay: same, setTimeout: same, ref: same, unref: same })
}

function endToEnd(rawHeaders: readonly string[], without: readonly string[] = []): string[] {
  const dropped = [...OF_CONNECTION, ...without]
  return rawHeaders.filter((_, index) => !dropped.includes(rawHeaders[index - (index % 2)]!.toLowerCase()))
}

/** Why a request is not passed on; undefined where it is. */
function refusal({ hosts, otherPorts }: Guard, { headers, url = '', socket }: IncomingMessage): string | undefined {
  const { host = '', origin } = headers
  const own = urlHost(String(socket.localAddress).replace(/^::ffff:/, ''))
  const isAccepted = (name: string) =>
    name.length <= LONGEST_NAME && (name === own || (hosts ?? LOCAL).some(pattern => pattern.test(name)))
  if (!url.startsWith('/')) return 'Requests with a full URL are not accepted. Send the path only.'
  if (!isAccepted(host.toLowerCase().replace(/:\d{1,5}$/, '')))
    return `The host "${oneLine(host, 100)}" is not accepted. Use ${own}, or eg-setup forward --accept-hosts REGEXP.`
  if (origin === undefined) return undefined
  const from = URL.canParse(origin) ? new URL(origin) : undefined
  const isOwn = from?.host === host.toLowerCase()
  if (from !== undefined && (isOwn || ((hosts !== undefined || otherPorts) && isAccepted(from.hostname))))
    return undefined
  return `Requests from web pages on "${oneLine(origin, 100)}" are not accepted. To accept them: eg-setup forward --accept-hosts REGEXP.`
}

function refuse(response: ServerResponse, why: string): void {
  response.writeHead(403, { 'content-type': 'text/plain; charset=utf-8', connection: 'close' }).end(`${why}\n`)
}
