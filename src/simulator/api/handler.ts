import type { KubeObject } from '../../kube/object.ts'
import { UPGRADE_REQUIRED } from '../node/port-forward.ts'
import { mergeFields } from './apply.ts'
import { discover } from './discovery.ts'
import { isObject } from './fields.ts'
import type { Kind } from './kinds.ts'
import { answerList, metadataOf, nodeTableOf } from './lists.ts'
import { badRequest, forbidden, invalid, noResource, notAllowed, notFound, Refusal } from './refusal.ts'
import type { Access, Registry } from './registry.ts'
import { mergePatch } from './registry.ts'
import type { DeleteOptions } from './removal.ts'
import { remove } from './removal.ts'
import { bodyOf } from './request-body.ts'
import { answerReview } from './reviews.ts'
import type { Route } from './routes.ts'
import { findRoute, isTrue, verbOf } from './routes.ts'
import { checkApplied } from './schema.ts'

export type ApiRequest = {
  method: string
  /** Path and query. */
  path: string
  headers: Readonly<Record<string, string | undefined>>
  /** Parsed JSON; undefined for none. */
  body: unknown
  contentType: string
  user: string
}
export type ApiAnswer = { status: number; body: object | string; headers?: Record<string, string> }

/** Whether a right is missing; `resource` is the plural. */
export type Forbidden = (
  verb: string,
  group: string,
  resource: string,
  namespace: string | undefined,
  subresource?: string,
) => boolean

/** What only the simulator around the API knows: a pod's log, and what listens in a pod or behind a Service. */
export type Inside = {
  readonly gitVersion: string
  readonly forbidden: Forbidden
  readonly log: (pod: KubeObject, query: URLSearchParams) => string
  readonly proxy: (route: Route, query: URLSearchParams) => Promise<ApiAnswer>
}

