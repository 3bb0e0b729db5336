import type { ClusterFacts } from '../cluster/facts.ts'
import { collectionPath, type KindName, ref } from '../kube/kinds.ts'
import type { Kube } from '../kube/request/client.ts'
import { ApiError } from '../kube/request/connection.ts'
import { readAnswer } from '../kube/request/read-answer.ts'
import { unlessForbidden } from '../kube/request/unless-forbidden.ts'
import { ANY_PAGE } from '../kube/schemas.ts'
import { findChanges } from './changes.ts'
import type { CheckFacts, Intended } from './check.ts'
import { missingOf, rightsFor } from './rights.ts'

/** Beyond so many nodes the pods are not added up: a large cluster grows, and reading them takes long. */
const FEW_NODES = 5
const MOST_PODS = 400
const FEW = 50

type Options = { force: boolean; now: () => number }

/** Reads what the checks look at, all at once; how many requests it takes does not depend on the size of the cluster. */
export async function readCheckFacts(
  kube: Kube,
  cluster: ClusterFacts,
  intended: Intended,
  { force, now }: Options,
): Promise<CheckFacts> {
  const { plan, survey } = intended
  const namespaces = survey.namespaces.map(({ metadata }) => metadata.name)
  const inEach = async (kind: KindName) => {
    const lists = namespaces.map(namespace => unlessForbidden(kube.list(kind, { namespace, limit: FEW })))
    const found = await Promise.all(lists)
    return found.includes(undefined) ? undefined : found.flatMap(list => list ?? [])
  }
  const [clockAheadMs, missing, storageClasses, quotas, limitRanges, pods, coredns, helmReleases, changes] =
    await Promise.all([
      readClock(kube, now),
      unlessForbidden(missingOf(kube, rightsFor(intended))),
      unlessForbidden(kube.list('StorageClass', { limit: FEW })),
      inEach('ResourceQuota'),
      inEach('LimitRange'),
      readPods(kube, plan.namespace, cluster),
      unlessForbidden(kube.read(ref('ConfigMap', 'coredns', 'kube-system')).then(found => found ?? null)),
      unlessForbidden(readHelmReleases(kube, plan.namespace)),
      findChanges(kube, { ...intended, force }),
    ])
  const corefile = coredns && ((coredns.data?.['Corefile'] as string | undefined) ?? null)
  const read = { clockAheadMs, missing, storageClasses, quotas, limitRanges, pods, corefile, helmReleases, changes }
  return { ...intended, cluster, ...read }
}

/** The server's clock by the Date of an answer, which has whole seconds, against the middle of the exchange. */
async function readClock({ connection }: Kube, now: () => number): Promise<number | undefined> {
  const before = now()
  try {
    const { headers } = await connection.send({ method: 'GET', path: '/version' })
    const server = Date.parse(String(headers['date'])) + 500
    return Number.isNaN(server) ? undefined : server - (before + now()) / 2
  } catch (error) {
    if (error instanceof ApiError) return undefined
    throw error
  }
}

/** Those of the whole cluster where these are few enough to be added up, else those of the namespace. */
async function readPods(kube: Kube, namespace: string, { nodes = [] }: ClusterFacts): Promise<CheckFacts['pods']> {
  if (nodes.length > 0 && nodes.length <= FEW_NODES) {
    const items = await unlessForbidden(kube.list('Pod', { limit: MOST_PODS }))
    if (items !== undefined && items.length < MOST_PODS) return { everywhere: true, items }
  }
  const items = await unlessForbidden(kube.list('Pod', { namespace, limit: MOST_PODS }))
  return items && { everywhere: false, items }
}

/** By the Secrets that Helm keeps its releases in; only their names and labels are asked for. */
async function readHelmReleases({ connection }: Kube, namespace: string): Promise<string[]> {
  const query = new URLSearchParams({ labelSelector: 'owner=helm,name in (eg,ego)', limit: String(FEW) })
  const path = `${collectionPath('Secret', namespace)}?${query}`
  const answer = await connection.send({
    method: 'GET',
    path,
    accept: 'application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io,application/json',
  })
  const { items } = readAnswer(answer, ANY_PAGE, { what: 'the Helm releases', path })
  return [...new Set((items ?? []).map(({ metadata }) => metadata.labels?.['name'] ?? ''))].sort()
}
