import type { KubeObject } from '../../kube/object.ts'
import type { Kind } from './kinds.ts'
import { KINDS, resourceOf } from './kinds.ts'

export type Change = { type: 'ADDED' | 'MODIFIED' | 'DELETED'; kind: Kind; object: KubeObject }

/** The objects of the cluster by kind, and who wants to know of changes. Objects in it are replaced, never changed. */
export type Store = {
  readonly kinds: () => readonly Kind[]
  /** Serves a custom resource. */
  readonly addKind: (kind: Kind) => void
  readonly removeKind: (kind: Kind) => void
  /** The kind of a resource, e.g. ('apps', 'deployments'). */
  readonly kindOf: (group: string, plural: string) => Kind | undefined
  readonly get: (kind: Kind, namespace: string | undefined, name: string) => KubeObject | undefined
  /** In no order that anyone may count on. */
  readonly list: (kind: Kind, namespace?: string) => KubeObject[]
  /** Stores it under a new resourceVersion. */
  readonly put: (kind: Kind, object: KubeObject) => KubeObject
  readonly drop: (kind: Kind, object: KubeObject) => KubeObject
  readonly revision: () => string
  /** Tells of every change, in order; gives the way to stop that. */
  readonly watch: (listener: (change: Change) => void) => () => void
}

const keyOf = (kind: Kind, namespace: string | undefined, name: string) =>
  kind.namespaced ? `${namespace}/${name}` : name

export function makeStore(): Store {
  const kinds = [...KINDS]
  const objects = new Map<string, Map<string, KubeObject>>()
  const listeners = new Set<(change: Change) => void>()
  let revision = 1

  const shelf = (kind: Kind) => {
    const name = resourceOf(kind)
    const found = objects.get(name)
    if (found) return found
    const made = new Map<string, KubeObject>()
    objects.set(name, made)
    return made
  }
  const tell = (change: Change) => {
    for (const listener of [...listeners]) listener(change)
  }
  const next = (object: KubeObject): KubeObject => ({
    ...object,
    metadata: { ...object.metadata, resourceVersion: String(++revision) },
  })

  return {
    kinds: () => kinds,
    addKind: kind => {
      kinds.push(kind)
    },
    removeKind: kind => {
      kinds.splice(kinds.indexOf(kind), 1)
      objects.delete(resourceOf(kind))
    },
    kindOf: (group, plural) => kinds.find(kind => kind.group === group && kind.plural === plural),
    get: (kind, namespace, name) => shelf(kind).get(keyOf(kind, namespace, name)),
    list: (kind, namespace) =>
      [...shelf(kind).values()].filter(({ metadata }) => namespace === undefined || metadata.namespace === namespace),
    put: (kind, object) => {
      const key = keyOf(kind, object.metadata.namespace, object.metadata.name)
      const type = shelf(kind).has(key) ? 'MODIFIED' : 'ADDED'
      const stored = next(object)
      shelf(kind).set(key, stored)
      tell({ type, kind, object: stored })
      return stored
    },
    drop: (kind, object) => {
      shelf(kind).delete(keyOf(kind, object.metadata.namespace, object.metadata.name))
      const last = next(object)
      tell({ type: 'DELETED', kind, object: last })
      return last
    },
    revision: () => String(revision),
    watch: listener => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
  }
}
