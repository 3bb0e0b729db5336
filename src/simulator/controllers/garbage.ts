import type { KubeObject } from '../../kube/object.ts'
import type { Change } from '../api/store.ts'
import type { Cluster } from '../cluster.ts'

/**
 * Garbage collection: what an object owned goes after it (background), before it (foreground) or stays (orphan). An owner
 * is known by its uid alone, so that an object whose owner never existed or was replaced goes as well.
 */
export function collectGarbage(cluster: Cluster): void {
  /** By the uid of the owner. */
  const owned = new Map<string, Map<string, KubeObject>>()
  const living = new Set<string>()
  /** Being deleted, by uid. */
  const going = new Map<string, Change>()
  let scheduled = false
  const waiting = new Map<string, Change>()

  const note = (change: Change) => {
    const { type, object } = change
    const { uid = '', ownerReferences = [] } = object.metadata
    if (type === 'DELETED') living.delete(uid)
    else living.add(uid)
    if (type !== 'DELETED' && object.metadata.deletionTimestamp) going.set(uid, change)
    else going.delete(uid)
    for (const { uid: owner } of ownerReferences) {
      const dependants = owned.get(owner) ?? new Map<string, KubeObject>()
      owned.set(owner, dependants)
      if (type === 'DELETED') dependants.delete(uid)
      else dependants.set(uid, object)
    }
  }
  const dependantsOf = ({ metadata }: KubeObject) => [...(owned.get(metadata.uid!)?.values() ?? [])]
  const look = ({ type, object }: Change) => {
    const { finalizers = [], ownerReferences = [] } = object.metadata
    if (type === 'DELETED') {
      for (const dependant of dependantsOf(object)) release(dependant, object)
      for (const { uid } of ownerReferences) if (going.has(uid)) waiting.set(uid, going.get(uid)!)
      if (waiting.size > 0) schedule()
      return
    }
    if (!object.metadata.deletionTimestamp) {
      if (ownerReferences.length > 0 && ownerReferences.every(({ uid }) => !living.has(uid))) cluster.remove(object)
      return
    }
    if (finalizers.includes('orphan')) {
      for (const dependant of dependantsOf(object)) release(dependant, object, true)
      finish(object, 'orphan')
    } else if (finalizers.includes('foregroundDeletion')) {
      const rest = dependantsOf(object)
      for (const dependant of rest)
        if (!dependant.metadata.deletionTimestamp) cluster.remove(dependant, { propagationPolicy: 'Foreground' })
      const blocking = dependantsOf(object).filter(({ metadata }) =>
        metadata.ownerReferences?.some(
          ({ uid, blockOwnerDeletion }) => uid === object.metadata.uid && blockOwnerDeletion,
        ),
      )
      if (blocking.length === 0) finish(object, 'foregroundDeletion')
    }
  }
  const release = (dependant: KubeObject, owner: KubeObject, keep = false) => {
    const others = dependant.metadata.ownerReferences?.filter(({ uid }) => uid !== owner.metadata.uid) ?? []
    if (!keep && others.every(({ uid }) => !living.has(uid))) return cluster.remove(dependant)
    const { ownerReferences: _, ...metadata } = dependant.metadata
    const kept = others.length > 0 ? { ...metadata, ownerReferences: others } : metadata
    cluster.update({ ...dependant, metadata: kept } as KubeObject)
  }
  const finish = (object: KubeObject, finalizer: string) => {
    const live = cluster.get(object.kind, object.metadata.namespace, object.metadata.name)
    const finalizers = live?.metadata.finalizers?.filter(each => each !== finalizer)
    if (live && finalizers) cluster.update({ ...live, metadata: { ...live.metadata, finalizers } })
  }
  const schedule = () => {
    if (!scheduled) setImmediate(work)
    scheduled = true
  }
  const work = () => {
    scheduled = false
    const batch = [...waiting.values()]
    waiting.clear()
    for (const { type, kind, object } of batch) {
      const { namespace, name, uid } = object.metadata
      const live = cluster.store.get(kind, namespace, name)
      if (type === 'DELETED') look({ type, kind, object })
      else if (live?.metadata.uid === uid) look({ type, kind, object: live! })
    }
  }
  cluster.onStop(
    cluster.store.watch(change => {
      note(change)
      if (
        change.type !== 'DELETED' &&
        !change.object.metadata.ownerReferences &&
        !change.object.metadata.deletionTimestamp
      )
        return
      waiting.set(change.object.metadata.uid!, change)
      schedule()
    }),
  )
}
