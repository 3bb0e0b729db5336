import { detect, type Flavour } from '../cluster/detect-flavour.ts'
import { type ClusterFacts, MOST_NODES } from '../cluster/facts.ts'
import { thisPlatform } from '../cluster/platform.ts'
import { readFacts } from '../cluster/read-facts.ts'
import type { Kube } from '../kube/request/client.ts'
import type { Release } from '../names.ts'
import { readRecords } from '../record/read-records.ts'
import type { InstallRecord } from '../record/record.ts'
import { oneLine } from '../text/sanitize.ts'
import type { Reporter } from '../ui/reporter.ts'
import type { SetupFlags } from './request.ts'

/** A cluster and what it is. */
export type Cluster = { kube: Kube; facts: ClusterFacts; flavour: Flavour; because: string }

/** Where a request leads: the cluster, the namespace, and what is installed there. */
export type Site = Cluster & {
  namespace: string
  records: Readonly<Record<Release, InstallRecord>>
}

/** A wait that a person notices. */
const SLOW_MS = 1500

/** Reads the facts of a cluster and detects its flavour. */
export async function readCluster(kube: Kube, reporter: Reporter): Promise<Cluster> {
  // No live line: the first request may start a login that talks on the same terminal.
  const slow = setTimeout(() => reporter.note(`Connecting to context ${kube.connection.context}`), SLOW_MS)
  const facts = await readFacts(kube).finally(() => clearTimeout(slow))
  return { kube, facts, ...detect(facts, thisPlatform()) }
}

/** Tells which cluster was detected, and by what. */
export function showCluster({ facts, flavour, because }: Cluster, reporter: Reporter): void {
  const count = facts.nodes?.length
  const nodes = count && `${count}${count < MOST_NODES ? '' : ' or more'} ${count === 1 ? 'node' : 'nodes'}`
  const parts = [flavour.label, facts.version && `Kubernetes ${oneLine(facts.version, 40)}`, nodes]
  const where = [facts.context && `context ${oneLine(facts.context)}`, oneLine(facts.server)].filter(Boolean).join(', ')
  reporter.found(parts.filter(Boolean).join(' · '), `${where}${because && ` (${because})`}`)
}

/** Reads what is installed in the namespace of the flags, else of the context. */
export async function readSite(cluster: Cluster, { namespace: asked }: SetupFlags): Promise<Site> {
  const { kube, facts } = cluster
  const namespace = asked ?? kube.connection.namespace
  return { ...cluster, namespace, records: await readRecords(kube, namespace, facts.clusterId) }
}

/** Reads the same site again. */
export const readAgain = async ({ kube, namespace }: Site, reporter: Reporter): Promise<Site> =>
  readSite(await readCluster(kube, reporter), { namespace })

/** The flags that lead back to a site. Inside a pod no context can be named. */
export const placeOf = ({ kube: { connection }, namespace }: Site, { kubeconfig }: SetupFlags) => ({
  ...(kubeconfig !== undefined && { kubeconfig }),
  ...(connection.files.length > 0 && { context: connection.context }),
  namespace,
})
