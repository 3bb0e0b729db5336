import type { KubeObject } from '../../kube/object.ts'
import { isObject } from './fields.ts'
import type { Kind } from './kinds.ts'
import { apiVersionOf } from './kinds.ts'
import { badRequest } from './refusal.ts'
import type { Store } from './store.ts'

/** A path of the API that names a resource. */
export type Route = {
  kind: Kind
  namespace: string | undefined
  name: string | undefined
  subresource: string | undefined
  /** What follows a proxy subresource, with its leading slash. */
  rest: string
}

const PATH = /^\/(?:api\/(v1)|apis\/([^/]+)\/([^/]+))\/(.+?)\/?$/

/** Undefined for what the API does not serve. */
export function findRoute(store: Store, path: string): Route | undefined {
  const [, core, group = '', version = core, tail = ''] = PATH.exec(path) ?? []
  const parts = tail.split('/').map(decodeURIComponent)
  // A namespace's own subresources look like resources in it.
  const scoped = parts[0] === 'namespaces' && parts.length > 2 && parts[2] !== 'status'
  const [namespace, rest] = scoped ? [parts[1], parts.slice(2)] : [undefined, parts]
  const [plural = '', name, subresource, ...more] = rest
  const kind = store.kindOf(group, plural)
  if (kind === undefined || kind.version !== version) return undefined
  return { kind, namespace, name, subresource, rest: `/${more.join('/')}` }
}

const VERBS: Readonly<Record<string, string>> = { POST: 'create', PUT: 'update', PATCH: 'patch', DELETE: 'delete' }

/** The verb as authorization knows it. */
export const verbOf = (method: string, { name }: Route): string =>
  VERBS[method] ?? (name === undefined ? 'list' : 'get')

/** The object in a body, as the one that the path names. */
export function objectOf(body: unknown, { kind, namespace, name }: Route): KubeObject {
  if (!isObject(body)) throw badRequest('the body of the request is no JSON object')
  const { metadata } = body as KubeObject
  const at = { ...(name === undefined ? {} : { name }), ...(namespace === undefined ? {} : { namespace }) }
  return { ...body, apiVersion: apiVersionOf(kind), kind: kind.kind, metadata: { ...metadata, ...at } }
}
