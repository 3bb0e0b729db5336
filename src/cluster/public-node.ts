import { oneLine } from '../text/sanitize.ts'
import type { NodeFacts } from './facts.ts'
import { isPublicAddress } from './public-address.ts'

/** Where the scheme of a provider ID comes from a tool or hypervisor of people's own. All others belong to a cloud. */
const PRIVATE_PROVIDER =
  /^(kind|k3s|k3d|rke2|docker|vsphere|tinkerbell|metal3|baremetal|proxmox|nutanix|harvester|kwok):\/\/|^talos:\/\/metal\//

export const isForeign = (providerId: string): boolean => providerId !== '' && !PRIVATE_PROVIDER.test(providerId)

/** Labels of clouds: the region, set from what a cloud's API answers; topologies of their storage; virtual clusters in one. */
const CLOUD_LABEL =
  /^(topology\.kubernetes\.io|failure-domain\.beta\.kubernetes\.io)\/region$|^topology\.(ebs\.csi\.aws\.com|disk\.csi\.azure\.com|gke\.io|linode\.com|cinder\.csi\.openstack\.org|diskplugin\.csi\.alibabacloud\.com|com\.tencent\.cloud\.csi\.cbs)\/|^(csi\.hetzner\.cloud|vcluster\.loft\.sh)\//

/** Names that EC2, Compute Engine and Azure give their machines. */
const CLOUD_NAME = /^ip(-\d+){4}(\.|$)|\.(ec2|compute|c\.[^.]+)\.internal$|\.internal\.cloudapp\.net$/

/** Ubuntu's and Amazon's kernels for their clouds. */
const CLOUD_KERNEL = /-(aws|azure|gcp|gke|ibm|oracle)\b|\.amzn\d/

const SHOWN = 60
/** Containers that act as nodes share the kernel of the machine below, which may be a rented CI runner. */
const IN_CONTAINER = /^(kind|k3d|docker):\/\/|^k3s:\/\/k3d-/

/** What shows that a node isn't private, as the end of a sentence; first match wins. */
const REASONS: readonly ((node: NodeFacts) => string | undefined)[] = [
  ({ name, addresses }) => {
    const found = addresses.find(({ address }) => isPublicAddress(address))
    return found && `node ${oneLine(name, SHOWN)} has the public address ${found.address}`
  },
  ({ providerId }) => {
    if (!isForeign(providerId)) return undefined
    const [scheme] = /^[^:]*:\/\//.exec(providerId) ?? [providerId]
    return `the provider ID ${oneLine(scheme, SHOWN)} belongs to a cloud`
  },
  ({ name, labels }) => {
    const found = Object.keys(labels).find(key => CLOUD_LABEL.test(key))
    return found && `node ${oneLine(name, SHOWN)} has the label ${oneLine(found, SHOWN)}`
  },
  ({ name, addresses }) => {
    const found = [name, ...addresses.map(({ address }) => address)].find(each => CLOUD_NAME.test(each))
    return found && `node ${oneLine(found, SHOWN)} has a name typical of a cloud`
  },
  ({ name, kernel, providerId, labels }) => {
    const isContainer = IN_CONTAINER.test(providerId) || 'minikube.k8s.io/name' in labels
    return !isContainer && CLOUD_KERNEL.test(kernel)
      ? `node ${oneLine(name, SHOWN)} runs a cloud kernel, ${oneLine(kernel, SHOWN)}`
      : undefined
  },
]

/** Why a node isn't proved private, as the end of a sentence; undefined where it is. */
export function whyNodePublic(node: NodeFacts): string | undefined {
  for (const reason of REASONS) {
    const clause = reason(node)
    if (clause !== undefined) return clause
  }
  return undefined
}
