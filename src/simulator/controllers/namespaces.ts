import type { KubeObject } from '../../kube/object.ts'
import { ALL_VERBS } from '../api/kinds.ts'
import { CRD_FINALIZER } from '../api/removal.ts'
import type { Cluster, Controller } from '../cluster.ts'
import { withCondition } from '../cluster.ts'

/** Kinds of which nothing has to go before a namespace can. */
const contents = (cluster: Cluster, namespace: string) =>
  cluster.store
    .kinds()
    .filter(({ namespaced, verbs }) => namespaced && verbs.includes('list'))
    .flatMap(kind => cluster.store.list(kind, namespace))

/** What each namespace gets, and the removal of all that is in it. */
export const namespaces: Controller = {
  kind: 'Namespace',
  related: ({ object, type }, cluster) => {
    const owner = object.metadata.namespace ? cluster.get('Namespace', undefined, object.metadata.namespace) : undefined
    return type === 'DELETED' && owner?.metadata.deletionTimestamp ? [owner] : []
  },
  reconcile: (namespace, cluster) => {
    const { name, deletionTimestamp } = namespace.metadata
    if (!deletionTimestamp) return furnish(name, cluster)
    const rest = contents(cluster, name)
    for (const object of rest) if (!object.metadata.deletionTimestamp) cluster.remove(object)
    const left = contents(cluster, name)
    if (left.length === 0) {
      // Even an empty one is "Terminating" for a while, as clients have to expect.
      cluster.after(1000, () => {
        const live = cluster.get('Namespace', undefined, name)
        if (live?.metadata.deletionTimestamp) cluster.update({ ...live, spec: { finalizers: [] } })
      })
    } else describe(namespace, left, cluster)
  },
}

function furnish(namespace: string, cluster: Cluster) {
  if (!cluster.get('ServiceAccount', namespace, 'default'))
    cluster.create({ apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'default', namespace } })
  if (!cluster.get('ConfigMap', namespace, 'kube-root-ca.crt')) {
    const metadata = { name: 'kube-root-ca.crt', namespace }
    cluster.create({ apiVersion: 'v1', kind: 'ConfigMap', metadata, data: { 'ca.crt': '' } })
  }
}

/** Says in the namespace's conditions what is still there and which finalizers hold it. */
function describe(namespace: KubeObject, left: readonly KubeObject[], cluster: Cluster) {
  const finalizers = left.flatMap(({ metadata }) => metadata.finalizers ?? [])
  if (finalizers.length === 0) return
  const counted = [...new Set(finalizers)].map(
    each => `${each} in ${finalizers.filter(other => other === each).length} resource instances`,
  )
  const remaining = {
    type: 'NamespaceFinalizersRemaining',
    status: 'True',
    reason: 'SomeFinalizersRemain',
    message: `Some content in the namespace has finalizers remaining: ${counted.join(', ')}`,
  } as const
  const conditions = namespace['status'].conditions ?? []
  const next = withCondition(conditions, remaining)
  cluster.setStatus(namespace, { ...namespace['status'], conditions: next })
}

/** Serves custom resources a moment after their definition came, and removes them before it goes. */
export const definitions: Controller = {
  kind: 'CustomResourceDefinition',
  related: ({ kind, type }, cluster) =>
    type === 'DELETED' && kind.custom
      ? cluster.list('CustomResourceDefinition').filter(({ metadata }) => metadata.deletionTimestamp)
      : [],
  reconcile: (definition, cluster) => {
    const { metadata, spec } = definition
    const { store } = cluster
    const served = store.kindOf(spec.group, spec.names.plural)
    if (metadata.deletionTimestamp) {
      const objects = served ? store.list(served) : []
      for (const object of objects) if (!object.metadata.deletionTimestamp) cluster.remove(object)
      if (served && store.list(served).length > 0) return
      if (served) store.removeKind(served)
      const finalizers = metadata.finalizers?.filter(each => each !== CRD_FINALIZER) ?? []
      return cluster.update({ ...definition, metadata: { ...metadata, finalizers } })
    }
    if (!definition['status'].conditions) {
      cluster.setStatus(definition, statusOf(definition, false))
      return
    }
    if (isEstablished(definition)) serve(definition, cluster)
    else
      cluster.after(500, () => {
        const live = cluster.get('CustomResourceDefinition', undefined, metadata.name)
        if (live && !live.metadata.deletionTimestamp) cluster.setStatus(live, statusOf(live, true))
      })
  },
}

const isEstablished = ({ status }: KubeObject) =>
  status?.conditions?.some(
    ({ type, status }: { type: string; status: string }) => type === 'Established' && status === 'True',
  )

function statusOf({ spec, status }: KubeObject, established: boolean): object {
  const accepted = { type: 'NamesAccepted', status: 'True', reason: 'NoConflicts' } as const
  const serving = established
    ? ({ type: 'Established', status: 'True', reason: 'InitialNamesAccepted' } as const)
    : ({ type: 'Established', status: 'False', reason: 'Installing' } as const)
  const conditions = [accepted, serving].reduce((all, each) => withCondition(all, each), status?.conditions ?? [])
  const stored = spec.versions.filter(({ storage }: { storage: boolean }) => storage)
  return {
    conditions,
    acceptedNames: spec.names,
    storedVersions: stored.map(({ name }: { name: string }) => name),
  }
}

function serve({ spec }: KubeObject, cluster: Cluster) {
  const { group, names, scope, versions } = spec
  const version = versions.find((each: { storage: boolean; served: boolean }) => each.storage && each.served)
  if (!version || cluster.store.kindOf(group, names.plural)?.version === version.name) return
  cluster.store.addKind({
    group,
    version: version.name,
    kind: names.kind,
    plural: names.plural,
    singular: names.singular,
    namespaced: scope === 'Namespaced',
    shortNames: names.shortNames ?? [],
    verbs: ALL_VERBS,
    status: Boolean(version.subresources?.status),
    generation: true,
    returnsDeleted: false,
    custom: true,
  })
}
