import type { Kind } from './kinds.ts'
import { apiVersionOf } from './kinds.ts'

const SUBRESOURCES: Readonly<Record<string, readonly (readonly [string, readonly string[]])[]>> = {
  Pod: [
    ['log', ['get']],
    ['proxy', ['create', 'delete', 'get', 'patch', 'update']],
  ],
  Service: [['proxy', ['create', 'delete', 'get', 'patch', 'update']]],
  Namespace: [['finalize', ['update']]],
}

function resourcesOf(kind: Kind): object[] {
  const { kind: name, plural, singular, namespaced, verbs, shortNames } = kind
  const subresources = [
    ...(kind.status ? [['status', ['get', 'patch', 'update']] as const] : []),
    ...(kind.schema ? [] : (SUBRESOURCES[name] ?? [])),
  ]
  const main = { name: plural, singularName: singular, namespaced, kind: name, verbs }
  return [
    shortNames.length > 0 ? { ...main, shortNames } : main,
    ...subresources.map(([sub, verbs]) => ({
      name: `${plural}/${sub}`,
      singularName: '',
      namespaced,
      kind: name,
      verbs,
    })),
  ]
}

const groupsOf = (kinds: readonly Kind[]) => {
  const groups = new Map<string, Set<string>>()
  for (const { group, version } of kinds) if (group) groups.set(group, new Set([...(groups.get(group) ?? []), version]))
  return [...groups].map(([name, versions]) => {
    const all = [...versions].map(version => ({ groupVersion: `${name}/${version}`, version }))
    return { name, versions: all, preferredVersion: all[0]! }
  })
}

/** One document about all groups, which clients ask for with an Accept header. */
function aggregated(kinds: readonly Kind[]): object {
  const items = new Map<string, Map<string, object[]>>()
  for (const kind of kinds) {
    const versions = items.get(kind.group) ?? new Map<string, object[]>()
    items.set(kind.group, versions)
    const subresources = [
      ...(kind.status ? [['status', ['get', 'patch', 'update']] as const] : []),
      ...(kind.schema ? [] : (SUBRESOURCES[kind.kind] ?? [])),
    ]
    const responseKind = { group: kind.group, version: kind.version, kind: kind.kind }
    const entry = {
      resource: kind.plural,
      responseKind,
      scope: kind.namespaced ? 'Namespaced' : 'Cluster',
      singularResource: kind.singular,
      verbs: kind.verbs,
      ...(kind.shortNames.length > 0 ? { shortNames: kind.shortNames } : {}),
      ...(subresources.length > 0
        ? { subresources: subresources.map(([subresource, verbs]) => ({ subresource, responseKind, verbs })) }
        : {}),
    }
    versions.set(kind.version, [...(versions.get(kind.version) ?? []), entry])
  }
  return {
    kind: 'APIGroupDiscoveryList',
    apiVersion: 'apidiscovery.k8s.io/v2',
    metadata: {},
    items: [...items].map(([name, versions]) => ({
      metadata: { ...(name ? { name } : {}), creationTimestamp: null },
      versions: [...versions].map(([version, resources]) => ({ version, resources, freshness: 'Current' })),
    })),
  }
}

/** The answer to a path of discovery, or undefined for any other path. */
export function discover(kinds: readonly Kind[], path: string, accept: string): object | undefined {
  const all = path.replace(/\/$/, '')
  if (
    /apidiscovery\.k8s\.io;.*v=?v?2/.test(accept.replaceAll(' ', '')) ||
    accept.includes('g=apidiscovery.k8s.io;v=v2;')
  ) {
    if (all === '/api') return aggregated(kinds.filter(({ group }) => group === ''))
    if (all === '/apis') return aggregated(kinds.filter(({ group }) => group !== ''))
  }
  if (all === '/api')
    return {
      kind: 'APIVersions',
      versions: ['v1'],
      serverAddressByClientCIDRs: [{ clientCIDR: '0.0.0.0/0', serverAddress: '127.0.0.1' }],
    }
  if (all === '/apis') return { kind: 'APIGroupList', apiVersion: 'v1', groups: groupsOf(kinds) }
  const group = /^\/apis\/([^/]+)$/.exec(all)?.[1]
  const found = groupsOf(kinds).find(({ name }) => name === group)
  if (found) return { kind: 'APIGroup', apiVersion: 'v1', ...found }
  const groupVersion = /^\/apis\/([^/]+\/[^/]+)$/.exec(all)?.[1] ?? (all === '/api/v1' ? 'v1' : undefined)
  const served = kinds.filter(kind => apiVersionOf(kind) === groupVersion)
  if (served.length === 0) return undefined
  return { kind: 'APIResourceList', apiVersion: 'v1', groupVersion, resources: served.flatMap(resourcesOf) }
}
