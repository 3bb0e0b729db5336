import type { V1Container, V1PodSpec } from '../kube/client-node.ts'
import type { KubeObject } from '../kube/object.ts'
import type { Plan } from '../plan/plan.ts'
import { etcdLabels } from '../record/etcd-volumes.ts'

type Amounts = Readonly<Record<string, string>>

/** Pods that the plan creates. */
export type PodNeed = {
  what: string
  namespace: string
  labels: Readonly<Record<string, string>>
  count: number
  containers: readonly { name: string; image: string; requests: Amounts; limits: Amounts }[]
  /** The strictest Pod Security level that lets them in. */
  level: 'baseline' | 'restricted'
}

/** Volume claims that the plan creates. */
export type ClaimNeed = { namespace: string; count: number; size: string; className: string | undefined }

const objectsOf = (plan: Plan, kind: string): KubeObject[] =>
  plan.stages.flatMap(({ objects }) => objects.filter(object => object.kind === kind))

/** The pods of the plan's workloads, and those that the operator makes of an EtcdCluster. */
export const podNeeds = (plan: Plan): PodNeed[] => [
  ...['Deployment', 'StatefulSet'].flatMap(kind => objectsOf(plan, kind).map(podsOfTemplate)),
  ...objectsOf(plan, 'EtcdCluster').map(podsOfOperator),
]

function podsOfTemplate({ metadata, spec }: KubeObject): PodNeed {
  const pod: V1PodSpec = spec.template.spec
  return {
    what: metadata.name,
    namespace: metadata.namespace ?? '',
    labels: spec.selector.matchLabels,
    count: spec.replicas,
    containers: pod.containers.map(({ name, image = '', resources }) => ({
      name,
      image,
      requests: resources?.requests ?? {},
      limits: resources?.limits ?? {},
    })),
    level: isRestricted(pod) ? 'restricted' : 'baseline',
  }
}

/** etcd-operator v0.2.0 gives its pods neither resources nor a security context, and no way to set them. */
const podsOfOperator = ({ metadata, spec }: KubeObject): PodNeed => ({
  what: metadata.name,
  namespace: metadata.namespace ?? '',
  labels: etcdLabels(metadata.name),
  count: spec.size,
  containers: [{ name: 'etcd', image: `${spec.imageRegistry}:${spec.version}`, requests: {}, limits: {} }],
  level: 'baseline',
})

/** As much of the level `restricted` as our templates could miss. */
function isRestricted({ securityContext, containers }: V1PodSpec): boolean {
  const isConfined = ({ securityContext: own }: V1Container) =>
    own?.allowPrivilegeEscalation === false && (own.capabilities?.drop ?? []).includes('ALL')
  return (
    securityContext?.runAsNonRoot === true &&
    securityContext.seccompProfile?.type === 'RuntimeDefault' &&
    containers.every(isConfined)
  )
}

/** The volume claims of etcd, created by the operator or the StatefulSet controller. */
export const claimNeeds = (plan: Plan): ClaimNeed[] => [
  ...objectsOf(plan, 'EtcdCluster').map(({ metadata, spec }) => ({
    namespace: metadata.namespace ?? '',
    count: spec.size,
    size: spec.storageSpec.volumeSizeRequest,
    className: spec.storageSpec.storageClassName,
  })),
  ...objectsOf(plan, 'StatefulSet').flatMap(({ metadata, spec }) =>
    ((spec.volumeClaimTemplates ?? []) as KubeObject[]).map(({ spec: claim }) => ({
      namespace: metadata.namespace ?? '',
      count: spec.replicas,
      size: claim.resources.requests.storage,
      className: claim.storageClassName,
    })),
  ),
]

/** Whether the plan leaves etcd to the operator, which has limits of its own. */
export const usesOperator = (plan: Plan): boolean => objectsOf(plan, 'EtcdCluster').length > 0
