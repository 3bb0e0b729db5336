import { once } from 'node:events'
import type { IncomingMessage, RequestListener, Server, ServerResponse } from 'node:http'
import { createServer } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import type { Duplex } from 'node:stream'
import { text } from 'node:stream/consumers'
import type { ApiAnswer, ApiRequest } from './handler.ts'
import { unauthorized } from './refusal.ts'

/**
 * Stands between a request and its answer: gives what `answer` gives, another answer, or undefined when it has dealt with
 * `response` itself.
 */
export type Intercept = (
  request: ApiRequest,
  answer: () => Promise<ApiAnswer>,
  response: ServerResponse,
) => Promise<ApiAnswer | undefined>

/** What Node gives for a request for another protocol: the request, its connection and what came after its head. */
export type Upgrade = [request: IncomingMessage, socket: Duplex, head: Buffer]

/** Whom the token stands for. */
const USER = 'demo'

export type ServerOptions = {
  host: string
  /** Plain HTTP without one. */
  certificate: { cert: string; key: string } | undefined
  /** Bearer token that every request has to carry. */
  token: string
  intercept: Intercept
  handle: (request: ApiRequest) => Promise<ApiAnswer>
  /** What becomes of a request for a WebSocket, which would be answered with `answer` without one. */
  upgrade: (request: ApiRequest, answer: () => Promise<ApiAnswer>, upgrade: Upgrade) => void
}

/** The server in front of the API. */
export async function startServer(options: ServerOptions): Promise<{ url: string; stop: () => Promise<void> }> {
  const { certificate, host, token, intercept, upgrade } = options
  const handle = async (request: ApiRequest): Promise<ApiAnswer> =>
    request.headers['authorization'] === `Bearer ${token}`
      ? options.handle(request)
      : { status: 401, body: unauthorized().body }
  const listener: RequestListener = async (raw, response) => {
    try {
      const request = requestOf(raw, await text(raw))
      const answer = await intercept(request, () => handle(request), response)
      if (answer) send(response, answer)
    } catch {
      response.destroy()
    }
  }
  const server: Server = certificate ? createTlsServer(certificate, listener) : createServer(listener)
  server.on('upgrade', (raw, socket, head) => {
    const request = requestOf(raw, '')
    upgrade(request, () => handle(request), [raw, socket, head])
  })
  server.listen(0, host)
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const stop = async () => {
    server.closeAllConnections()
    await new Promise(resolve => server.close(resolve))
  }
  return { url: `${certificate ? 'https' : 'http'}://${host}:${port}`, stop }
}

function requestOf({ method = 'GET', url = '/', headers }: IncomingMessage, content: string): ApiRequest {
  const contentType = headers['content-type']?.split(';')[0]?.trim() ?? 'application/json'
  const body = content === '' ? undefined : JSON.parse(content)
  return { method, path: url, headers: headers as Record<string, string>, body, contentType, user: USER }
}

function send(response: ServerResponse, { status, body, headers = {} }: ApiAnswer) {
  const plain = typeof body === 'string'
  const type = plain ? 'text/plain; charset=utf-8' : 'application/json'
  response.writeHead(status, { 'content-type': type, 'cache-control': 'no-cache, private', ...headers })
  response.end(plain ? body : `${JSON.stringify(body)}\n`)
}
