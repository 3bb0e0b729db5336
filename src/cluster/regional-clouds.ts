import { CLOUD } from './cloud.ts'
import type { FlavourRow } from './flavour-row.ts'
import { anyOf, labelled, provided, servedUnder, unseen, versioned } from './signs.ts'

/**
 * Smaller clouds, as part of FLAVOURS. Behind each row: where its provider ID, annotations and source ranges are from.
 * Where a controller's source never reads spec.loadBalancerSourceRanges the answer is no; where it is closed, unknown.
 */
export const REGIONAL_CLOUDS = [
  {
    // kubernetes/cloud-provider-alibaba-cloud: provider IDs are REGION.INSTANCE too; only its NLB reads source ranges.
    ...CLOUD,
    id: 'alibaba',
    label: 'Kubernetes on Alibaba Cloud (ACK)',
    sourceRanges: 'no',
    internal: { 'service.beta.kubernetes.io/alibaba-cloud-loadbalancer-address-type': 'intranet' },
    evidence: anyOf(
      labelled('alibabacloud.com'),
      labelled('ack.aliyun.com'),
      labelled('node.alibabacloud.com'),
      provided('alicloud://'),
      unseen(versioned('-aliyun')),
    ),
  },
  {
    // Internal ones need a subnet's ID (service.kubernetes.io/qcloud-loadbalancer-internal-subnetid).
    ...CLOUD,
    id: 'tencent',
    label: 'Kubernetes on Tencent Cloud (TKE)',
    evidence: anyOf(
      labelled('cloud.tencent.com'),
      labelled('tke.cloud.tencent.com'),
      labelled('node.tke.cloud.tencent.com'),
      provided('qcloud://'),
      provided('tencentcloud://'),
      servedUnder('ccs.tencent-cloud.com'),
      unseen(versioned('-tke')),
    ),
  },
  {
    // kubernetes-sigs/cloud-provider-huaweicloud; node labels and versions as in the manual of CCE.
    ...CLOUD,
    id: 'huawei',
    label: 'Kubernetes on Huawei Cloud (CCE)',
    evidence: anyOf(
      labelled('cce.cloud.com'),
      labelled('node.kubernetes.io/subnetid'),
      provided('huaweicloud://'),
      unseen(versioned('-CCE')),
    ),
  },
  {
    // Runs on OpenStack and its controller, with Octavia.
    ...CLOUD,
    id: 'ovh',
    label: 'Kubernetes on OVHcloud',
    internal: { 'service.beta.kubernetes.io/openstack-internal-load-balancer': 'true' },
    evidence: anyOf(labelled('node.k8s.ovh'), servedUnder('k8s.ovh.net')),
  },
  {
    // scaleway/scaleway-cloud-controller-manager: source ranges become the ACL of the load balancer.
    ...CLOUD,
    id: 'scaleway',
    label: 'Kubernetes on Scaleway (Kapsule)',
    sourceRanges: 'yes',
    internal: { 'service.beta.kubernetes.io/scw-loadbalancer-private': 'true' },
    evidence: anyOf(labelled('k8s.scaleway.com'), provided('scaleway://'), servedUnder('scw.cloud')),
  },
  {
    // vultr/vultr-cloud-controller-manager: its firewall has an annotation of its own.
    ...CLOUD,
    id: 'vultr',
    label: 'Kubernetes on Vultr (VKE)',
    sourceRanges: 'no',
    evidence: anyOf(labelled('vke.vultr.com'), provided('vultr://'), servedUnder('vultr-k8s.com')),
  },
  {
    // Provider IDs as in flant/yandex-cloud-controller-manager. Internal ones need a subnet's ID (yandex.cloud/subnet-id).
    ...CLOUD,
    id: 'yandex',
    label: 'Kubernetes on Yandex Cloud',
    evidence: anyOf(labelled('yandex.cloud'), provided('yandex://')),
  },
  {
    // civo/civo-cloud-controller-manager; its nodes run k3s.
    ...CLOUD,
    id: 'civo',
    label: 'Kubernetes on Civo',
    sourceRanges: 'no',
    evidence: anyOf(labelled('kubernetes.civo.com'), provided('civo://'), servedUnder('k8s.civo.com')),
  },
  {
    // exoscale/exoscale-cloud-controller-manager.
    ...CLOUD,
    id: 'exoscale',
    label: 'Kubernetes on Exoscale (SKS)',
    sourceRanges: 'no',
    evidence: anyOf(labelled('node.exoscale.net'), provided('exoscale://'), servedUnder('exo.io')),
  },
  {
    // UpCloudLtd/upcloud-cloud-controller-manager; its load balancers are set up by JSON in an annotation.
    ...CLOUD,
    id: 'upcloud',
    label: 'Kubernetes on UpCloud',
    sourceRanges: 'no',
    evidence: anyOf(provided('upcloud://'), servedUnder('upcloudlb.com')),
  },
  {
    ...CLOUD,
    id: 'ionos',
    label: 'Kubernetes on IONOS Cloud',
    evidence: anyOf(
      labelled('enterprise.cloud.ionos.com'),
      labelled('cloud.ionos.com'),
      provided('ionos://'),
      servedUnder('ionos.com'),
    ),
  },
  {
    // Its load balancers are internal by default.
    ...CLOUD,
    id: 'coreweave',
    label: 'Kubernetes on CoreWeave (CKS)',
    internal: {},
    external: { 'service.beta.kubernetes.io/coreweave-load-balancer-type': 'public' },
    evidence: anyOf(labelled('node.coreweave.cloud'), servedUnder('coreweave.com')),
  },
  {
    ...CLOUD,
    id: 'nebius',
    label: 'Kubernetes on Nebius',
    internal: { 'nebius.com/load-balancer-type': 'internal' },
    evidence: anyOf(labelled('nebius.com'), servedUnder('nebius.cloud')),
  },
] as const satisfies readonly FlavourRow[]
