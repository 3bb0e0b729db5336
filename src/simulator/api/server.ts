import { once } from 'node:events'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import type { Duplex } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import type { TLSSocket } from 'node:tls'
import type { ApiAnswer, ApiRequest } from './handler.ts'
import { unauthorized } from './refusal.ts'
import { isTrue } from './routes.ts'

/** What a fault hook makes of a request: nothing, another answer, or no proper answer at all. */
type Fault =
  | 'pass'
  | { status: number; headers?: Record<string, string>; body?: unknown }
  /** The connection ends before the request is looked at, after it was carried out, or in the middle of the answer. */
  | 'reset-before'
  | 'reset-after'
  | 'reset-mid'
  /** It is never answered. */
  | 'hang'
  /** It is answered byte by byte, as it were. */
  | 'trickle'
/** `index` counts all requests from 0. */
type FaultRequest = {
  index: number
  method: string
  path: string
  headers: IncomingMessage['headers']
  body: unknown
}
export type Faults = (request: FaultRequest) => Fault | Promise<Fault>

export type LoggedRequest = { method: string; path: string; status: number; userAgent: string }

export type ServerOptions = {
  certificate: { cert: string; key: string }
  host: string
  port: number
  /** Who a request comes from; undefined is answered with 401. */
  identify: (request: { authorization: string | undefined; commonName: string | undefined }) => string | undefined
  /** A client certificate is asked for and has to be this one's. */
  clientCa?: string | undefined
  faults: () => Faults
  log: LoggedRequest[]
  handle: (request: ApiRequest) => Promise<ApiAnswer>
  /** Streams the changes that a watch asks for until the connection ends. */
  watch: (path: string, response: ServerResponse) => void
  /** What becomes of a request for a WebSocket. */
  upgrade: (request: IncomingMessage, socket: Duplex, head: Buffer, user: string | undefined) => void
}

/** The HTTPS server in front of the API. */
export async function startServer(options: ServerOptions): Promise<{ url: string; stop: () => Promise<void> }> {
  const { cert, key } = options.certificate
  const ca = options.clientCa ? { requestCert: true, rejectUnauthorized: false, ca: options.clientCa } : {}
  let index = 0
  const server = createServer({ cert, key, ...ca }, (request, response) => {
    answer(request, response, options, index++).catch(() => response.destroy())
  })
  server.on('upgrade', (request, socket, head) => options.upgrade(request, socket, head, userOf(request, options)))
  server.listen(options.port, options.host)
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const stop = () =>
    new Promise<void>(resolve => {
      server.close(() => resolve())
      server.closeAllConnections()
    })
  return { url: `https://${options.host}:${port}`, stop }
}

/** Who asks; undefined for nobody we know. */
function userOf({ headers, socket }: IncomingMessage, options: ServerOptions): string | undefined {
  const tls = socket as TLSSocket
  const commonName = options.clientCa && tls.authorized ? tls.getPeerCertificate().subject?.CN : undefined
  return options.identify({ authorization: headers.authorization, commonName: String(commonName ?? '') || undefined })
}

async function answer(request: IncomingMessage, response: ServerResponse, options: ServerOptions, index: number) {
  const { method = 'GET', url: path = '/', headers } = request
  const entry = { method, path, status: 0, userAgent: headers['user-agent'] ?? '' }
  options.log.push(entry)
  const parts: Buffer[] = []
  for await (const part of request) parts.push(part as Buffer)
  const text = Buffer.concat(parts).toString()
  let body: unknown
  let garbled = false
  try {
    body = text === '' ? undefined : JSON.parse(text)
  } catch {
    garbled = true
  }

  const fault = await options.faults()({ index, method, path, headers, body })
  if (fault === 'reset-before') return request.socket.destroy()
  if (fault === 'hang') return
  if (typeof fault === 'object') {
    entry.status = fault.status
    return send(response, { status: fault.status, body: (fault.body ?? '') as object, headers: fault.headers ?? {} })
  }

  const user = userOf(request, options)
  const url = new URL(path, 'https://api')
  if (user !== undefined && method === 'GET' && isTrue(url.searchParams.get('watch'))) {
    entry.status = 200
    return options.watch(path, response)
  }
  const contentType = headers['content-type']?.split(';')[0]?.trim() ?? 'application/json'
  const asked = { method, path, headers: headers as Record<string, string>, body, contentType }
  const result =
    user === undefined
      ? { status: 401, body: unauthorized().body }
      : garbled
        ? {
            status: 400,
            body: { ...unauthorized().body, reason: 'BadRequest', message: 'the body is no JSON', code: 400 },
          }
        : await options.handle({ ...asked, user })
  entry.status = result.status
  if (fault === 'reset-after') return request.socket.destroy()
  if (fault === 'reset-mid') {
    const content = JSON.stringify(result.body)
    response.writeHead(result.status, { 'content-type': 'application/json', 'content-length': content.length })
    response.write(content.slice(0, content.length / 2), () => request.socket.destroy())
    return
  }
  if (fault === 'trickle') return trickle(response, result)
  send(response, result)
}

async function trickle(response: ServerResponse, { status, body }: ApiAnswer) {
  response.writeHead(status, { 'content-type': 'application/json' })
  const content = typeof body === 'string' ? body : JSON.stringify(body)
  for (let start = 0; start < content.length; start += 500) {
    response.write(content.slice(start, start + 500))
    await sleep(1)
  }
  response.end()
}

function send(response: ServerResponse, { status, body, headers = {} }: ApiAnswer) {
  const plain = typeof body === 'string'
  const type = plain ? 'text/plain; charset=utf-8' : 'application/json'
  response.writeHead(status, { 'content-type': type, 'cache-control': 'no-cache, private', ...headers })
  response.end(plain ? body : `${JSON.stringify(body)}\n`)
}
