import type { Exposure } from '../endpoints/exposures.ts'
import type { ClusterFacts } from './facts.ts'

/** A kind of cluster: how it is recognised, and how services are best reached there. */
export type Flavour = {
  id: string
  label: string
  exposure: Exposure
  /** What shows that the cluster is one, as the end of a sentence; undefined where nothing does. */
  evidence: (facts: ClusterFacts) => string | undefined
}

const someNode = (facts: ClusterFacts, test: (node: NonNullable<ClusterFacts['nodes']>[number]) => boolean): boolean =>
  facts.nodes?.some(test) ?? false

const MINIKUBE = 'minikube.sigs.k8s.io'
const isMinikube = (extension: unknown): boolean => (extension as { provider?: unknown } | null)?.provider === MINIKUBE

/** Most specific first; the last row takes whatever is left. Evidence comes from what a cluster is, not from names. */
export const FLAVOURS = [
  {
    id: 'minikube',
    label: 'minikube',
    exposure: 'node-port',
    evidence: facts => {
      if (someNode(facts, ({ labels }) => 'minikube.k8s.io/name' in labels))
        return 'its node carries the label minikube.k8s.io/name'
      return facts.extensions.some(({ extension }) => isMinikube(extension))
        ? 'minikube wrote its kubeconfig entry'
        : undefined
    },
  },
  {
    id: 'kind',
    label: 'kind',
    exposure: 'node-port',
    evidence: facts =>
      someNode(facts, ({ providerId }) => providerId.startsWith('kind://')) ? 'its nodes are kind://' : undefined,
  },
  {
    id: 'cloud',
    label: "a cloud provider's cluster",
    exposure: 'load-balancer',
    evidence: facts => {
      const cloud = /^(aws|gce|azure|digitalocean|hcloud|linode|openstack|ibm|oci):\/\//
      return someNode(facts, ({ providerId }) => cloud.test(providerId))
        ? "its nodes are a cloud provider's"
        : undefined
    },
  },
  {
    id: 'other',
    label: 'a Kubernetes cluster',
    exposure: 'node-port',
    evidence: () => 'nothing more specific matched',
  },
] as const satisfies readonly Flavour[]

/** The first flavour whose evidence is there, and that evidence. */
export function detect(facts: ClusterFacts): { flavour: Flavour; because: string } {
  for (const flavour of FLAVOURS) {
    const because = flavour.evidence(facts)
    if (because !== undefined) return { flavour, because }
  }
  throw new Error('the last flavour takes every cluster')
}
