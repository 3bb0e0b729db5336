/** One resource that the API serves. */
export type Kind = {
  readonly group: string
  readonly version: string
  readonly kind: string
  readonly plural: string
  readonly singular: string
  readonly namespaced: boolean
  readonly shortNames: readonly string[]
  readonly verbs: readonly string[]
  /** Has a /status subresource, so that status cannot be written otherwise. */
  readonly status: boolean
  /** metadata.generation counts the changes of its spec. */
  readonly generation: boolean
  /** DELETE answers with the object instead of a Status. */
  readonly returnsDeleted: boolean
  /** Of a CustomResourceDefinition. */
  readonly custom?: true
}

/** "apps/v1", or "v1" for the core group. */
export const apiVersionOf = ({ group, version }: Pick<Kind, 'group' | 'version'>) =>
  group === '' ? version : `${group}/${version}`

/** "deployments.apps", or "services" for the core group. */
export const resourceOf = ({ group, plural }: Pick<Kind, 'group' | 'plural'>) =>
  group === '' ? plural : `${plural}.${group}`

export const ALL_VERBS = ['create', 'delete', 'get', 'list', 'patch', 'update'] as const

/** Flags: c cluster-wide, s status subresource, g generation, d DELETE returns the object, p can only be posted. */
function rows(group: string, version: string, lines: string): Kind[] {
  return lines
    .trim()
    .split('\n')
    .map(line => {
      const [kind = '', plural = '', flags = '', ...shortNames] = line.trim().split(/\s+/)
      const verbs = flags.includes('p') ? (['create'] as const) : ALL_VERBS
      return {
        group,
        version,
        kind,
        plural,
        singular: kind.toLowerCase(),
        namespaced: !flags.includes('c'),
        shortNames,
        verbs,
        status: flags.includes('s'),
        generation: flags.includes('g'),
        returnsDeleted: flags.includes('d'),
      }
    })
}

/** What a real API server of 1.34 serves of the groups that eg-setup meets; custom resources come on top. */
export const KINDS: readonly Kind[] = [
  ...rows(
    '',
    'v1',
    `Namespace namespaces csd ns
     Node nodes cs no
     Service services sd svc
     ConfigMap configmaps - cm
     Secret secrets -
     ServiceAccount serviceaccounts d sa
     Pod pods sgd po
     PersistentVolumeClaim persistentvolumeclaims sd pvc
     PersistentVolume persistentvolumes csd pv
     Event events - ev
     ResourceQuota resourcequotas sd quota
     LimitRange limitranges - limits
     Endpoints endpoints - ep`,
  ),
  ...rows(
    'apps',
    'v1',
    `Deployment deployments sg deploy
     ReplicaSet replicasets sg rs
     StatefulSet statefulsets sg sts`,
  ),
  ...rows(
    'rbac.authorization.k8s.io',
    'v1',
    `Role roles -
     RoleBinding rolebindings -
     ClusterRole clusterroles c
     ClusterRoleBinding clusterrolebindings c`,
  ),
  ...rows('apiextensions.k8s.io', 'v1', 'CustomResourceDefinition customresourcedefinitions csg crd crds'),
  ...rows('coordination.k8s.io', 'v1', 'Lease leases -'),
  ...rows(
    'networking.k8s.io',
    'v1',
    `NetworkPolicy networkpolicies g netpol
     Ingress ingresses sg ing
     IngressClass ingressclasses cg`,
  ),
  ...rows('discovery.k8s.io', 'v1', 'EndpointSlice endpointslices g'),
  ...rows('policy', 'v1', 'PodDisruptionBudget poddisruptionbudgets sg pdb'),
  ...rows('storage.k8s.io', 'v1', 'StorageClass storageclasses cd sc'),
  ...rows('authorization.k8s.io', 'v1', 'SelfSubjectAccessReview selfsubjectaccessreviews cp'),
]
