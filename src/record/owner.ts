import { ref } from '../kube/kinds.ts'
import type { KubeObject, Ref } from '../kube/object.ts'
import { MANAGED_BY, MANAGER, OPERATOR_NAMESPACE, PART_OF } from '../names.ts'
import type { Engine } from '../plan/engine.ts'

export const isLabelledOurs = (object: KubeObject): boolean => object.metadata.labels?.[MANAGED_BY] === MANAGER

/**
 * The engine that made an object: ourselves by our label, helm where it is of the release that the guide makes of it, in its
 * namespace; undefined where it is somebody else's.
 */
export function ownerOf({ metadata }: KubeObject): Engine | undefined {
  const { labels = {}, annotations = {}, namespace = OPERATOR_NAMESPACE } = metadata
  if (labels[MANAGED_BY] === MANAGER) return 'builtin'
  const isOfRelease =
    labels[MANAGED_BY] === 'Helm' &&
    labels[PART_OF] === 'event-gateway' &&
    annotations['meta.helm.sh/release-name'] === labels['app.kubernetes.io/instance'] &&
    annotations['meta.helm.sh/release-namespace'] === namespace
  return isOfRelease ? 'helm' : undefined
}

/** The operator that eg-setup installs. */
export const OUR_OPERATOR = ref('Deployment', 'etcd-operator-controller-manager', OPERATOR_NAMESPACE)

/** The Deployment that runs an etcd operator, ours or another's, and the labels of its pods. */
export type OperatorWorkload = { readonly workload: Ref; readonly podLabels: Readonly<Record<string, string>> }
