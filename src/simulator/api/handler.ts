import type { KubeObject } from '../../kube/object.ts'
import { discover } from './discovery.ts'
import type { Kind } from './kinds.ts'
import { answerList, metadataOf, nodeTableOf } from './lists.ts'
import { mergeFields, mergePatch } from './merge.ts'
import { badRequest, forbidden, noResource, notFound, Refusal } from './refusal.ts'
import type { Access, Registry } from './registry.ts'
import type { DeleteOptions } from './removal.ts'
import { remove } from './removal.ts'
import { answerReview, type Forbidden } from './reviews.ts'
import type { Route } from './routes.ts'
import { findRoute, objectOf, verbOf } from './routes.ts'

export type ApiRequest = {
  method: string
  /** Path and query. */
  path: string
  headers: Readonly<Record<string, string | undefined>>
  /** Parsed JSON; undefined for none. */
  body: unknown
  contentType: string
  /** Empty for an administrator. */
  user: string
}
export type ApiAnswer = { status: number; body: object | string; headers?: Record<string, string> }

/** What only the simulator around the API knows: a pod's log, and what listens in a pod or behind a Service. */
export type Inside = {
  readonly forbidden: Forbidden
  readonly log: (pod: KubeObject, query: URLSearchParams) => string
  readonly proxy: (route: Route, query: URLSearchParams) => Promise<ApiAnswer>
}

/** What the API server says to a port-forward that asks for no WebSocket, where it would otherwise do it. */
export const UPGRADE_REQUIRED = 'Upgrade request required'

const VERSION = { major: '1', minor: '34', gitVersion: 'v1.34.4', platform: 'linux/amd64' }
const AGGREGATED = { 'content-type': 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList' }

/** Answers requests to the API; refusals come back as answers. */
export function makeHandler(registry: Registry, inside: Inside): (request: ApiRequest) => Promise<ApiAnswer> {
  const { store } = registry

  async function handle(request: ApiRequest): Promise<ApiAnswer> {
    const { pathname, searchParams } = new URL(request.path, 'http://api')
    if (pathname === '/version') return { status: 200, body: VERSION }
    const found = discover(store.kinds(), pathname, request.headers['accept'] ?? '')
    // kubectl takes the answer for the other kind of document unless its type says so.
    if (found) return { status: 200, body: found, ...('items' in found ? { headers: AGGREGATED } : {}) }
    const route = findRoute(store, pathname)
    if (!route) return { status: 404, body: '404 page not found\n' }
    authorize(request, route)
    return serve(request, route, searchParams)
  }

  function authorize({ method, user }: ApiRequest, route: Route) {
    const { kind, namespace, name = '', subresource } = route
    const verb = verbOf(method, route)
    const scope = kind.kind === 'Namespace' ? route.name : namespace
    const { group, plural: resource } = kind
    const permission = {
      verb,
      group,
      resource,
      ...(scope && { namespace: scope }),
      ...(subresource && { subresource }),
    }
    if (user === '' || !inside.forbidden(permission)) return
    const where = scope === undefined ? 'at the cluster scope' : `in the namespace "${scope}"`
    const what = subresource ? `${kind.plural}/${subresource}` : kind.plural
    const why = `User "${user}" cannot ${verb} resource "${what}" in API group "${kind.group}" ${where}`
    throw forbidden(kind, name, why)
  }

  /** The storage of a custom resource is made when it is first asked for, and cannot list at once. */
  const used = new WeakSet<Kind>()
  function warmUp(kind: Kind, isList: boolean) {
    if (!kind.custom || used.has(kind)) return
    used.add(kind)
    if (isList) throw new Refusal(429, 'TooManyRequests', 'storage is (re)initializing', { retryAfterSeconds: 1 })
  }

  async function serve(request: ApiRequest, route: Route, query: URLSearchParams): Promise<ApiAnswer> {
    const { kind, namespace, name, subresource } = route
    const { method } = request
    const ok = (body: object | string): ApiAnswer => ({ status: 200, body })
    warmUp(kind, method === 'GET' && name === undefined)
    if (subresource === 'proxy') return inside.proxy(route, query)
    if (method === 'POST' && kind.kind === 'SelfSubjectAccessReview')
      return { status: 201, body: answerReview(request.body as KubeObject, inside.forbidden) }
    if (method === 'POST')
      return {
        status: 201,
        body: registry.create(kind, objectOf(request.body, route), accessOf(request, route, query)),
      }
    if (method === 'GET' && name === undefined) return ok(list(request, route, query))
    if (name === undefined) throw noResource()
    if (method === 'DELETE') return ok(remove(store, kind, { namespace, name }, deleteOptions(request, query)))
    if (method === 'PUT')
      return ok(registry.replace(kind, objectOf(request.body, route), accessOf(request, route, query)))
    if (method === 'PATCH') return patch(request, route, query)
    const object = store.get(kind, namespace, name)
    if (!object) throw notFound(kind, name)
    if (subresource === 'portforward') throw badRequest(UPGRADE_REQUIRED)
    return subresource === 'log' ? ok(inside.log(object, query)) : ok(object)
  }

  function list({ headers }: ApiRequest, { kind, namespace }: Route, query: URLSearchParams): object {
    const found = answerList(store, kind, namespace, query)
    const accept = headers['accept'] ?? ''
    if (kind.kind === 'Node' && accept.includes('as=Table')) return nodeTableOf(found)
    return accept.includes('as=PartialObjectMetadataList') ? metadataOf(found) : found
  }

  function patch(request: ApiRequest, route: Route, query: URLSearchParams): ApiAnswer {
    const { kind, namespace, name = '' } = route
    const { body, contentType } = request
    const access = accessOf(request, route, query)
    if (contentType.startsWith('application/apply-patch')) {
      const force = query.get('force') === 'true'
      const { object, created } = registry.apply(kind, objectOf(body, route), { ...access, force })
      return { status: created ? 201 : 200, body: object }
    }
    const isStrategic = contentType === 'application/strategic-merge-patch+json'
    const change = (live: KubeObject) =>
      (isStrategic ? mergeFields(kind, live, body) : mergePatch(live, body)) as KubeObject
    return { status: 200, body: registry.patch(kind, { namespace, name }, change, access) }
  }

  return async request => {
    try {
      return await handle(request)
    } catch (error) {
      const message = `Internal error occurred: ${error instanceof Error ? error.stack : error}`
      const { body } = error instanceof Refusal ? error : new Refusal(500, 'InternalError', message)
      const seconds = (body.details as { retryAfterSeconds?: number }).retryAfterSeconds
      return { status: body.code, body, ...(seconds ? { headers: { 'retry-after': String(seconds) } } : {}) }
    }
  }
}

/** What the body of a DELETE says, and what its query does. */
function deleteOptions({ body }: ApiRequest, query: URLSearchParams): DeleteOptions {
  const grace = query.get('gracePeriodSeconds')
  return { ...(grace ? { gracePeriodSeconds: Number(grace) } : {}), ...(body as DeleteOptions | undefined) }
}

function accessOf({ headers }: ApiRequest, { subresource }: Route, query: URLSearchParams): Access {
  const agent = headers['user-agent']?.split('/')[0] || 'unknown'
  return {
    manager: query.get('fieldManager') ?? agent,
    dryRun: query.get('dryRun') === 'All',
    subresource: subresource === 'status' ? 'status' : undefined,
  }
}
