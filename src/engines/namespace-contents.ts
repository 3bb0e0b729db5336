import type { KubeObject } from '../kube/object.ts'
import type { Kube } from '../kube/request/client.ts'
import { ApiError } from '../kube/request/connection.ts'
import { readAnswer } from '../kube/request/read-answer.ts'
import { ANY_PAGE, DISCOVERY, RESOURCES, type ShapeOf } from '../kube/schemas.ts'

type Resource = { group: string; version: string; name: string; kind: string }

/** What Kubernetes and its distributions put into every namespace themselves, or make out of other objects. */
const OF_THE_SYSTEM: readonly ((kind: string, object: KubeObject) => boolean)[] = [
  (kind, { metadata }) => kind === 'ConfigMap' && /^(kube-root-ca|openshift-service-ca)\.crt$/.test(metadata.name),
  (kind, { metadata }) => kind === 'ServiceAccount' && ['default', 'builder', 'deployer'].includes(metadata.name),
  (kind, { metadata }) => kind === 'RoleBinding' && metadata.name.startsWith('system:'),
  (kind, { type }) => kind === 'Secret' && /^kubernetes\.io\/(service-account-token|dockercfg)$/.test(type ?? ''),
  // The leader's lease of etcd-operator v0.2.0, which it leaves behind.
  (kind, { metadata }) => kind === 'Lease' && metadata.name === 'cc4a0f4b.etcd.io',
  (_kind, { metadata }) => metadata.ownerReferences?.some(({ controller }) => controller === true) ?? false,
]

/**
 * Objects of any kind in a namespace that somebody put there, as "kind/name": what would be lost with it. Leaves out what
 * the system made and the objects for which `isOurs` holds. Throws ApiError where a kind may not be listed.
 */
export async function findContents(
  kube: Kube,
  namespace: string,
  isOurs: (kind: string, name: string) => boolean,
): Promise<string[]> {
  const resources = await namespacedResources(kube)
  const found = await Promise.all(
    resources.map(async ({ group, version, name, kind }) => {
      const root = group === '' ? `/api/${version}` : `/apis/${group}/${version}`
      const list = await kube.get(`${root}/namespaces/${encodeURIComponent(namespace)}/${name}?limit=50`, ANY_PAGE)
      const items = list?.items ?? []
      return items
        .filter(item => !OF_THE_SYSTEM.some(rule => rule(kind, item)) && !isOurs(kind, item.metadata.name))
        .map(item => `${kind.toLowerCase()}/${item.metadata.name}`)
    }),
  )
  return [...new Set(found.flat())]
}

/** Aggregated discovery (Kubernetes 1.30; v2beta1 since 1.26), and the plain one behind it for servers without. */
const AGGREGATED = ['v2', 'v2beta1'].map(
  version => `application/json;g=apidiscovery.k8s.io;v=${version};as=APIGroupDiscoveryList`,
)

async function namespacedResources(kube: Kube): Promise<Resource[]> {
  const accept = [...AGGREGATED, 'application/json'].join(',')
  const read = async (path: string) => {
    const answer = await kube.connection.send({ method: 'GET', path, accept })
    return readAnswer(answer, DISCOVERY, { what: path, path })
  }
  const answers = await Promise.all([read('/api'), read('/apis')])
  const resources = await Promise.all(
    answers.map(answer => (answer.kind === 'APIGroupDiscoveryList' ? fromAggregated(answer) : fromPlain(kube, answer))),
  )
  return resources.flat().filter(({ group, name }) => group !== 'metrics.k8s.io' && !DERIVED.includes(name))
}

/** Objects that Kubernetes derives from other objects: deleting them loses nothing. */
const DERIVED = ['events', 'endpoints', 'endpointslices']

type Discovery = ShapeOf<typeof DISCOVERY>

const fromAggregated = ({ items }: Discovery): Resource[] =>
  (items ?? []).flatMap(({ metadata, versions }) => {
    const preferred = versions?.[0]
    return (preferred?.resources ?? [])
      .filter(({ scope, verbs }) => scope === 'Namespaced' && verbs.includes('list'))
      .map(({ resource, responseKind }) => {
        const group = metadata?.name ?? ''
        return { group, version: preferred?.version ?? '', name: resource, kind: responseKind?.kind ?? resource }
      })
  })

async function fromPlain(kube: Kube, { versions, groups }: Discovery): Promise<Resource[]> {
  const wanted = [
    ...(versions ?? []).map(version => ({ group: '', version })),
    ...(groups ?? []).map(({ name, preferredVersion }) => ({ group: name, version: preferredVersion.version })),
  ]
  const found = wanted.map(async ({ group, version }) => {
    const list = await kube.get(group === '' ? `/api/${version}` : `/apis/${group}/${version}`, RESOURCES)
    return (list?.resources ?? [])
      .filter(({ name, namespaced, verbs }) => namespaced && verbs.includes('list') && !name.includes('/'))
      .map(({ name, kind }) => ({ group, version, name, kind }))
  })
  return (await Promise.all(found)).flat()
}

/** Why the contents of a namespace cannot be known, as a clause. */
export const cannotLook = (error: unknown): string | undefined =>
  error instanceof ApiError ? `no permission to list its other objects (${error.message})` : undefined
