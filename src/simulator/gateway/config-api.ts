import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'
import type { ConfigService, Resource } from './config-service.ts'
import { RULES } from './config-service.ts'
import type { Metrics } from './metrics.ts'
import { Panic, Refused } from './resources.ts'

/** How long a client waits for a store that is away before its connection is closed, in ms: 5 s, and 10 s to create. */
export type Patience = { read: number; create: number }

const SINGULAR: Readonly<Record<Resource, string>> = {
  eventtypes: 'eventtype',
  functions: 'function',
  subscriptions: 'subscription',
  cors: 'cors',
}
const WRONG: Readonly<Record<Resource, string>> = {
  eventtypes: "Event Type doesn't validate. Validation error: ",
  functions: "Function doesn't validate. Validation error: ",
  subscriptions: "Subscription doesn't validate. Validation error: ",
  cors: "CORS configuration doesn't validate. Validation error: ",
}
const COLLECTION = 'GET, POST'
const ITEM = 'DELETE, GET, PUT'

/** Port 4001 of Event Gateway 0.9.0 (facts: answers checked on a rebuild of it). */
export function configApi(service: ConfigService, metrics: Metrics, patience: Patience): RequestListener {
  return (request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://gateway')
    if (pathname === '/v1/status' && request.method === 'GET') return void response.end()
    if (pathname === '/v1/metrics' && request.method === 'GET') {
      response.writeHead(200, { 'content-type': 'text/plain; version=0.0.4' }).end(metrics.text())
      return
    }
    const [, space = '', resource = '', id] = /^\/v1\/spaces\/([^/]+)\/([^/]+)(?:\/(.*))?$/.exec(pathname) ?? []
    if (!(resource in RULES) || space === '') return fallback(request, response, pathname)
    if (id === '' && resource !== 'cors') return redirect(request, response, pathname.slice(0, -1))
    if (id?.includes('/') && resource !== 'cors') return plain(response, 404, '404 page not found')
    const allowed = id === undefined ? COLLECTION : ITEM
    if (!allowed.split(', ').includes(request.method ?? '')) {
      response.setHeader('allow', allowed)
      return plain(response, 405, 'Method Not Allowed')
    }
    serve(request, response, resource as Resource, decodeURIComponent(space), id, searchParams).catch(() =>
      request.socket.destroy(),
    )
  }

  async function serve(
    request: IncomingMessage,
    response: ServerResponse,
    resource: Resource,
    space: string,
    id: string | undefined,
    query: URLSearchParams,
  ) {
    const { method = 'GET' } = request
    const started = Date.now()
    try {
      const text = await bodyOf(request)
      const name = id === undefined ? undefined : nameOf(resource, id)
      const [status, body] = await carryOut(method, resource, space, name, text, query)
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
    metrics.add('gateway_config_requests_total', { operation, resource: SINGULAR[resource], space }, 1)
  }

  async function carryOut(
    method: string,
    resource: Resource,
    space: string,
    id: string | undefined,
    text: string,
    query: URLSearchParams,
  ): Promise<[number, unknown]> {
    if (method === 'POST') return [201, await service.create(resource, space, parse(resource, text))]
    if (method === 'PUT') return [200, await service.update(resource, space, id!, parse(resource, text))]
    if (method === 'DELETE') return [204, await service.remove(resource, space, id!)]
    if (id !== undefined) return [200, await service.get(resource, space, id)]
    const filters = [...query]
      .filter(([key]) => key.startsWith('metadata.'))
      .map(([key, value]) => [key.slice(9), value])
    const all = await service.list(resource, space)
    const wanted = all.filter(({ metadata }) => filters.every(([key, value]) => metadata?.[key!] === value))
    return [200, { [RULES[resource].list]: wanted }]
  }
}

/** A CORS id holds an escaped slash, which the gateway's router takes apart when it comes unescaped. */
const nameOf = (resource: Resource, id: string) => {
  if (resource !== 'cors') return decodeURIComponent(id)
  return id.includes('/') ? '' : id
}

function parse(resource: Resource, text: string): unknown {
  try {
    const body = JSON.parse(text)
    if (typeof body === 'object' && body !== null && !Array.isArray(body)) return body
    const type = Array.isArray(body) ? 'array' : typeof body
    throw new Refused(
      400,
      `${WRONG[resource]}json: cannot unmarshal ${type} into Go value of type map[string]interface {}`,
    )
  } catch (error) {
    if (error instanceof Refused) throw error
    const empty = text.trim() === ''
    const cut = /end of JSON|Unterminated/.test(String(error))
    const found = text.trim()[0]
    const why = empty ? 'EOF' : cut ? 'unexpected EOF' : `invalid character '${found}' looking for beginning of value`
    throw new Refused(400, WRONG[resource] + why)
  }
}

export async function bodyOf(request: IncomingMessage): Promise<string> {
  const parts: Buffer[] = []
  for await (const part of request) parts.push(part as Buffer)
  return Buffer.concat(parts).toString()
}

function send(response: ServerResponse, status: number, body: unknown) {
  response.writeHead(status, { 'content-type': 'application/json' })
  response.end(status === 204 ? undefined : `${JSON.stringify(body)}\n`)
}

function plain(response: ServerResponse, status: number, text: string) {
  response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8', 'x-content-type-options': 'nosniff' })
  response.end(`${text}\n`)
}

function redirect(request: IncomingMessage, response: ServerResponse, location: string) {
  const get = request.method === 'GET'
  response.writeHead(get ? 301 : 307, { location, ...(get ? { 'content-type': 'text/html; charset=utf-8' } : {}) })
  response.end(get ? `<a href="${location}">Moved Permanently</a>.\n\n` : undefined)
}

function fallback(request: IncomingMessage, response: ServerResponse, pathname: string) {
  if (/^\/v1\/(status|metrics)\/$/.test(pathname)) return redirect(request, response, pathname.slice(0, -1))
  if (/^\/v1\/(status|metrics)$/.test(pathname)) {
    response.setHeader('allow', 'GET')
    return plain(response, 405, 'Method Not Allowed')
  }
  plain(response, 404, '404 page not found')
}
