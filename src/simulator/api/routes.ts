import type { Kind } from './kinds.ts'
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

/** Undefined for what the API does not serve. `isServed` says whether a custom resource already is. */
export function findRoute(store: Store, path: string): Route | undefined {
  const [, core, group = '', groupVersion, tail] = PATH.exec(path) ?? []
  if (tail === undefined) return undefined
  const version = core ?? groupVersion
  const parts = tail.split('/').map(decodeURIComponent)
  // A namespace's own subresources look like resources in it.
  const scoped = parts[0] === 'namespaces' && parts.length > 2 && !/^(status|finalize)$/.test(parts[2]!)
  const [namespace, rest] = scoped ? [parts[1], parts.slice(2)] : [undefined, parts]
  const [plural = '', name, subresource, ...more] = rest
  const kind = store.kindOf(group, plural)
  if (!kind || kind.version !== version) return undefined
  if (kind.namespaced ? name !== undefined && namespace === undefined : namespace !== undefined) return undefined
  return { kind, namespace, name, subresource, rest: `/${more.join('/')}` }
}

const VERBS: Readonly<Record<string, string>> = { POST: 'create', PUT: 'update', PATCH: 'patch' }

/** The verb as authorization knows it. */
export function verbOf(method: string, { name }: Route, query: URLSearchParams): string {
  if (method === 'GET' || method === 'HEAD')
    return name !== undefined ? 'get' : isTrue(query.get('watch')) ? 'watch' : 'list'
  if (method === 'DELETE') return name === undefined ? 'deletecollection' : 'delete'
  return VERBS[method] ?? method.toLowerCase()
}

export const isTrue = (value: string | null) => value === 'true' || value === '1'