const AGGREGATED = { 'content-type': 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList' }
const PATCH_TYPES = ['application/merge-patch+json', 'application/strategic-merge-patch+json']
const APPLY_TYPES = ['application/apply-patch+yaml', 'application/apply-patch+json']

/** Answers requests to the API; refusals come back as answers. */
export function makeHandler(registry: Registry, inside: Inside): (request: ApiRequest) => Promise<ApiAnswer> {
  const { store } = registry
  const plain: Readonly<Record<string, () => ApiAnswer>> = {
    '/version': () => ({ status: 200, body: versionOf(inside.gitVersion) }),
    '/livez': () => ({ status: 200, body: 'ok' }),
    '/readyz': () => ({ status: 200, body: 'ok' }),
    '/healthz': () => ({ status: 200, body: 'ok' }),
  }

  async function handle(request: ApiRequest): Promise<ApiAnswer> {
    const { pathname, searchParams } = new URL(request.path, 'https://api')
    const special = plain[pathname] ?? undefined
    if (special) return special()
    const found = discover(store.kinds(), pathname, request.headers['accept'] ?? '')
    // kubectl takes the answer for the other kind of document unless its type says so.
    if (found) return { status: 200, body: found, ...('items' in found ? { headers: AGGREGATED } : {}) }
    const route = findRoute(store, pathname)
    if (!route) return unknown(pathname)
    authorize(request, route, searchParams)
    return serve(request, route, searchParams)
  }

  /** Of a group that is served the API knows what it has not; of all others nothing. */
  function unknown(path: string): ApiAnswer {
    const group = /^\/apis\/([^/]+)\//.exec(path)?.[1] ?? (path.startsWith('/api/v1/') ? '' : undefined)
    if (store.kinds().some(kind => kind.group === group)) throw noResource()
    return { status: 404, body: '404 page not found\n' }
  }

  function authorize({ method, user }: ApiRequest, route: Route, query: URLSearchParams) {
    const { kind, namespace, name = '', subresource } = route
    const verb = verbOf(method, route, query)
    const scope = kind.kind === 'Namespace' ? route.name : namespace
    if (user === '' || !inside.forbidden(verb, kind.group, kind.plural, scope, subresource)) return
    const where = scope === undefined ? 'at the cluster scope' : `in the namespace "${scope}"`
    const what = subresource ? `${kind.plural}/${subresource}` : kind.plural
    const why = `User "${user}" cannot ${verb} resource "${what}" in API group "${kind.group}" ${where}`
    throw forbidden(kind, name, why)
  }

  /** The storage of a custom resource is made when it is first asked for, and cannot list at once. */
  const used = new WeakSet<Kind>()
  function warmUp(kind: Kind, isList: boolean) {
    if (!kind.schema || used.has(kind)) return
    used.add(kind)
    if (isList) throw new Refusal(429, 'TooManyRequests', 'storage is (re)initializing', { retryAfterSeconds: 1 })
  }

  async function serve(request: ApiRequest, route: Route, query: URLSearchParams): Promise<ApiAnswer> {
    const { kind, namespace, name, subresource } = route
    warmUp(kind, request.method === 'GET' && name === undefined)
    if (subresource === 'proxy' && (kind.kind === 'Pod' || kind.kind === 'Service')) return inside.proxy(route, query)
    if (subresource === 'portforward' && kind.kind === 'Pod' && store.get(kind, namespace, name!))
      throw badRequest(UPGRADE_REQUIRED)
    if (subresource !== undefined && subresource !== 'status' && !(kind.kind === 'Pod' && subresource === 'log'))
      throw noResource()
    if (subresource === 'status' && !kind.status) throw noResource()
    const one = () => {
      const object = store.get(kind, namespace, name!)
      if (!object) throw notFound(kind, name!)
      return object
    }
    if (subresource === 'log')
      return {
        status: one()['spec'].nodeName ? 200 : 204,
        body: inside.log(one(), query),
        headers: { 'content-type': 'text/plain' },
      }
    if (request.method === 'GET' && name === undefined) {
      const list = answerList(store, kind, namespace, query)
      const accept = request.headers['accept'] ?? ''
      if (kind.kind === 'Node' && accept.includes('as=Table')) return { status: 200, body: nodeTableOf(list) }
      return { status: 200, body: accept.includes('as=PartialObjectMetadataList') ? metadataOf(list) : list }
    }
    if (request.method === 'GET') return { status: 200, body: one() }
    if (request.method === 'POST' && name === undefined) {
      const object = bodyOf(request.body, route)
      const review = answerReview(kind, object, inside.forbidden, request.user)
      if (review) return { status: 201, body: review }
      return { status: 201, body: registry.create(kind, object, accessOf(request, route, query)) }
    }
    if (request.method === 'DELETE') return removed(request, route, query)
    if (name === undefined) throw notAllowed()
    if (request.method === 'PUT') {
      const object = bodyOf(request.body, route)
      return { status: 200, body: registry.replace(kind, object, accessOf(request, route, query)) }
    }
    if (request.method === 'PATCH') return patched(request, route, query)
    throw notAllowed()
  }

  function patched(request: ApiRequest, route: Route, query: URLSearchParams): ApiAnswer {
    const { kind, namespace, name = '' } = route
    const access = accessOf(request, route, query)
    const dryRun = query.getAll('dryRun')
    if (dryRun.some(each => each !== 'All')) {
      const problem = `Unsupported value: ${JSON.stringify(dryRun)}: supported values: "All"`
      throw invalid({ group: 'meta.k8s.io', kind: 'PatchOptions' }, '', [{ field: 'dryRun', problem }])
    }
    if (APPLY_TYPES.includes(request.contentType)) {
      if (!query.get('fieldManager')) {
        const problem = 'Required value: is required for apply patch'
        throw invalid({ group: 'meta.k8s.io', kind: 'PatchOptions' }, '', [{ field: 'fieldManager', problem }])
      }
      const { apiVersion, kind: said } = (request.body ?? {}) as Partial<KubeObject>
      if (!apiVersion || !said) throw badRequest('invalid object type: /, Kind=')
      checkApplied(kind, request.body as KubeObject)
      const config = bodyOf(request.body, route)
      const force = isTrue(query.get('force'))
      const { object, created } = registry.apply(kind, config, { ...access, force })
      return { status: created ? 201 : 200, body: object }
    }
    if (!PATCH_TYPES.includes(request.contentType)) {
      throw new Refusal(415, 'UnsupportedMediaType', '415: Unsupported Media Type', {})
    }
    if (!isObject(request.body)) throw badRequest('the patch is no JSON object')
    const isStrategic = request.contentType === 'application/strategic-merge-patch+json'
    const merged = (live: KubeObject) =>
      isStrategic ? mergeFields(kind, live, request.body) : mergePatch(live, request.body)
    const change = (live: KubeObject) => merged(live) as KubeObject
    return { status: 200, body: registry.patch(kind, { namespace, name }, change, access) }
  }

  function removed({ body }: ApiRequest, { kind, namespace, name }: Route, query: URLSearchParams): ApiAnswer {
    const grace = query.get('gracePeriodSeconds')
    const policy = query.get('propagationPolicy')
    const options = {
      ...(policy ? { propagationPolicy: policy } : {}),
      ...(grace ? { gracePeriodSeconds: Number(grace) } : {}),
      ...(query.has('dryRun') ? { dryRun: ['All'] } : {}),
      ...(body as DeleteOptions | undefined),
    } as DeleteOptions
    if (name !== undefined) return { status: 200, body: remove(store, kind, { namespace, name }, options) }
    const list = answerList(store, kind, namespace, query)
    for (const { metadata } of list.items) remove(store, kind, metadata, options)
    return { status: 200, body: list }
  }

  return async request => {
    try {
      return await handle(request)
    } catch (error) {
      if (error instanceof Refusal) return refused(error)
      const message = `Internal error occurred: ${error instanceof Error ? error.stack : error}`
      return { status: 500, body: new Refusal(500, 'InternalError', message).body }
    }
  }
}

function refused({ body }: Refusal): ApiAnswer {
  const seconds = (body.details as { retryAfterSeconds?: number } | undefined)?.retryAfterSeconds
  const headers = seconds === undefined ? {} : { headers: { 'retry-after': String(seconds) } }
  return { status: body.code!, body, ...headers }
}

function accessOf({ headers }: ApiRequest, { subresource }: Route, query: URLSearchParams): Access {
  const agent = headers['user-agent']?.split('/')[0] || 'unknown'
  return {
    manager: query.get('fieldManager') ?? agent,
    dryRun: query.get('dryRun') === 'All',
    subresource: subresource === 'status' ? 'status' : undefined,
  }
}

function versionOf(gitVersion: string): object {
  const [, major, minor] = /^v?(\d+)\.(\d+)/.exec(gitVersion) ?? []
  return {
    major,
    minor,
    emulationMajor: major,
    emulationMinor: minor,
    minCompatibilityMajor: major,
    minCompatibilityMinor: String(Number(minor) - 1),
    gitVersion,
    gitCommit: '0000000000000000000000000000000000000000',
    gitTreeState: 'clean',
    buildDate: '2026-01-01T00:00:00Z',
    goVersion: 'go1.24.0',
    compiler: 'gc',
    platform: 'linux/amd64',
  }
}
