import { oneLine } from '../text/sanitize.ts'
import { isMinikube } from './evidence.ts'
import { type ClusterFacts, hostOf, isThisMachine } from './facts.ts'
import { isPublicAddress } from './public-address.ts'
import { whyNodePublic } from './public-node.ts'

/**
 * Names that no public DNS answers: one label, and what is reserved for private networks or left to them (RFC 6761, 6762
 * and 8375; ICANN for .internal; OpenShift Local's). All others count as public, whatever they resolve to on this machine.
 */
const LOCAL_NAME =
  /^[^.]+$|\.(localhost|local|internal|home\.arpa|home|lan|corp|intranet|private|svc|test|crc\.testing)$/

/** Versions that only managed Kubernetes and its relatives have; kubeadm's end with the number. */
const CLOUD_VERSION = /-(eks|gke|aliyun|tke|CCE|r\d+)[-.\d]|\+(IKS|lke)/

/** What shows that a cluster isn't private, as the end of a sentence; first match wins. */
const REASONS: readonly ((facts: ClusterFacts) => string | undefined)[] = [
  ({ server }) =>
    isPublicAddress(hostOf(server)) ? `the API server has the public address ${hostOf(server)}` : undefined,
  ({ nodes = [] }) => nodes.map(whyNodePublic).find(clause => clause !== undefined),
  ({ server }) => {
    const host = hostOf(server)
    return isThisMachine(host) || host.includes(':') || /^[\d.]+$/.test(host) || LOCAL_NAME.test(host)
      ? undefined
      : `the API server's name ${host} isn't local`
  },
  facts => {
    const { nodes = [], server, version } = facts
    if (nodes.length > 0 || isMinikube(facts) !== undefined) return undefined
    if (CLOUD_VERSION.test(version))
      return `no nodes are visible, and the version ${oneLine(version, 40)} is typical of a cloud`
    if (isThisMachine(hostOf(server))) return undefined
    return facts.nodes === undefined ? "nodes can't be listed" : 'the cluster has no nodes'
  },
]

/**
 * Why the addresses of a cluster count as public, as the end of a sentence; undefined only where they are proved private.
 * `cloud` is the name of the kind of cloud it is.
 */
export function whyPublic(facts: ClusterFacts, cloud?: string): string | undefined {
  const clauses = REASONS.map(reason => reason(facts))
  return clauses.find(clause => clause !== undefined) ?? (cloud && `the cluster runs on ${cloud}`)
}
