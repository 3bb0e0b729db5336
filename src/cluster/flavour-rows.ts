import { CLOUD_FLAVOURS } from './cloud-flavours.ts'
import type { FlavourRow } from './flavour-row.ts'
import { EVERYWHERE } from './platform.ts'
import {
  afarMinikube,
  allOf,
  anyOf,
  entered,
  foreignProvider,
  isMinikube,
  labelled,
  nodeNamed,
  provided,
  servedUnder,
  serving,
  unless,
  unseen,
  versioned,
} from './signs.ts'

const FORWARD = 'eg-setup forward brings the ports to this machine.'
const TUNNEL = `Keep minikube tunnel running for --expose load-balancer; or: ${FORWARD}`
const MINIKUBE_INGRESS = ['minikube', 'addons', 'enable', 'ingress']
const LOCAL_PORTS = `Free the ports 4000 and 4001 of this machine; or: ${FORWARD}`

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
/** A load balancer only where somebody has added one. */
const BARE = { ...LOCAL, exposure: 'node-port', loadBalancer: false } as const

/** Kinds of clusters, most specific first; the last takes whatever is left. */
export const FLAVOURS = [
  {
    ...BARE,
    id: 'minikube-afar',
    label: 'minikube with a node out of reach',
    exposure: 'cluster-ip',
    nodesAnswerFrom: [],
    localhost: true,
    hint: TUNNEL,
    ingress: MINIKUBE_INGRESS,
    evidence: afarMinikube,
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
      provided('kind://docker/desktop/'),
      nodeNamed('docker-desktop'),
      unseen(servedUnder('kubernetes.docker.internal'), entered('docker-desktop')),
    ),
  },
  {
    ...BARE,
    id: 'kind',
    label: 'kind',
    localhost: true,
    nodesAnswerFrom: ['linux'],
    hint: `Make the cluster with extraPortMappings, or run cloud-provider-kind; or: ${FORWARD}`,
    evidence: anyOf(provided('kind://'), unseen(entered('kind-'))),
  },
  {
    ...LOCAL,
    id: 'k3d',
    label: 'k3d',
    localhost: true,
    nodesAnswerFrom: ['linux'],
    hint: `Map the ports: k3d cluster edit NAME --port-add 4001:4001@loadbalancer --port-add 4000:4000@loadbalancer; or: ${FORWARD}`,
    evidence: anyOf(provided('k3s://k3d-'), unseen(allOf(versioned('+k3s'), entered('k3d-')))),
  },
  {
    ...DESKTOP,
    id: 'rancher-desktop',
    label: 'Rancher Desktop',
    // On Windows the node has the name of the machine: there only the kubeconfig tells.
    evidence: anyOf(provided('k3s://lima-rancher-desktop'), allOf(versioned('+k3s'), entered('rancher-desktop'))),
  },
  {
    ...DESKTOP,
    id: 'colima',
    label: 'colima',
    hint: `Give its machine an address (colima start --network-address); or: ${FORWARD}`,
    evidence: anyOf(provided('k3s://colima'), unseen(allOf(versioned('+k3s'), entered('colima')))),
  },
  {
    ...LOCAL,
    id: 'orbstack',
    label: 'OrbStack',
    localhost: true,
    hint: LOCAL_PORTS,
    evidence: anyOf(provided('k3s://orbstack'), versioned('+orb')),
  },
  {
    ...BARE,
    id: 'microk8s',
    label: 'MicroK8s',
    hint: `For a load balancer: microk8s enable metallb:FROM-TO; or: ${FORWARD}`,
    ingress: ['microk8s', 'enable', 'ingress'],
    evidence: anyOf(labelled('microk8s.io/cluster'), unseen(entered('microk8s-cluster'))),
  },
  {
    ...BARE,
    id: 'openshift',
    label: 'OpenShift',
    onCloud: true,
    hint: `Its router has an address: --expose ingress; or: ${FORWARD}`,
    evidence: anyOf(labelled('node.openshift.io/os_id'), serving('config.openshift.io')),
  },
  ...CLOUD_FLAVOURS,
  {
    ...LOCAL,
    // rancher/klipper-lb turns source ranges into rules of iptables.
    id: 'k3s',
    label: 'k3s',
    sourceRanges: 'yes',
    hint: 'See what else has the ports 4000 and 4001 of the nodes: kubectl get services -A; or the firewall of the nodes.',
    evidence: anyOf(provided('k3s://'), versioned('+k3s')),
  },
  {
    ...LOCAL,
    // kube-proxy limits the sources of its addresses.
    id: 'metallb',
    sourceRanges: 'yes',
    label: 'bare metal with MetalLB',
    hint: 'See whether MetalLB has addresses left: kubectl get ipaddresspools -A',
    evidence: serving('metallb.io'),
  },
  {
    // Cilium is there without its load balancer more often than with: node ports answer in both cases.
    ...BARE,
    id: 'cilium',
    label: 'bare metal with Cilium',
    hint: 'With addresses of its own (kubectl get ciliumloadbalancerippools): --expose load-balancer',
    evidence: unless(foreignProvider, serving('cilium.io')),
  },
  {
    ...BARE,
    id: 'other',
    label: 'a Kubernetes cluster (provider not recognized)',
    hint: `Open the node ports (30000 to 32767) in the firewall of the nodes; or: ${FORWARD}`,
    evidence: () => '',
  },
] as const satisfies readonly FlavourRow[]
