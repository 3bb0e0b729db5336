import { sh } from '../text/shell-words.ts'
import type { Ref } from './object.ts'

type Kind = { apiVersion: string; plural: string; scope: 'Cluster' | 'Namespaced'; short?: string | undefined }

const cluster = (apiVersion: string, plural: string, short?: string): Kind => {
  return { apiVersion, plural, scope: 'Cluster', short }
}
const namespaced = (apiVersion: string, plural: string, short?: string): Kind => {
  return { apiVersion, plural, scope: 'Namespaced', short }
}

/** Every kind that is read, applied or removed by name; knowing the paths saves the discovery requests. */
const KINDS = {
  ClusterRole: cluster('rbac.authorization.k8s.io/v1', 'clusterroles'),
  ClusterRoleBinding: cluster('rbac.authorization.k8s.io/v1', 'clusterrolebindings'),
  ConfigMap: namespaced('v1', 'configmaps', 'cm'),
  CustomResourceDefinition: cluster('apiextensions.k8s.io/v1', 'customresourcedefinitions', 'crd'),
  Deployment: namespaced('apps/v1', 'deployments', 'deploy'),
  EtcdCluster: namespaced('operator.etcd.io/v1alpha1', 'etcdclusters'),
  Event: namespaced('v1', 'events', 'ev'),
  Gateway: namespaced('gateway.networking.k8s.io/v1', 'gateways', 'gtw'),
  GatewayClass: cluster('gateway.networking.k8s.io/v1', 'gatewayclasses', 'gc'),
  HTTPRoute: namespaced('gateway.networking.k8s.io/v1', 'httproutes'),
  Ingress: namespaced('networking.k8s.io/v1', 'ingresses', 'ing'),
  IngressClass: cluster('networking.k8s.io/v1', 'ingressclasses'),
  Lease: namespaced('coordination.k8s.io/v1', 'leases'),
  LimitRange: namespaced('v1', 'limitranges', 'limits'),
  Namespace: cluster('v1', 'namespaces', 'ns'),
  NetworkPolicy: namespaced('networking.k8s.io/v1', 'networkpolicies', 'netpol'),
  Node: cluster('v1', 'nodes', 'no'),
  PersistentVolumeClaim: namespaced('v1', 'persistentvolumeclaims', 'pvc'),
  Pod: namespaced('v1', 'pods', 'po'),
  PodDisruptionBudget: namespaced('policy/v1', 'poddisruptionbudgets', 'pdb'),
  ReplicaSet: namespaced('apps/v1', 'replicasets', 'rs'),
  ResourceQuota: namespaced('v1', 'resourcequotas', 'quota'),
  Role: namespaced('rbac.authorization.k8s.io/v1', 'roles'),
  RoleBinding: namespaced('rbac.authorization.k8s.io/v1', 'rolebindings'),
  Secret: namespaced('v1', 'secrets'),
  Service: namespaced('v1', 'services', 'svc'),
  ServiceAccount: namespaced('v1', 'serviceaccounts', 'sa'),
  StatefulSet: namespaced('apps/v1', 'statefulsets', 'sts'),
  StorageClass: cluster('storage.k8s.io/v1', 'storageclasses', 'sc'),
} as const satisfies Record<string, Kind>

export type KindName = keyof typeof KINDS

export const isKind = (kind: string): kind is KindName => Object.hasOwn(KINDS, kind)

/** The row of a kind; throws if the table lacks it, which is a bug. */
function kindOf(kind: string): Kind {
  if (!isKind(kind)) throw new Error(`the kind ${kind} has no row in KINDS`)
  return KINDS[kind]
}

/** A reference to an object of a kind in the table. The namespace is dropped for cluster-scoped kinds. */
export function ref(kind: KindName, name: string, namespace?: string): Ref {
  const { apiVersion, scope } = kindOf(kind)
  return { apiVersion, kind, name, ...(scope === 'Namespaced' && namespace !== undefined ? { namespace } : {}) }
}

/** A kind as rights name it: its API group ('' for the core's) and plural. */
export function resourceOf(kind: string): { group: string; resource: string } {
  const { apiVersion, plural } = kindOf(kind)
  return { group: apiVersion.includes('/') ? apiVersion.split('/')[0]! : '', resource: plural }
}

/** The path of a kind's collection, in one namespace or in all. */
export function collectionPath(kind: string, namespace?: string): string {
  const { apiVersion, plural } = kindOf(kind)
  const root = apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`
  return namespace === undefined ? `${root}/${plural}` : `${root}/namespaces/${segment(namespace)}/${plural}`
}

/** A name as a part of a path. What is no well-formed text has no place in a URL, and no object is called so. */
const segment = (name: string): string => encodeURIComponent(Buffer.from(name).toString())

export const objectPath = ({ kind, name, namespace }: Ref): string =>
  `${collectionPath(kind, namespace)}/${segment(name)}`

/** How a person and kubectl name it: "deployment.apps/eg-event-gateway". */
function nameOf({ apiVersion, kind, name }: Ref): string {
  const [group] = apiVersion.split('/')
  return apiVersion.includes('/') ? `${kind.toLowerCase()}.${group}/${name}` : `${kind.toLowerCase()}/${name}`
}

/** The kubectl arguments that name it, quoted for pasting: "deployment.apps/eg-event-gateway -n default". */
export const kubectlName = (object: Ref): string =>
  sh`${nameOf(object)}` + (object.namespace === undefined ? '' : sh` -n ${object.namespace}`)

/** The same in few letters, for lists: "deploy/eg-event-gateway", without its namespace. */
export const shortName = ({ kind, name }: Ref): string => sh`${kindOf(kind).short ?? kind.toLowerCase()}/${name}`
