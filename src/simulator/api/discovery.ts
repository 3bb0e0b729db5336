import type { Kind } from './kinds.ts'

/** Kinds by their group, each of which is served in one version. */
const byGroup = (kinds: readonly Kind[]) =>
  [...new Set(kinds.map(({ group }) => group))].map(name => {
    const all = kinds.filter(({ group }) => group === name)
    return { name, version: all[0]!.version, all }
  })

/** One document about all groups, which clients ask for with an Accept header. */
function aggregated(kinds: readonly Kind[]): object {
  const items = byGroup(kinds).map(({ name, version, all }) => ({
    metadata: { ...(name ? { name } : {}), creationTimestamp: null },
    versions: [{ version, resources: all.map(resourceOf), freshness: 'Current' }],
  }))
  return { kind: 'APIGroupDiscoveryList', apiVersion: 'apidiscovery.k8s.io/v2', metadata: {}, items }
}

function resourceOf({ group, version, kind, plural, singular, namespaced, verbs, shortNames }: Kind): object {
  const responseKind = { group, version, kind }
  const scope = namespaced ? 'Namespaced' : 'Cluster'
  return { resource: plural, responseKind, scope, singularResource: singular, verbs, shortNames }
}

function groupList(kinds: readonly Kind[]): object {
  const groups = byGroup(kinds).map(({ name, version }) => {
    const shown = { groupVersion: `${name}/${version}`, version }
    return { name, versions: [shown], preferredVersion: shown }
  })
  return { kind: 'APIGroupList', apiVersion: 'v1', groups }
}

/** The resources of one group and version; undefined where no kind of it is served. */
function resourceList(kinds: readonly Kind[], group: string, version: string): object | undefined {
  const served = kinds.filter(kind => kind.group === group && kind.version === version)
  if (served.length === 0) return undefined
  const resources = served.map(({ plural, singular, namespaced, kind, verbs, shortNames }) => {
    return { name: plural, singularName: singular, namespaced, kind, verbs, shortNames }
  })
  return { kind: 'APIResourceList', apiVersion: 'v1', groupVersion: `${group}/${version}`, resources }
}

/** The answer to a path of discovery, or undefined for any other path. */
export function discover(kinds: readonly Kind[], path: string, accept: string): object | undefined {
  const [, group, version] = /^\/apis\/([^/]+)\/([^/]+)$/.exec(path) ?? []
  if (group !== undefined && version !== undefined) return resourceList(kinds, group, version)
  if (path !== '/api' && path !== '/apis') return undefined
  const wanted = kinds.filter(({ group }) => (group === '') === (path === '/api'))
  if (accept.includes('g=apidiscovery.k8s.io;v=v2')) return aggregated(wanted)
  return path === '/apis' ? groupList(wanted) : { kind: 'APIVersions', versions: ['v1'] }
}
