import type { V1Node } from '../kube/client-node.ts'
import type { KubeObject } from '../kube/object.ts'
import type { Kube } from '../kube/request/client.ts'

/** What of the cluster's nodes matters for reaching a nodePort. */
export type NodeAddress = { type: string; address: string }

export type NodeFacts = {
  name: string
  labels: Readonly<Record<string, string>>
  providerId: string
  architecture: string
  /** Its version: "6.8.0-60-generic". */
  kernel: string
  addresses: readonly NodeAddress[]
  ready: boolean
  /** Whether ordinary pods are scheduled to it. */
  schedulable: boolean
  /** What pods can ask of it, as quantities: {cpu: "8", memory: "16Gi", pods: "110"}. */
  allocatable: Readonly<Record<string, string>>
}

/** What is known about the cluster, read once; undefined where it may not be read. */
export type ClusterFacts = {
  /** The names of the kubeconfig's entries. */
  context: string
  cluster: string
  user: string
  server: string
  /** Of the context and the cluster, as minikube writes them. */
  extensions: readonly { name: string; extension: unknown }[]
  /** gitVersion: "v1.34.4", "v1.31.2+k3s1", "v1.30.5-gke.1"; empty where it may not be read. */
  version: string
  /** What the API server runs on: "linux/amd64". */
  serverPlatform: string
  /** Names of the API groups: "apps", "metallb.io". */
  groups: readonly string[] | undefined
  /** uid of the namespace kube-system: nothing else tells one cluster from another. */
  clusterId: string | undefined
  /** The first nodes, enough to tell the kind of cluster and where nodePorts answer; then the first that isn't private. */
  nodes: readonly NodeFacts[] | undefined
}

/** So many nodes are looked at. */
export const MOST_NODES = 20

/** The first nodes of the cluster. */
export const readNodes = async (kube: Kube): Promise<NodeFacts[]> =>
  (await kube.list('Node', { limit: MOST_NODES })).map(nodeFacts)

/** What matters of a Node. */
export function nodeFacts(object: KubeObject): NodeFacts {
  const { metadata, spec, status } = object as unknown as V1Node
  const closed = spec?.taints?.some(({ effect }) => effect === 'NoSchedule' || effect === 'NoExecute') ?? false
  return {
    name: object.metadata.name,
    labels: metadata?.labels ?? {},
    providerId: spec?.providerID ?? '',
    architecture: status?.nodeInfo?.architecture ?? '',
    kernel: status?.nodeInfo?.kernelVersion ?? '',
    addresses: (status?.addresses ?? []).map(({ type, address }) => ({ type, address })),
    ready: status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True') ?? false,
    schedulable: !closed && spec?.unschedulable !== true,
    allocatable: status?.allocatable ?? {},
  }
}

/** Where nodePorts may answer, best first: ready nodes before others, addresses inside before those outside. */
export function nodeAddresses(nodes: readonly NodeFacts[]): NodeAddress[] {
  const byReadiness = [...nodes].sort((a, b) => Number(b.ready) - Number(a.ready))
  return ['InternalIP', 'ExternalIP'].flatMap(type =>
    byReadiness.flatMap(({ addresses }) => addresses.filter(address => address.type === type)),
  )
}

/** The host of a URL; IPv6 without brackets, a name without the dot of the root. */
export const hostOf = (server: string): string => new URL(server).hostname.replace(/^\[|\]$|\.$/g, '')

/** Also what k3d writes into kubeconfigs: 0.0.0.0, and on Docker Desktop host.docker.internal. */
export const isThisMachine = (host: string): boolean =>
  ['localhost', '::1', '0.0.0.0', 'host.docker.internal', 'kubernetes.docker.internal'].includes(host) ||
  /^127(\.\d+){3}$/.test(host)

/** The host that the API server was reached at: where nodes may not be listed, nodePorts often answer there. */
export const serverAddress = (server: string): NodeAddress => ({ type: 'APIServer', address: hostOf(server) })
