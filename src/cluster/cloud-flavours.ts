import { CLOUD } from './cloud.ts'
import {
  anyOf,
  apiGroup,
  ifNodesHidden,
  nodeLabel,
  providerId,
  serverDomain,
  serverVersion,
  unless,
} from './evidence.ts'
import type { FlavourRow } from './flavour-row.ts'
import { REGIONAL_CLOUDS } from './regional-clouds.ts'

/**
 * Clouds, as part of FLAVOURS. `internal` is from the list at
 * kubernetes.io/docs/concepts/services-networking/service/#internal-load-balancer and from each provider's own manual.
 */
export const CLOUD_FLAVOURS = [
  {
    ...CLOUD,
    id: 'eks',
    label: 'AWS (EKS)',
    sourceRanges: 'yes',
    // Two controllers: AWS Load Balancer Controller (internal unless said) reads the scheme, the in-tree one the other.
    internal: {
      'service.beta.kubernetes.io/aws-load-balancer-scheme': 'internal',
      'service.beta.kubernetes.io/aws-load-balancer-internal': 'true',
    },
    external: { 'service.beta.kubernetes.io/aws-load-balancer-scheme': 'internet-facing' },
    evidence: anyOf(
      nodeLabel('eks.amazonaws.com'),
      providerId('aws://'),
      // Not by its version, which is that of EKS Anywhere too.
      serverDomain('eks.amazonaws.com'),
      serverDomain('eks.amazonaws.com.cn'),
    ),
  },
  {
    ...CLOUD,
    id: 'gke',
    label: 'Google Cloud (GKE)',
    sourceRanges: 'yes',
    internal: { 'networking.gke.io/load-balancer-type': 'Internal' },
    // GKE on bare metal has the same versions and label.
    evidence: unless(
      anyOf(nodeLabel('baremetal.cluster.gke.io'), apiGroup('baremetal.cluster.gke.io')),
      anyOf(
        nodeLabel('cloud.google.com/gke-nodepool'),
        providerId('gce://'),
        serverDomain('gke.goog'),
        ifNodesHidden(serverVersion('-gke')),
      ),
    ),
  },
  {
    ...CLOUD,
    id: 'aks',
    label: 'Azure (AKS)',
    sourceRanges: 'yes',
    internal: { 'service.beta.kubernetes.io/azure-load-balancer-internal': 'true' },
    evidence: anyOf(
      nodeLabel('kubernetes.azure.com'),
      providerId('azure://'),
      serverDomain('azmk8s.io'),
      serverDomain('azk8s.cn'),
      serverDomain('aks.containerservice.azure.us'),
    ),
  },
  {
    ...CLOUD,
    id: 'digitalocean',
    label: 'DigitalOcean',
    sourceRanges: 'yes',
    internal: { 'service.beta.kubernetes.io/do-loadbalancer-network': 'INTERNAL' },
    evidence: anyOf(
      nodeLabel('doks.digitalocean.com'),
      providerId('digitalocean://'),
      serverDomain('k8s.ondigitalocean.com'),
    ),
  },
  {
    ...CLOUD,
    id: 'hetzner',
    label: 'Hetzner Cloud',
    sourceRanges: 'no',
    internal: {
      'load-balancer.hetzner.cloud/disable-public-network': 'true',
      'load-balancer.hetzner.cloud/use-private-ip': 'true',
    },
    evidence: anyOf(
      providerId('hcloud://'),
      providerId('hrobot://'),
      // Talos without the cloud's controller.
      providerId('talos://hcloud/'),
      nodeLabel('instance.hetzner.cloud/provided-by'),
      nodeLabel('csi.hetzner.cloud'),
    ),
  },
  {
    ...CLOUD,
    id: 'linode',
    label: 'Linode (LKE)',
    sourceRanges: 'no',
    evidence: anyOf(nodeLabel('lke.linode.com'), providerId('linode://'), serverDomain('linodelke.net')),
  },
  ...REGIONAL_CLOUDS,
  {
    ...CLOUD,
    // Source ranges where Octavia's API is 2.12 or newer (kubernetes/cloud-provider-openstack).
    id: 'openstack',
    label: 'OpenStack',
    internal: { 'service.beta.kubernetes.io/openstack-internal-load-balancer': 'true' },
    evidence: providerId('openstack://'),
  },
  {
    ...CLOUD,
    id: 'ibm',
    label: 'IBM Cloud',
    sourceRanges: 'no',
    internal: { 'service.kubernetes.io/ibm-load-balancer-cloud-provider-ip-type': 'private' },
    evidence: anyOf(
      nodeLabel('ibm-cloud.kubernetes.io'),
      providerId('ibm://'),
      serverVersion('+IKS'),
      serverDomain('containers.cloud.ibm.com'),
    ),
  },
  {
    ...CLOUD,
    id: 'oracle',
    label: 'Oracle Cloud (OKE)',
    sourceRanges: 'yes',
    internal: { 'service.beta.kubernetes.io/oci-load-balancer-internal': 'true' },
    // Its provider IDs have no scheme (oracle/oci-cloud-controller-manager).
    evidence: anyOf(
      nodeLabel('oci.oraclecloud.com'),
      providerId('ocid1.instance.'),
      providerId('oci://'),
      serverDomain('clusters.oci.oraclecloud.com'),
    ),
  },
] as const satisfies readonly FlavourRow[]
