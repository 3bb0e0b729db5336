import { CLOUD } from './cloud.ts'
import { anyOf, ifNodesHidden, nodeLabel, providerId, serverDomain, serverVersion } from './evidence.ts'
import type { FlavourRow } from './flavour-row.ts'

/**
 * Smaller clouds, as part of FLAVOURS. Behind each row: where its provider ID, annotations and source ranges are from.
 * Where a controller's source never reads spec.loadBalancerSourceRanges the answer is no; where it is closed, unknown.
 */
export const REGIONAL_CLOUDS = [
  {
    // kubernetes/cloud-provider-alibaba-cloud: provider IDs are REGION.INSTANCE too; only its NLB reads source ranges.
    ...CLOUD,
    id: 'alibaba',
    label: 'Alibaba Cloud (ACK)',
    sourceRanges: 'no',
    internal: { 'service.beta.kubernetes.io/alibaba-cloud-loadbalancer-address-type': 'intranet' },
    evidence: anyOf(
      nodeLabel('alibabacloud.com'),
      nodeLabel('ack.aliyun.com'),
      nodeLabel('node.alibabacloud.com'),
      providerId('alicloud://'),
      ifNodesHidden(serverVersion('-aliyun')),
    ),
  },
  {
    // Internal ones need a subnet's ID (service.kubernetes.io/qcloud-loadbalancer-internal-subnetid).
    ...CLOUD,
    id: 'tencent',
    label: 'Tencent Cloud (TKE)',
    evidence: anyOf(
      nodeLabel('cloud.tencent.com'),
      nodeLabel('tke.cloud.tencent.com'),
      nodeLabel('node.tke.cloud.tencent.com'),
      providerId('qcloud://'),
      providerId('tencentcloud://'),
      serverDomain('ccs.tencent-cloud.com'),
      ifNodesHidden(serverVersion('-tke')),
    ),
  },
  {
    // kubernetes-sigs/cloud-provider-huaweicloud; node labels and versions as in the manual of CCE.
    ...CLOUD,
    id: 'huawei',
    label: 'Huawei Cloud (CCE)',
    evidence: anyOf(
      nodeLabel('cce.cloud.com'),
      nodeLabel('node.kubernetes.io/subnetid'),
      providerId('huaweicloud://'),
      ifNodesHidden(serverVersion('-CCE')),
    ),
  },
  {
    // Runs on OpenStack and its controller, with Octavia.
    ...CLOUD,
    id: 'ovh',
    label: 'OVHcloud',
    internal: { 'service.beta.kubernetes.io/openstack-internal-load-balancer': 'true' },
    evidence: anyOf(nodeLabel('node.k8s.ovh'), serverDomain('k8s.ovh.net')),
  },
  {
    // scaleway/scaleway-cloud-controller-manager: source ranges become the ACL of the load balancer.
    ...CLOUD,
    id: 'scaleway',
    label: 'Scaleway (Kapsule)',
    sourceRanges: 'yes',
    internal: { 'service.beta.kubernetes.io/scw-loadbalancer-private': 'true' },
    evidence: anyOf(nodeLabel('k8s.scaleway.com'), providerId('scaleway://'), serverDomain('scw.cloud')),
  },
  {
    // vultr/vultr-cloud-controller-manager: its firewall has an annotation of its own.
    ...CLOUD,
    id: 'vultr',
    label: 'Vultr (VKE)',
    sourceRanges: 'no',
    evidence: anyOf(nodeLabel('vke.vultr.com'), providerId('vultr://'), serverDomain('vultr-k8s.com')),
  },
  {
    // Provider IDs as in flant/yandex-cloud-controller-manager. Internal ones need a subnet's ID (yandex.cloud/subnet-id).
    ...CLOUD,
    id: 'yandex',
    label: 'Yandex Cloud',
    evidence: anyOf(nodeLabel('yandex.cloud'), providerId('yandex://')),
  },
  {
    // civo/civo-cloud-controller-manager; its nodes run k3s.
    ...CLOUD,
    id: 'civo',
    label: 'Civo',
    sourceRanges: 'no',
    evidence: anyOf(nodeLabel('kubernetes.civo.com'), providerId('civo://'), serverDomain('k8s.civo.com')),
  },
  {
    // exoscale/exoscale-cloud-controller-manager.
    ...CLOUD,
    id: 'exoscale',
    label: 'Exoscale (SKS)',
    sourceRanges: 'no',
    evidence: anyOf(nodeLabel('node.exoscale.net'), providerId('exoscale://'), serverDomain('exo.io')),
  },
  {
    // UpCloudLtd/upcloud-cloud-controller-manager; its load balancers are set up by JSON in an annotation.
    ...CLOUD,
    id: 'upcloud',
    label: 'UpCloud',
    sourceRanges: 'no',
    evidence: anyOf(providerId('upcloud://'), serverDomain('upcloudlb.com')),
  },
  {
    ...CLOUD,
    id: 'ionos',
    label: 'IONOS Cloud',
    evidence: anyOf(
      nodeLabel('enterprise.cloud.ionos.com'),
      nodeLabel('cloud.ionos.com'),
      providerId('ionos://'),
      serverDomain('ionos.com'),
    ),
  },
  {
    // Its load balancers are internal by default.
    ...CLOUD,
    id: 'coreweave',
    label: 'CoreWeave (CKS)',
    internal: {},
    external: { 'service.beta.kubernetes.io/coreweave-load-balancer-type': 'public' },
    evidence: anyOf(nodeLabel('node.coreweave.cloud'), serverDomain('coreweave.com')),
  },
  {
    ...CLOUD,
    id: 'nebius',
    label: 'Nebius',
    internal: { 'nebius.com/load-balancer-type': 'internal' },
    evidence: anyOf(nodeLabel('nebius.com'), serverDomain('nebius.cloud')),
  },
] as const satisfies readonly FlavourRow[]
