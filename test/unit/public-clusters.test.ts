import { describe, expect, test } from 'vitest'
import { detect } from '../../src/cluster/detect-flavour.ts'
import type { Exposure } from '../../src/cluster/exposures.ts'
import type { ClusterFacts, NodeFacts } from '../../src/cluster/facts.ts'
import { settingsFrom } from '../../src/settings/settings-from.ts'
import { isAccessOpen } from '../../src/setup/access-answers.ts'

/**
 * Clusters as public repositories, issues and manuals show them, one a line: what | flavour | server | version | addresses
 * of a node | its provider ID | labels | kernel. Public addresses and IDs are replaced. Where the source doesn't show the
 * server, it is what the provider's kubeconfig has, or the node's own address, as kubeadm writes it.
 */
const PUBLIC = `
ACK, by its intranet endpoint | alibaba | 192.168.0.250:6443 | v1.20.11-aliyun.1 | 192.168.0.81 | cn-zhangjiakou.i-8vb2y0cdlriptkfer0ir | ack.aliyun.com alibabacloud.com/nodepool-id topology.kubernetes.io/region | 4.19.91-23.al7.x86_64
TKE, by its intranet name | tencent | cls-amu0j0tf.ccs.tencent-cloud.com | v1.22.5-tke.1 | 192.168.2.105 203.0.113.58 | qcloud:///300003/ins-bzwza4jk | cloud.tencent.com/node-instance-id topology.kubernetes.io/region | 5.4.119-19-0009.3
CCE, by its internal endpoint | huawei | 192.168.0.107:5443 | v1.17.9-r0-CCE20.7.1.B003-17.36.3 | 192.168.13.187 | 1d2f5a7e-7b0c-11eb-9439-0242ac130002 | cce.cloud.com/cce-nodepool node.kubernetes.io/subnetid topology.kubernetes.io/region | 4.18.0-147.5.1.6.h541.eulerosv2r9.x86_64
OVHcloud MKS | ovh | abcdef.c1.bhs5.k8s.ovh.net | v1.35.2 | 10.1.0.14 | openstack:///d4c6e736-f6ec-44a5-9f44-b82b11cb7748 | node.k8s.ovh/type | 6.8.0-60-generic
Yandex, with an external IP | yandex | 203.0.113.72 | v1.29.1 | 10.129.0.25 203.0.113.89 | yandex://fhm1r15d5nku01d90c06 | yandex.cloud/node-group-id yandex.cloud/pci-topology | 5.4.0-177-generic
Yandex by Deckhouse, inside | yandex | 10.128.0.8:6443 | v1.29.9 | 10.128.0.8 | yandex://9cgf2kcqvi50mn5hqmhf | topology.kubernetes.io/region node.deckhouse.io/group | 5.15.0-168-generic
IONOS | ionos | cp-1234567.k8s.es-vit.ionos.com:15432 | v1.21.8 | 10.7.222.11 | | enterprise.cloud.ionos.com/datacenter-id enterprise.cloud.ionos.com/node-id topology.kubernetes.io/region | 5.4.0-97-generic
DOKS | digitalocean | 0a1b2c3d.k8s.ondigitalocean.com | v1.28.2 | 10.104.0.4 | digitalocean://394943547 | doks.digitalocean.com/node-pool-id topology.kubernetes.io/region | 6.1.0-12-amd64
AKS | aks | ameide-dns-0a1b2c3d.hcp.westeurope.azmk8s.io:443 | v1.32.7 | 10.224.0.10 | azure:///subscriptions/68ba6806/resourceGroups/mc/providers/x | topology.disk.csi.azure.com/zone topology.kubernetes.io/region | 5.15.0-1102-azure
AKS in China, private endpoint | aks | shop-dns-1a2b3c4d.privatelink.chinaeast2.cx.prod.service.azk8s.cn:443 | v1.29.4 | 10.241.163.134 | azure:///subscriptions/0/x | kubernetes.azure.com/cluster | 5.15.0-1067-azure
AKS for the US government | aks | shop-dns-1a2b3c4d.hcp.usgovvirginia.cx.aks.containerservice.azure.us:443 | v1.29.4 | 10.240.0.4 | azure:///subscriptions/0/x | kubernetes.azure.com/cluster | 5.15.0-1067-azure
GKE, by its private endpoint | gke | 10.48.0.2 | v1.29.6-gke.1038001 | 10.142.0.7 | gce://big-star/us-east1-b/gke-dev-primary-p09c | cloud.google.com/gke-nodepool topology.kubernetes.io/region | 6.1.85+
GKE, by its name | gke | gke-1a2b3c4d5e6f-123456789012.europe-west1.gke.goog | v1.36.3-gke.1767000 | 10.132.0.9 | gce://camunda/europe-west1-d/gke-v2-qtvs | cloud.google.com/gke-nodepool | 6.12.55+
EKS | eks | 0A1B2C3D4E5F.gr7.ap-south-1.eks.amazonaws.com | v1.32.1-eks-5d632ec | 192.168.127.57 | aws:///ap-south-1a/i-088a37bb0bede3a51 | eks.amazonaws.com/nodegroup | 5.10.235-227.919.amzn2.x86_64
EKS on Fargate | eks | 0A1B2C3D4E5F.sk1.us-east-2.eks.amazonaws.com | v1.20.7-eks-135321 | 192.168.129.76 | aws:///us-east-2a/0123456789-abc/fargate-ip-192-168-129-76 | eks.amazonaws.com/compute-type | 4.14.243-185.433.amzn2.x86_64
kops | eks | api.shop.example.com | v1.29.6 | 172.20.123.191 203.0.113.7 | aws:///ap-northeast-2a/i-0755670e49da1fca3 | kops.k8s.io/instancegroup topology.kubernetes.io/region | 6.5.0-1020-aws
Cluster API on Oracle Cloud | oracle | 203.0.113.120:6443 | v1.31.1 | 10.0.52.141 | ocid1.instance.oc1.iad.anuwcljtpwneysacfkeyronl | topology.kubernetes.io/region | 6.8.0-1019-oracle
IBM Cloud, classic | ibm | c100.us-south.containers.cloud.ibm.com:30426 | v1.21.5+IKS | 10.177.7.207 | ibm://a0bc0c5466544e968bff315fba51e594///c0d19dnd0uii3pk7po40/kube-c0d19 | ibm-cloud.kubernetes.io/worker-id | 4.15.0-159-generic
LKE | linode | 0a1b2c3d.ap-south-1.linodelke.net:443 | v1.30.3 | 192.168.139.41 203.0.113.41 | linode://63512345 | lke.linode.com/pool-id topology.linode.com/region topology.kubernetes.io/region | 6.1.0-22-cloud-amd64
Equinix Metal | other | 203.0.113.13:6443 | v1.27.5 | 10.70.50.131 203.0.113.131 | equinixmetal://de9fbfec-c878-4627-be5b-4c368be25ac7 | topology.kubernetes.io/region | 5.4.0-155-generic
Scaleway Kapsule, full isolation | scaleway | 3a1b7c4e.api.k8s.fr-par.scw.cloud:6443 | v1.31.2 | 172.16.12.3 | scaleway://instance/fr-par-1/0788e6f4 | k8s.scaleway.com/nodepool-name | 5.15.0-122-generic
Vultr VKE | vultr | 338eb37e-2824-4089.vultr-k8s.com:6443 | v1.31.0 | 10.1.96.3 | vultr://f0a1b2c3 | vke.vultr.com/node-pool | 6.1.0-25-amd64
Civo | civo | 203.0.113.80:6443 | v1.30.5+k3s1 | 192.168.1.4 | civo://91f0f9ab | kubernetes.civo.com/civo-node-pool | 6.1.0-18-amd64
Exoscale SKS | exoscale | 2f1a3b4c.sks-ch-gva-2.exo.io:443 | v1.31.1 | 198.51.100.21 | exoscale://1b2c3d4e | node.exoscale.net/nodepool-id | 6.8.0-45-generic
UpCloud | upcloud | lb-0a8fdaf728bd487e8c4ecf5396a8cb25-1.upcloudlb.com:6443 | v1.30.4 | 172.16.1.5 | upcloud:////00a1b2c3 | topology.kubernetes.io/region | 6.1.0-23-amd64
CoreWeave CKS | coreweave | api.6787d4-33de361c.k8s.us-east-04a.coreweave.com | v1.33.1 | 10.176.192.4 | | node.coreweave.cloud/type | 6.5.13-65-650
Nebius, by its private name | nebius | pr.mk8scluster-e00nyd0fmnh7z6r8ak.mk8s.eu-north1.nebius.cloud:443 | v1.33.1 | 10.0.0.12 | computeinstance-e00hf93cfnsgaxygn3 | nebius.com/node-group-id | 6.11.0-1016-nvidia
kubeadm on Hetzner with its controller | hetzner | 203.0.113.46:6443 | v1.28.4 | 203.0.113.46 | hcloud://123456 | topology.kubernetes.io/region instance.hetzner.cloud/provided-by | 5.15.0-91-generic
Talos on Hetzner, without the controller | hetzner | 10.0.0.2:6443 | v1.31.2 | 10.0.0.2 | talos://hcloud/123456 | | 6.6.58-talos
k3s on Hetzner behind a floating IP | hetzner | 10.0.0.3:6443 | v1.30.5+k3s1 | 10.0.0.3 | k3s://main-1 | csi.hetzner.cloud/location | 6.8.0-60-generic
Talos with public IPv6 | other | 172.16.0.142:6443 | v1.31.2 | 172.16.0.142 2a01:4f8:3064:1::2d02 | proxmox://region-1/142 | node.kubernetes.io/instance-type | 6.6.58-talos
kubeadm on OpenStack | openstack | 10.10.0.7:6443 | v1.7.5 | 10.10.0.7 | openstack:///0a845519-c3b8-4ba0-8dc5-5f0454e4b112 | failure-domain.beta.kubernetes.io/region | 4.4.0-96-generic
OpenShift on Google Cloud | openshift | api.ci-ln-pvr3lyb.example.com:6443 | v1.29.6 | 10.0.0.4 | gce://openshift-gce-devel-ci/us-east1-b/ci-ln-pvr3lyb-f76d1-6w8mm-master-0 | node.openshift.io/os_id | 5.14.0-427.el9.x86_64
k3s on EC2, inside | k3s | 172.31.69.127:6443 | v1.36.4+k3s1 | 172.31.69.127 | k3s://ip-172-31-69-127 | node.kubernetes.io/instance-type | 6.17.0-1017-aws (amd64)
k3s on EC2 with Fedora, inside | k3s | 172.31.23.39:6443 | v1.22.7+k3s1 | 172.31.18.204 ip-172-31-18-204.ec2.internal | k3s://ip-172-31-18-204.ec2.internal | | 5.14.10-300.fc35.x86_64
k3s on EC2, renamed, inside | k3s | 172.31.36.152:6443 | v1.34.5+k3s1 | 172.31.36.152 | k3s://k3s-master-1 | | 6.17.0-1009-aws
k0s on EC2, inside | other | 10.0.49.188:6443 | v1.24.0+k0s | 10.0.49.188 ip-10-0-49-188.eu-west-1.compute.internal | | | 5.13.0-1022-aws
kubeadm on EC2, inside | other | 172.31.91.107:6443 | v1.32.3 | 172.31.91.107 | | node-role.kubernetes.io/control-plane | 6.8.0-1021-aws
kubeadm on Azure, inside | other | 10.0.0.4:6443 | v1.29.4 | 10.0.0.4 | | node-role.kubernetes.io/control-plane | 5.15.0-1061-azure
RKE2 on Azure, inside | other | 192.168.0.5:6443 | v1.28.11+rke2r1 | 192.168.0.5 | rke2://test03-pool1-jfnrw | | 5.4.0-1109-azure
k3s on Oracle Cloud, inside | k3s | 10.0.1.79:6443 | v1.35.5+k3s1 | 10.0.1.245 | k3s://aiops | | 6.8.0-1054-oracle
vcluster on EKS, by its name | other | vcluster.example.com | v1.29.0 | 10.100.20.7 | | vcluster.loft.sh/fake-node | 4.19.76-fakelinux
`

