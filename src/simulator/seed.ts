import { DEFAULT_CLASS } from './api/admission.ts'
import type { Cluster } from './cluster.ts'

/** A node of the simulated cluster. */
export type NodeOptions = {
  name: string
  /** InternalIP 127.0.0.1 unless given. */
  addresses?: readonly { type: 'InternalIP' | 'ExternalIP' | 'Hostname'; address: string }[]
  labels?: Readonly<Record<string, string>>
  providerID?: string
  /** amd64 unless given. */
  arch?: string
  unschedulable?: boolean
  /** What pods can ask for, as quantities: 8 CPUs and 16Gi unless given. */
  cpu?: string
  memory?: string
}

const NAMESPACES = ['default', 'kube-system', 'kube-public', 'kube-node-lease']

/** Puts in what every cluster has. */
export function seed(cluster: Cluster, nodes: readonly NodeOptions[]): void {
  for (const name of NAMESPACES) cluster.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } })
  for (const node of nodes) addNode(cluster, node)
  cluster.create({
    apiVersion: 'storage.k8s.io/v1',
    kind: 'StorageClass',
    metadata: { name: 'standard', annotations: { [DEFAULT_CLASS]: 'true' } },
    provisioner: 'simulator.local/hostpath',
    reclaimPolicy: 'Delete',
    volumeBindingMode: 'WaitForFirstConsumer',
  })
  cluster.create({
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'kubernetes', namespace: 'default', labels: { component: 'apiserver', provider: 'kubernetes' } },
    spec: { clusterIP: '10.96.0.1', ports: [{ name: 'https', port: 443, targetPort: 6443 }] },
  })
  const Corefile =
    '.:53 {\n    errors\n    health\n    ready\n    kubernetes cluster.local in-addr.arpa ip6.arpa\n    forward . /etc/resolv.conf\n    cache 30\n}\n'
  cluster.create({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'coredns', namespace: 'kube-system' },
    data: { Corefile },
  })
}

function addNode(cluster: Cluster, options: NodeOptions) {
  const { name, labels, providerID, arch = 'amd64', unschedulable, cpu = '8', memory = '16Gi' } = options
  const addresses = [...(options.addresses ?? [{ type: 'InternalIP', address: '127.0.0.1' }])]
  const node = cluster.create({
    apiVersion: 'v1',
    kind: 'Node',
    metadata: {
      name,
      labels: { 'kubernetes.io/arch': arch, 'kubernetes.io/os': 'linux', 'kubernetes.io/hostname': name, ...labels },
    },
    spec: {
      podCIDR: '10.244.0.0/24',
      ...(providerID ? { providerID } : {}),
      ...(unschedulable ? { unschedulable } : {}),
    },
  })
  const resources = { cpu, memory, pods: '110', 'ephemeral-storage': '100Gi' }
  const now = node.metadata.creationTimestamp
  const ready = { type: 'Ready', status: 'True', reason: 'KubeletReady', message: 'kubelet is posting ready status' }
  cluster.setStatus(node, {
    capacity: resources,
    allocatable: resources,
    conditions: [{ ...ready, lastHeartbeatTime: now, lastTransitionTime: now }],
    addresses: [...addresses, { type: 'Hostname', address: name }],
    nodeInfo: { architecture: arch, operatingSystem: 'linux', osImage: 'Simulated', kubeletVersion: 'v1.34.4' },
  })
}
