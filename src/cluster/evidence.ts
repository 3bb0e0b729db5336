import { type ClusterFacts, hostOf, isThisMachine } from './facts.ts'
import { isForeign } from './public-node.ts'

/**
 * What shows that a cluster is of some kind, as the end of a sentence; undefined where it is not there. Texts of the
 * cluster itself are never part of it. No sign looks at the name of the context: that is the person's to choose.
 */
export type Evidence = (facts: ClusterFacts) => string | undefined

const when =
  (clause: string, test: (facts: ClusterFacts) => boolean): Evidence =>
  facts =>
    test(facts) ? clause : undefined

/** "kind://" and "k3d-" mean whatever begins so; "k3s://colima" means itself and "k3s://colima-work". */
const fits = (text: string, pattern: string): boolean =>
  text === pattern || text.startsWith(/\W$/.test(pattern) ? pattern : `${pattern}-`)

/** A label by its whole key, or any label of a domain. */
export const nodeLabel = (key: string): Evidence =>
  when(key.includes('/') ? `detected by node label ${key}` : `detected by node labels ${key}/*`, ({ nodes = [] }) =>
    nodes.some(({ labels }) => key in labels || Object.keys(labels).some(each => each.startsWith(`${key}/`))),
  )

/** spec.providerID of a node, which the cloud or the tool that made the node has set. */
export const providerId = (id: string): Evidence =>
  when(`detected by node provider ID ${id}`, ({ nodes = [] }) => nodes.some(node => fits(node.providerId, id)))

/** A provider ID of a cloud. */
export const foreignProvider: Evidence = when('detected by node provider IDs of a cloud', ({ nodes = [] }) =>
  nodes.some(({ providerId }) => isForeign(providerId)),
)

export const nodeName = (name: string): Evidence =>
  when(`detected by node name ${name}`, ({ nodes = [] }) => nodes.some(node => node.name === name))

/** A part of gitVersion. */
export const serverVersion = (part: string): Evidence =>
  when(`detected by Kubernetes version ${part}`, ({ version }) => version.includes(part))

/** The domain of the API server. */
export const serverDomain = (domain: string): Evidence =>
  when(`detected by API server domain ${domain}`, ({ server }) => `.${hostOf(server)}`.endsWith(`.${domain}`))

export const apiGroup = (group: string): Evidence =>
  when(`detected by API group ${group}`, ({ groups = [] }) => groups.includes(group))

/** The kubeconfig's entry of the cluster, as a local tool names it: proves nothing unless the server is on this machine. */
export const kubeconfigCluster = (name: string): Evidence =>
  when(
    `detected by kubeconfig entry ${name} and a local API server`,
    ({ cluster, server }) => fits(cluster, name) && isThisMachine(hostOf(server)),
  )

/** The first sign that is there. */
export const anyOf =
  (...signs: readonly Evidence[]): Evidence =>
  facts => {
    for (const sign of signs) {
      const clause = sign(facts)
      if (clause !== undefined) return clause
    }
    return undefined
  }

/** The last of them, where all are there. */
export const allOf =
  (...signs: readonly Evidence[]): Evidence =>
  facts =>
    signs.every(sign => sign(facts) !== undefined) ? signs.at(-1)?.(facts) : undefined

/** The sign where an exception isn't there. */
export const unless =
  (exception: Evidence, sign: Evidence): Evidence =>
  facts =>
    exception(facts) === undefined ? sign(facts) : undefined

/** Counts only where no node can be seen: nodes know better. */
export const ifNodesHidden =
  (...signs: readonly Evidence[]): Evidence =>
  facts =>
    facts.nodes === undefined || facts.nodes.length === 0 ? anyOf(...signs)(facts) : undefined

/** minikube's label; where nodes cannot be seen its mark on the kubeconfig's cluster, which goes where the server goes. */
export const isMinikube: Evidence = anyOf(
  nodeLabel('minikube.k8s.io/name'),
  ifNodesHidden(
    when("detected by minikube's kubeconfig entry", ({ extensions }) =>
      extensions.some(({ name, extension }) => name === 'cluster_info' && providerOf(extension) === MINIKUBE),
    ),
  ),
)

/**
 * Drivers whose node cannot be reached forward the API server's port to this machine or to that of Docker
 * (kubernetes/minikube:pkg/minikube/driver/driver.go, NeedsPortForward).
 */
export const remoteMinikube: Evidence = allOf(
  isMinikube,
  when("detected by an API server address that differs from the minikube node's", ({ nodes = [], server }) => {
    const host = hostOf(server)
    // With several control planes the server has an address of its own in the network of the nodes.
    const [network] = /^(\d+\.){3}/.exec(host) ?? []
    const isNear = nodes.some(({ addresses }) => addresses.some(({ address }) => address.startsWith(network ?? host)))
    return !isNear && (isThisMachine(host) || nodes.length > 0)
  }),
)

const MINIKUBE = 'minikube.sigs.k8s.io'
const providerOf = (extension: unknown) => (extension as { provider?: unknown } | null)?.provider