const PRIVATE = `
kubeadm at home | other | 192.168.1.120:6443 | v1.26.1 | 192.168.1.120 | | node-role.kubernetes.io/control-plane | 5.4.0-139-generic
kubeadm with OpenEBS | other | 192.168.2.41:6443 | v1.30.14 | 192.168.2.41 | | | 6.8.0-124-generic
kubeadm in a company | other | 10.2.0.48:6443 | v1.26.8 | 10.2.0.48 | | | 5.15.0-173-generic
kubeadm in WSL 2 | other | 192.168.0.104:6443 | v1.29.9 | 192.168.0.104 | | | 5.15.153.1-microsoft-standard-WSL2
kubeadm on Raspberry Pis | other | 192.168.1.116:6443 | v1.31.14 | 192.168.1.116 | | | 5.15.0-1092-raspi
kubespray | other | lb-apiserver.kubernetes.local:6443 | v1.23.1 | 192.168.56.50 | | | 5.11.0-27-generic
MicroK8s on Hyper-V | microk8s | 172.27.216.204:16443 | v1.20.7-34+df7df22a741dbc | 172.27.216.204 | | microk8s.io/cluster | 4.15.0-143-generic
MicroK8s on LXD | microk8s | 10.127.233.16:16443 | v1.28.7 | 10.127.233.16 | | microk8s.io/cluster | 6.5.0-1005-raspi
k0s in a lab | other | 192.168.40.10:6443 | v1.23.15+k0s | 192.168.40.13 | | | 5.15.0-78-generic
k0s on one machine | other | localhost:6443 | v1.33.4+k0s | 192.168.68.105 | | | 6.8.0-84-generic
k3s on virtual machines | k3s | 172.16.12.22:6443 | v1.31.5+k3s1 | 172.16.12.22 | k3s://k3s-server-01 | node.kubernetes.io/instance-type | 6.8.0-52-generic
k3s on Raspberry Pis | k3s | 192.168.1.4:6443 | v1.21.4+k3s1 | 192.168.1.32 | k3s://portefaix-4 | | 5.10.17-v8+
k3s on a Pi with Ubuntu | k3s | 127.0.0.1:6443 | v1.30.6+k3s1 | 192.168.1.105 | k3s://pi | | 6.8.0-1047-raspi
k3s on CentOS | k3s | 192.168.56.105:6443 | v1.26.5+k3s1 | 192.168.56.107 | k3s://k8s-node2 | | 3.10.0-1160.114.2.el7.x86_64
k3s at home | k3s | 192.168.1.137:6443 | v1.21.5+k3s2 | 192.168.1.137 | k3s://ijsselstein | | 5.15.0-86-generic
k3s with two families | k3s | 192.168.56.100:6443 | v1.31.5+k3s1 | 192.168.56.101 fd17:625c:f037:2:a00:27ff:fe94:112e | k3s://node1 | | 5.15.0-140-generic
k3s through Tailscale | k3s | 100.81.89.62:6443 | v1.31.5+k3s1 | 10.0.0.11 | k3s://node1 | | 6.1.0-28-amd64
RKE2 on Rocky Linux | other | 192.168.10.11:6443 | v1.34.4+rke2r1 | 192.168.10.11 | rke2://k8s-node1 | | 5.14.0-570.52.1.el9_6.aarch64
RKE2 by Rancher | other | 192.168.150.98:6443 | v1.28.8+rke2r1 | 192.168.150.98 | rke2://pool1-6npvs | | 5.15.0-105-generic
RKE2 with equal addresses | other | 192.168.200.102:6443 | v1.34.2+rke2r1 | 192.168.200.102 192.168.200.102 | rke2://cert-cluster-rfvqf | | 5.15.0-140-generic
Harvester | other | 10.115.50.225:6443 | v1.36.3+rke2r1 | 10.115.50.225 | rke2://hp-195 | harvesterhci.io/managed | 6.12.0-160000.37-default (amd64)
OrbStack | orbstack | 127.0.0.1:26443 | v1.34.8+orb1 | 192.168.139.2 fd07:b51a:cc66::2 | k3s://orbstack | | 6.17.8-orbstack
colima | colima | 127.0.0.1:6443 | v1.35.0+k3s1 | 192.168.5.1 | k3s://colima | | 6.8.0-117-generic
k3d in WSL 2 | k3d | 0.0.0.0:45011 | v1.21.7+k3s1 | 172.18.0.7 | k3s://k3d-localk8s-agent-0 | | 5.10.16.3-microsoft-standard-WSL2
k3d on macOS | k3d | host.docker.internal:59115 | v1.35.5+k3s1 | 172.21.0.3 | k3s://k3d-quickticket-server-0 | | 6.12.68-linuxkit
kind on a CI runner | kind | 127.0.0.1:43121 | v1.27.3 | 172.18.0.2 | kind://docker/github-cluster/github-cluster-control-plane | | 6.8.0-1026-azure
kind on a machine in EC2 | kind | 127.0.0.1:40915 | v1.30.0 | 172.18.0.2 | kind://docker/kind/kind-control-plane | | 6.5.0-1020-aws
kind in a CI job's own Docker | kind | docker:6443 | v1.31.2 | 172.18.0.2 | kind://docker/kind/kind-control-plane | | 5.15.0-122-generic
Docker Desktop with kind | docker-desktop | 127.0.0.1:55134 | v1.33.1 | 172.18.0.2 | kind://docker/desktop/desktop-control-plane | | 6.6.87.2-microsoft-standard-WSL2
Docker Desktop with kubeadm | other | kubernetes.docker.internal:6443 | v1.29.2 | 192.168.65.3 | | | 6.6.32-linuxkit
minikube with VirtualBox | minikube | 192.168.99.100:8443 | v1.10.3 | 10.0.2.15 192.168.99.100 | | minikube.k8s.io/name | 4.14.154-boot2docker
minikube on a CI runner | minikube | 192.168.49.2:8443 | v1.34.0 | 192.168.49.2 | | minikube.k8s.io/name | 6.11.0-1018-azure
OpenShift Local | openshift | api.crc.testing:6443 | v1.29.6 | 192.168.126.11 | | node.openshift.io/os_id | 5.14.0-427.el9.x86_64
vSphere with its controller | other | 192.168.3.90:6443 | v1.14.2 | 192.168.3.94 192.168.3.94 | vsphere://4230c9af-0daa-4175-60da-1658d1b8234d | | 4.15.0-47-generic
Tanzu on vSphere | other | 10.105.51.15:6443 | v1.32.0+vmware.6-fips | 10.105.51.20 | vsphere://42151d65-69f5-8f46-a8d6-624b8df66c7a | | 5.15.0-131-generic
EKS Anywhere on bare metal | other | 10.80.14.5:6443 | v1.28.3-eks-4f4795d | 10.80.14.21 | tinkerbell://eksa-system/eksa-node02 | | 5.15.0-88-generic
GKE on bare metal | other | 192.168.1.180:443 | v1.28.3-gke.700 | 192.168.1.190 | baremetal://192.168.1.190 | baremetal.cluster.gke.io/node-pool cloud.google.com/gke-nodepool | 5.4.0-155-generic
Metal3 | other | 192.168.111.249:6443 | v1.34.0 | 192.168.111.21 | metal3://8e16d3b6-d48c-41e0-af0f-e43dbf5ec0cd | | 5.14.0-503.el9.x86_64
Nutanix | other | 10.38.45.12:6443 | v1.27.8 | 10.38.45.40 | nutanix://3a5e0a6e-52fd-4bb5-8b9b-0e7c12345678 | | 5.15.0-91-generic
Talos on metal | other | 10.0.30.78:6443 | v1.34.1 | 10.0.30.78 | talos://metal/10.0.30.78 | | 6.12.57-talos
Proxmox with its controller | other | 172.16.0.10:6443 | v1.29.4 | 172.16.0.31 | proxmox://cluster-1/123 | topology.kubernetes.io/region topology.kubernetes.io/zone | 6.1.0-28-amd64
OpenShift on vSphere under a company's name | openshift | api.prev.example.com:6443 | v1.20.11+aa025a0 | 10.38.202.66 | vsphere://42100fe1-0a04-9eb7-1b73-9a3d4578b557 | node.openshift.io/os_id | 4.18.0-305.el8.x86_64
`

