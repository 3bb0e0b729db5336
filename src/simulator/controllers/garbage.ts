import type { KubeObject } from '../../kube/object.ts'
import type { Change } from '../api/store.ts'
import type { Cluster } from '../cluster.ts'

/**
 * Garbage collection in the background: what an object owned goes after it. An owner is known by its uid alone, so that an
 * object whose owner never existed or was replaced goes as well.
 */
export function collectGarbage(cluster: Cluster): void {
  const living = new Set<string>()
  /** Objects by the uid of each owner. */
  const owned = new Map<string, Map<string, KubeObject>>()
  const waiting = new Map<string, Change>()

  const note = ({ type, object }: Change) => {
    const { uid = '', ownerReferences = [] } = object.metadata
    if (type === 'DELETED') living.delete(uid)
    else living.add(uid)
    for (const { uid: owner } of ownerReferences) {
      const dependants = owned.get(owner) ?? new Map<string, KubeObject>()
      owned.set(owner, dependants)
      if (type === 'DELETED') dependants.delete(uid)
      else dependants.set(uid, object)
    }
  }
  const collect = (object: KubeObject) => {
    const { ownerReferences = [], ...metadata } = object.metadata
    if (ownerReferences.length === 0 || metadata.deletionTimestamp) return
    const left = ownerReferences.filter(({ uid }) => living.has(uid))
    if (left.length === 0) return cluster.remove(object)
    if (left.length < ownerReferences.length)
      cluster.update({ ...object, metadata: { ...metadata, ownerReferences: left } })
  }
  const work = () => {
    const batch = [...waiting.values()]
    waiting.clear()
    for (const { type, kind, object } of batch) {
      const { namespace, name, uid = '' } = object.metadata
      const live = cluster.store.get(kind, namespace, name)
      if (type === 'DELETED') for (const dependant of owned.get(uid)?.values() ?? []) collect(dependant)
      else if (live?.metadata.uid === uid) collect(live)
    }
  }
  cluster.onStop(
    cluster.store.watch(change => {
      note(change)
      if (waiting.size === 0) setImmediate(work)
      waiting.set(change.object.metadata.uid!, change)
    }),
  )
}
