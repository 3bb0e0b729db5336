import type { KubeObject } from '../../kube/object.ts'
import type { Kind } from './kinds.ts'
import { forbidden, notFound } from './refusal.ts'
import type { Store } from './store.ts'

export const DEFAULT_CLASS = 'storageclass.kubernetes.io/is-default-class'

/** Why an object may not be created, in the words of the API server; undefined if it may. */
export type Admission = (store: Store, kind: Kind, object: KubeObject) => string | undefined

/** By kind: the status of a new object. */
const STATUS: Readonly<Record<string, object>> = {
  PersistentVolumeClaim: { phase: 'Pending' },
  Pod: { phase: 'Pending', qosClass: 'BestEffort' },
  Namespace: { phase: 'Active' },
  Service: { loadBalancer: {} },
  Ingress: { loadBalancer: {} },
  Deployment: {},
  ReplicaSet: { replicas: 0 },
  StatefulSet: { replicas: 0, availableReplicas: 0 },
  PodDisruptionBudget: { disruptionsAllowed: 0, currentHealthy: 0, desiredHealthy: 0, expectedPods: 0 },
  CustomResourceDefinition: { conditions: null, acceptedNames: { plural: '', kind: '' }, storedVersions: [] },
}

/** A new object as it is stored; throws a Refusal where its namespace or `admission` says no. */
export function admit(store: Store, kind: Kind, object: KubeObject, admission: Admission): KubeObject {
  const { name, namespace = '' } = object.metadata
  if (kind.namespaced) {
    const namespaces = store.kindOf('', 'namespaces')!
    const found = store.get(namespaces, undefined, namespace)
    if (!found) throw notFound(namespaces, namespace)
    if (found.metadata.deletionTimestamp) {
      const why = `unable to create new content in namespace ${namespace} because it is being terminated`
      const message = `namespace ${namespace} is being terminated`
      throw forbidden(kind, name, why, [{ reason: 'NamespaceTerminating', message, field: 'metadata.namespace' }])
    }
  }
  const why = admission(store, kind, object)
  if (why) throw forbidden(kind, name, why)
  if (kind.custom) return object
  const status = STATUS[kind.kind]
  const admitted = { ...object, ...(status ? { status } : {}) }
  return kind.kind === 'PersistentVolumeClaim' ? withClass(store, admitted) : admitted
}

/** A claim with the default StorageClass, and protected while a pod uses it. */
function withClass(store: Store, claim: KubeObject): KubeObject {
  const classes = store.list(store.kindOf('storage.k8s.io', 'storageclasses')!)
  const chosen = classes.find(({ metadata }) => metadata.annotations?.[DEFAULT_CLASS] === 'true')
  const finalizers = [...(claim.metadata.finalizers ?? []), 'kubernetes.io/pvc-protection']
  const spec = { ...(chosen ? { storageClassName: chosen.metadata.name } : {}), ...claim['spec'] }
  return { ...claim, metadata: { ...claim.metadata, finalizers }, spec }
}