const parse = (table: string) =>
  table
    .trim()
    .split('\n')
    .map(line => {
      const [what = '', id, server, version = '', addresses = '', providerId = '', labels = '', kernel = ''] = line
        .split('|')
        .map(cell => cell.trim())
      const words = (text: string) => text.split(' ').filter(word => word !== '')
      const node: NodeFacts = {
        name: 'node',
        labels: Object.fromEntries(words(labels).map(key => [key, 'x'])),
        providerId,
        architecture: 'amd64',
        kernel,
        addresses: words(addresses).map(address => ({ type: 'InternalIP', address })),
        ready: true,
        schedulable: true,
        allocatable: {},
      }
      const names = { context: 'c', cluster: 'c', user: 'c', extensions: [], clusterId: 'u' }
      const facts: ClusterFacts = {
        ...names,
        server: `https://${server}`,
        version,
        serverPlatform: 'linux/amd64',
        groups: [],
        nodes: [node],
      }
      return { what, id, facts }
    })

const isAsked = (facts: ClusterFacts, exposure?: Exposure): boolean => {
  const { flavour } = detect(facts, 'linux')
  return isAccessOpen(settingsFrom({}), { exposure: exposure ?? flavour.exposure, flavour })
}
const publicOnes = parse(PUBLIC)
const privateOnes = parse(PRIVATE)

