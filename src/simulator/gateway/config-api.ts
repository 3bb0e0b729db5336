import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'
import { text } from 'node:stream/consumers'
import type { ConfigService, Resource } from './config-service.ts'
import { RULES } from './config-service.ts'
import type { Metrics } from './metrics.ts'
import { Panic, Refused } from './resources.ts'

/** How long a client waits for a store that is away before its connection is closed, in ms: 5 s, and 10 s to create. */
export type Patience = { read: number; create: number }

const COLLECTION = ['GET', 'POST']
const ITEM = ['DELETE', 'GET', 'PUT']

/** Port 4001 of Event Gateway 0.9.0 (facts: answers checked on a rebuild of it). */
export function configApi(service: ConfigService, metrics: Metrics, patience: Patience): RequestListener {
  return (request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://gateway')
    const { method = 'GET' } = request
    if (pathname === '/v1/status' && method === 'GET') return void response.end()
    if (pathname === '/v1/metrics' && method === 'GET') {
      response.writeHead(200, { 'content-type': 'text/plain; version=0.0.4' }).end(metrics.text())
      return
    }
    const [, space = '', resource = '', id] = /^\/v1\/spaces\/([^/]+)\/([^/]+)(?:\/(.+))?$/.exec(pathname) ?? []
    if (!(resource in RULES)) return plain(response, 404, '404 page not found')
    if (!(id === undefined ? COLLECTION : ITEM).includes(method)) return plain(response, 405, 'Method Not Allowed')
    const asked = { method, resource: resource as Resource, space: decodeURIComponent(space), query: searchParams }
    serve(request, response, id === undefined ? asked : { ...asked, id: idOf(resource, id) }).catch(() =>
      request.socket.destroy(),
    )
  }

  async function serve(request: IncomingMessage, response: ServerResponse, asked: Asked) {
    const { method, resource, space, id } = asked
    const started = Date.now()
    try {
      const [status, body] = await carryOut(asked, await text(request))
      send(response, status, body)
      if (method === 'POST') metrics.add(`gateway_${resource}_total`, { space }, 1)
      if (method === 'DELETE') metrics.add(`gateway_${resource}_total`, { space }, -1)
    } catch (error) {
      if (error instanceof Panic) return request.socket.destroy()
      if (!(error instanceof Refused)) {
        // The store is away: the gateway waits, then its own write time-out closes the connection without an answer.
        const limit = method === 'POST' ? patience.create : patience.read
        const timer = setTimeout(() => request.socket.destroy(), started + limit - Date.now())
        request.socket.once('close', () => clearTimeout(timer))
        return
      }
      send(response, error.status, { errors: [{ message: error.message }] })
    }
    const operation = { GET: id === undefined ? 'list' : 'get', POST: 'create', PUT: 'update' }[method] ?? 'delete'
    metrics.add('gateway_config_requests_total', { operation, resource: RULES[resource].singular, space }, 1)
  }

  async function carryOut({ method, resource, space, id, query }: Asked, content: string): Promise<[number, unknown]> {
    if (method === 'POST') return [201, await service.create(resource, space, parse(resource, content))]
    if (method === 'PUT') return [200, await service.update(resource, space, id!, parse(resource, content))]
    if (method === 'DELETE') return [204, await service.remove(resource, space, id!)]
    if (id !== undefined) return [200, await service.get(resource, space, id)]
    const filters = [...query].filter(([key]) => key.startsWith('metadata.'))
    const all = await service.list(resource, space)
    const wanted = all.filter(({ metadata }) => filters.every(([key, value]) => metadata?.[key.slice(9)] === value))
    return [200, { [RULES[resource].list]: wanted }]
  }
}

/** The id of a CORS configuration holds an escaped slash, and is read from the raw path: without one it is empty. */
const idOf = (resource: string, segment: string): string => {
  if (resource !== 'cors') return decodeURIComponent(segment)
  return segment.includes('%') ? segment : ''
}

type Asked = { method: string; resource: Resource; space: string; id?: string; query: URLSearchParams }

function parse(resource: Resource, content: string): unknown {
  try {
    const body: unknown = JSON.parse(content)
    if (typeof body === 'object' && body !== null && !Array.isArray(body)) return body
  } catch {}
  const found = content.trim()[0]
  const why = found === undefined ? 'EOF' : `invalid character '${found}' looking for beginning of value`
  throw new Refused(400, `${RULES[resource].name} doesn't validate. Validation error: ${why}`)
}

function send(response: ServerResponse, status: number, body: unknown) {
  response.writeHead(status, { 'content-type': 'application/json' })
  response.end(status === 204 ? undefined : `${JSON.stringify(body)}\n`)
}

function plain(response: ServerResponse, status: number, message: string) {
  response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8' }).end(`${message}\n`)
}
