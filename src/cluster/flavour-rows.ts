import { CLOUD_FLAVOURS } from './cloud-flavours.ts'
import {
  allOf,
  anyOf,
  apiGroup,
  foreignProvider,
  ifNodesHidden,
  isMinikube,
  kubeconfigCluster,
  nodeLabel,
  nodeName,
  providerId,
  remoteMinikube,
  serverDomain,
  serverVersion,
  unless,
} from './evidence.ts'
import type { FlavourRow } from './flavour-row.ts'
import { EVERYWHERE } from './platform.ts'

const TUNNEL = 'For a load balancer, keep this running in another terminal:\nminikube tunnel'
const MINIKUBE_INGRESS = ['minikube', 'addons', 'enable', 'ingress']
const LOCAL_PORTS = 'Stop any process that uses port 4000 or 4001 on this machine.'

const LOCAL = {
  exposure: 'load-balancer',
  loadBalancer: true,
  cloud: false,
  localhost: false,
  nodesAnswerFrom: EVERYWHERE,
  sourceRanges: 'unknown',
} as const
/** Its nodes live in a virtual machine of their own, whose ports come out on this machine. */
const DESKTOP = { ...LOCAL, localhost: true, nodesAnswerFrom: [], hint: LOCAL_PORTS } as const
/** A load balancer only if one was added to the cluster. */
const BARE = { ...LOCAL, exposure: 'node-port', loadBalancer: false } as const

/** Kinds of clusters, most specific first; the last takes whatever is left. */
export const FLAVOURS = [
  {
    ...BARE,
    id: 'minikube-afar',
    label: 'minikube with an unreachable node',
    exposure: 'cluster-ip',
    nodesAnswerFrom: [],
    localhost: true,
    hint: TUNNEL,
    ingress: MINIKUBE_INGRESS,
    evidence: remoteMinikube,
  },
  {
    ...BARE,
    id: 'minikube',
    label: 'minikube',
    hint: TUNNEL,
    ingress: MINIKUBE_INGRESS,
    evidence: isMinikube,
  },
  {
    ...DESKTOP,
    id: 'docker-desktop',
    label: 'Docker Desktop',
    evidence: anyOf(
      providerId('kind://docker/desktop/'),
      nodeName('docker-desktop'),
      ifNodesHidden(serverDomain('kubernetes.docker.internal'), kubeconfigCluster('docker-desktop')),
    ),
  },
  {
    ...BARE,
    id: 'kind',
    label: 'kind',
    localhost: true,
    nodesAnswerFrom: ['linux'],
    hint: 'Recreate the cluster with extraPortMappings, or run cloud-provider-kind.',
    evidence: anyOf(providerId('kind://'), ifNodesHidden(kubeconfigCluster('kind-'))),
  },
  {
    ...LOCAL,
    id: 'k3d',
    label: 'k3d',
    localhost: true,
    nodesAnswerFrom: ['linux'],
    hint: 'Map the ports:\nk3d cluster edit NAME --port-add 4001:4001@loadbalancer --port-add 4000:4000@loadbalancer',
    evidence: anyOf(providerId('k3s://k3d-'), ifNodesHidden(allOf(serverVersion('+k3s'), kubeconfigCluster('k3d-')))),
  },
  {
    ...DESKTOP,
    id: 'rancher-desktop',
    label: 'Rancher Desktop',
    // On Windows the node has the name of the machine: there only the kubeconfig tells.
    evidence: anyOf(
      providerId('k3s://lima-rancher-desktop'),
      allOf(serverVersion('+k3s'), kubeconfigCluster('rancher-desktop')),
    ),
  },
  {
    ...DESKTOP,
    id: 'colima',
    label: 'colima',
    hint: 'Give the virtual machine an address:\ncolima start --network-address',
    evidence: anyOf(
      providerId('k3s://colima'),
      ifNodesHidden(allOf(serverVersion('+k3s'), kubeconfigCluster('colima'))),
    ),
  },
  {
    ...LOCAL,
    id: 'orbstack',
    label: 'OrbStack',
    localhost: true,
    hint: LOCAL_PORTS,
    evidence: anyOf(providerId('k3s://orbstack'), serverVersion('+orb')),
  },
  {
    ...BARE,
    id: 'microk8s',
    label: 'MicroK8s',
    hint: 'Enable load balancers:\nmicrok8s enable metallb:FROM-TO',
    ingress: ['microk8s', 'enable', 'ingress'],
    evidence: anyOf(nodeLabel('microk8s.io/cluster'), ifNodesHidden(kubeconfigCluster('microk8s-cluster'))),
  },
  {
    ...BARE,
    id: 'openshift',
    label: 'OpenShift',
    onCloud: true,
    hint: 'Use the OpenShift router with --expose ingress.',
    evidence: anyOf(nodeLabel('node.openshift.io/os_id'), apiGroup('config.openshift.io')),
  },
  ...CLOUD_FLAVOURS,
  {
    ...LOCAL,
    // rancher/klipper-lb turns source ranges into rules of iptables.
    id: 'k3s',
    label: 'k3s',
    sourceRanges: 'yes',
    hint: 'Check the firewall of the nodes, and find the Services that use port 4000 or 4001:\nkubectl get services -A',
    evidence: anyOf(providerId('k3s://'), serverVersion('+k3s')),
  },
  {
    ...LOCAL,
    // kube-proxy limits the sources of its addresses.
    id: 'metallb',
    sourceRanges: 'yes',
    label: 'bare metal with MetalLB',
    hint: 'Check whether MetalLB has free addresses:\nkubectl get ipaddresspools -A',
    evidence: apiGroup('metallb.io'),
  },
  {
    // Cilium is there without its load balancer more often than with: node ports answer in both cases.
    ...BARE,
    id: 'cilium',
    label: 'bare metal with Cilium',
    hint: 'Use --expose load-balancer if this lists a pool:\nkubectl get ciliumloadbalancerippools',
    evidence: unless(foreignProvider, apiGroup('cilium.io')),
  },
  {
    ...BARE,
    id: 'other',
    label: 'provider not recognized',
    hint: 'Open the node ports (30000 to 32767) in the firewall of the nodes.',
    evidence: () => '',
  },
] as const satisfies readonly FlavourRow[]