test.each([...publicOnes, ...privateOnes])('$what is recognized as $id', ({ id, facts }) => {
  expect(detect(facts, 'linux').flavour.id).toBe(id)
})

describe.each([
  ['its nodes seen', {}, undefined],
  ['its nodes hidden', { nodes: undefined }, undefined],
  ['its nodes seen, as load balancer', {}, 'load-balancer'],
  ['its nodes hidden, as load balancer', { nodes: undefined }, 'load-balancer'],
] as const)('with %s', (_, hidden, exposure) => {
  test.each(publicOnes)('who can access the gateway is asked for $what', ({ facts }) => {
    expect(isAsked({ ...facts, ...hidden }, exposure)).toBe(true)
  })
})

test('at most two private clusters are asked without need', () => {
  const asked = privateOnes.filter(({ facts }) => isAsked(facts)).map(({ what }) => what)
  expect(asked).toEqual(['Proxmox with its controller', "OpenShift on vSphere under a company's name"])
})

test.each([
  ['kubeadm on Hetzner with its controller', 'the API server has the public address 203.0.113.46'],
  ['LKE', 'node node has the public address 203.0.113.41'],
  ['EKS', 'the provider ID aws:// belongs to a cloud'],
  ['k3s on Hetzner behind a floating IP', 'node node has the label csi.hetzner.cloud/location'],
  ['k3s on EC2, renamed, inside', 'node node runs a cloud kernel, 6.17.0-1009-aws'],
  ['k3s on EC2 with Fedora, inside', 'node ip-172-31-18-204.ec2.internal has a name typical of a cloud'],
  ["OpenShift on vSphere under a company's name", "the API server's name api.prev.example.com isn't local"],
])('the reason is precise: %s', (name, because) => {
  const { facts } = [...publicOnes, ...privateOnes].find(({ what }) => what === name)!
  expect(detect(facts, 'linux').flavour.publicBecause).toBe(because)
})

test.each([
  ['10.0.0.5', "nodes can't be listed"],
  ['127.0.0.1', undefined],
])('with hidden nodes and the API server at %s, its addresses are public because: %s', (host, because) => {
  const facts = { ...privateOnes[0]!.facts, server: `https://${host}:6443`, nodes: undefined }
  expect(detect(facts, 'linux').flavour.publicBecause).toBe(because)
})
