import { CLOUD } from './cloud.ts'
import type { FlavourRow } from './flavour-row.ts'
import { REGIONAL_CLOUDS } from './regional-clouds.ts'
import { anyOf, labelled, provided, servedUnder, serving, unless, unseen, versioned } from './signs.ts'

/**
 * Clouds, as part of FLAVOURS. `internal` is from the list at
 * kubernetes.io/docs/concepts/services-networking/service/#internal-load-balancer and from each provider's own manual.
 */
export const CLOUD_FLAVOURS = [
  {
    ...CLOUD,
    id: 'eks',
    label: 'Kubernetes on AWS (EKS)',
    sourceRanges: 'yes',
    // Two controllers: AWS Load Balancer Controller (internal unless said) reads the scheme, the in-tree one the other.
    internal: {
      'service.beta.kubernetes.io/aws-load-balancer-scheme': 'internal',
      'service.beta.kubernetes.io/aws-load-balancer-internal': 'true',
    },
    external: { 'service.beta.kubernetes.io/aws-load-balancer-scheme': 'internet-facing' },
    evidence: anyOf(
      labelled('eks.amazonaws.com'),
      provided('aws://'),
      // Not by its version, which is that of EKS Anywhere too.
      servedUnder('eks.amazonaws.com'),
      servedUnder('eks.amazonaws.com.cn'),
    ),
  },
  {
    ...CLOUD,
    id: 'gke',
    label: 'Kubernetes on Google Cloud (GKE)',
    sourceRanges: 'yes',
    internal: { 'networking.gke.io/load-balancer-type': 'Internal' },
    // GKE on bare metal has the same versions and label.
    evidence: unless(
      anyOf(labelled('baremetal.cluster.gke.io'), serving('baremetal.cluster.gke.io')),
      anyOf(
        labelled('cloud.google.com/gke-nodepool'),
        provided('gce://'),
        servedUnder('gke.goog'),
        unseen(versioned('-gke')),
      ),
    ),
  },
  {
    ...CLOUD,
    id: 'aks',
    label: 'Kubernetes on Azure (AKS)',
    sourceRanges: 'yes',
    internal: { 'service.beta.kubernetes.io/azure-load-balancer-internal': 'true' },
    evidence: anyOf(
      labelled('kubernetes.azure.com'),
      provided('azure://'),
      servedUnder('azmk8s.io'),
      servedUnder('azk8s.cn'),
      servedUnder('aks.containerservice.azure.us'),
    ),
  },
  {
    ...CLOUD,
    id: 'digitalocean',
    label: 'Kubernetes on DigitalOcean',
    sourceRanges: 'yes',
    internal: { 'service.beta.kubernetes.io/do-loadbalancer-network': 'INTERNAL' },
    evidence: anyOf(
      labelled('doks.digitalocean.com'),
      provided('digitalocean://'),
      servedUnder('k8s.ondigitalocean.com'),
    ),
  },
  {
    ...CLOUD,
    id: 'hetzner',
    label: 'Kubernetes on Hetzner Cloud',
    sourceRanges: 'no',
    internal: {
      'load-balancer.hetzner.cloud/disable-public-network': 'true',
      'load-balancer.hetzner.cloud/use-private-ip': 'true',
    },
    evidence: anyOf(
      provided('hcloud://'),
      provided('hrobot://'),
      // Talos without the cloud's controller.
      provided('talos://hcloud/'),
      labelled('instance.hetzner.cloud/provided-by'),
      labelled('csi.hetzner.cloud'),
    ),
  },
  {
    ...CLOUD,
    id: 'linode',
    label: 'Kubernetes on Linode (LKE)',
    sourceRanges: 'no',
    evidence: anyOf(labelled('lke.linode.com'), provided('linode://'), servedUnder('linodelke.net')),
  },
  ...REGIONAL_CLOUDS,
  {
    ...CLOUD,
    // Source ranges where Octavia's API is 2.12 or newer (kubernetes/cloud-provider-openstack).
    id: 'openstack',
    label: 'Kubernetes on OpenStack',
    internal: { 'service.beta.kubernetes.io/openstack-internal-load-balancer': 'true' },
    evidence: provided('openstack://'),
  },
  {
    ...CLOUD,
    id: 'ibm',
    label: 'Kubernetes on IBM Cloud',
    sourceRanges: 'no',
    internal: { 'service.kubernetes.io/ibm-load-balancer-cloud-provider-ip-type': 'private' },
    evidence: anyOf(
      labelled('ibm-cloud.kubernetes.io'),
      provided('ibm://'),
      versioned('+IKS'),
      servedUnder('containers.cloud.ibm.com'),
    ),
  },
  {
    ...CLOUD,
    id: 'oracle',
    label: 'Kubernetes on Oracle Cloud (OKE)',
    sourceRanges: 'yes',
    internal: { 'service.beta.kubernetes.io/oci-load-balancer-internal': 'true' },
    // Its provider IDs have no scheme (oracle/oci-cloud-controller-manager).
    evidence: anyOf(
      labelled('oci.oraclecloud.com'),
      provided('ocid1.instance.'),
      provided('oci://'),
      servedUnder('clusters.oci.oraclecloud.com'),
    ),
  },
] as const satisfies readonly FlavourRow[]
