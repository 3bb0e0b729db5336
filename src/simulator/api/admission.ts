import type { KubeObject } from '../../kube/object.ts'
import type { Kind } from './kinds.ts'
import { podSecurityProblem } from './pod-security.ts'
import { quotaProblem } from './quota.ts'
import { forbidden, notFound } from './refusal.ts'
import type { Store } from './store.ts'

export const DEFAULT_CLASS = 'storageclass.kubernetes.io/is-default-class'

/** By kind: what admission plugins do to a new object. */
const PLUGINS: Readonly<Record<string, (store: Store, kind: Kind, object: KubeObject) => KubeObject>> = {
  PersistentVolumeClaim: (store, _, object) => {
    const classes = store.list(store.kindOf('storage.k8s.io', 'storageclasses')!)
    const chosen = classes.find(({ metadata }) => metadata.annotations?.[DEFAULT_CLASS] === 'true')
    const finalizers = [...(object.metadata.finalizers ?? []), 'kubernetes.io/pvc-protection']
    const spec = { storageClassName: chosen?.metadata.name, ...object['spec'] }
    if (spec.storageClassName === undefined) delete spec.storageClassName
    return { ...object, metadata: { ...object.metadata, finalizers }, spec, status: { phase: 'Pending' } }
  },
  Pod: (store, kind, object) => {
    const account = object['spec'].serviceAccountName ?? 'default'
    const { name, namespace } = object.metadata
    if (!store.get(store.kindOf('', 'serviceaccounts')!, namespace, account)) {
      const why = `error looking up service account ${namespace}/${account}: serviceaccount "${account}" not found`
      throw forbidden(kind, name, why)
    }
    const unsafe = podSecurityProblem(object, store.get(store.kindOf('', 'namespaces')!, undefined, namespace ?? ''))
    if (unsafe) throw forbidden(kind, name, unsafe)
    return { ...object, status: { phase: 'Pending', qosClass: 'BestEffort' } }
  },
  Namespace: (_, __, object) => ({ ...object, status: { phase: 'Active' } }),
  Service: (_, __, object) => ({ ...object, status: { loadBalancer: {} } }),
  Ingress: (_, __, object) => ({ ...object, status: { loadBalancer: {} } }),
  Deployment: (_, __, object) => ({ ...object, status: {} }),
  ReplicaSet: (_, __, object) => ({ ...object, status: { replicas: 0 } }),
  StatefulSet: (_, __, object) => ({ ...object, status: { replicas: 0, availableReplicas: 0 } }),
  PodDisruptionBudget: (_, __, object) => ({
    ...object,
    status: { disruptionsAllowed: 0, currentHealthy: 0, desiredHealthy: 0, expectedPods: 0 },
  }),
  CustomResourceDefinition: (_, __, object) => {
    const stored = object['spec'].versions.filter(({ storage }: { storage: boolean }) => storage)
    const storedVersions = stored.map(({ name }: { name: string }) => name)
    return { ...object, status: { conditions: null, acceptedNames: { plural: '', kind: '' }, storedVersions } }
  },
}

/** What happens to a new object before it is validated; throws a Refusal where the namespace or a plugin says no. */
export function admit(store: Store, kind: Kind, object: KubeObject): KubeObject {
  const { name, namespace } = object.metadata
  if (kind.namespaced) {
    const namespaces = store.kindOf('', 'namespaces')!
    const found = store.get(namespaces, undefined, namespace ?? '')
    if (!found) throw notFound(namespaces, namespace ?? '')
    if (found.metadata.deletionTimestamp) {
      const why = `unable to create new content in namespace ${namespace} because it is being terminated`
      const message = `namespace ${namespace} is being terminated`
      throw forbidden(kind, name, why, [{ reason: 'NamespaceTerminating', message, field: 'metadata.namespace' }])
    }
  }
  const admitted = (kind.schema ? undefined : PLUGINS[kind.kind])?.(store, kind, object) ?? object
  const over = kind.namespaced ? quotaProblem(store, kind, admitted) : undefined
  if (over) throw forbidden(kind, name, over)
  return admitted
}
