import { createHash, randomBytes } from 'node:crypto'
import type { KubeObject } from '../kube/object.ts'
import type { Kind } from './api/kinds.ts'
import { Refusal } from './api/refusal.ts'
import type { Access, Registry } from './api/registry.ts'
import { timestamp } from './api/registry.ts'
import type { DeleteOptions } from './api/removal.ts'
import { remove } from './api/removal.ts'
import type { Change, Store } from './api/store.ts'

/** What controllers work with: the API as one of its own clients sees it, and time. */
export type Cluster = {
  readonly store: Store
  readonly get: (kind: string, namespace: string | undefined, name: string) => KubeObject | undefined
  readonly list: (kind: string, namespace?: string) => KubeObject[]
  readonly create: (object: KubeObject) => KubeObject
  /** Replaces all but the status; nothing when the object is gone or has changed since. */
  readonly update: (object: KubeObject) => void
  readonly setStatus: (object: KubeObject, status: object) => void
  readonly remove: (object: KubeObject, options?: DeleteOptions) => void
  /** Records an Event about an object; equal ones are counted. */
  readonly event: (about: KubeObject, type: 'Normal' | 'Warning', reason: string, message: string) => void
  /** Runs it after so many ms of simulated time, unless the cluster is stopped. */
  readonly after: (ms: number, run: () => void) => () => void
  /** Real ms for simulated ones. */
  readonly real: (ms: number) => number
  readonly onStop: (run: () => void) => void
  readonly stop: () => void
}

const MANAGER = 'kube-controller-manager'

export function makeCluster(registry: Registry, speed: number): Cluster {
  const { store } = registry
  const timers = new Set<NodeJS.Timeout>()
  const ends: (() => void)[] = []
  let stopped = false
  const kindOf = (name: string): Kind => store.kinds().find(({ kind }) => kind === name)!
  const access = (subresource?: 'status'): Access => ({ manager: MANAGER, subresource })
  /** Losing against another writer is no failure: the change of the other brings the controller back. */
  const gently = (run: () => void) => {
    try {
      run()
    } catch (error) {
      if (!(error instanceof Refusal && (error.body.code === 404 || error.body.code === 409))) throw error
    }
  }
  const cluster: Cluster = {
    store,
    get: (kind, namespace, name) => store.get(kindOf(kind), namespace, name),
    list: (kind, namespace) => store.list(kindOf(kind), namespace),
    create: object => registry.create(kindOf(object.kind), object, access()),
    update: object => gently(() => registry.replace(kindOf(object.kind), object, access())),
    setStatus: (object, status) =>
      gently(() => registry.replace(kindOf(object.kind), { ...object, status } as KubeObject, access('status'))),
    remove: (object, options) => gently(() => remove(store, kindOf(object.kind), object.metadata, options)),
    event: (about, type, reason, message) => recordEvent(cluster, about, { type, reason, message }),
    after: (ms, run) => {
      if (stopped) return () => {}
      const timer = setTimeout(() => {
        timers.delete(timer)
        run()
      }, ms / speed)
      timers.add(timer)
      return () => {
        timers.delete(timer)
        clearTimeout(timer)
      }
    },
    real: ms => ms / speed,
    onStop: run => {
      ends.push(run)
    },
    stop: () => {
      stopped = true
      for (const timer of timers) clearTimeout(timer)
      for (const end of ends.splice(0)) end()
    },
  }
  return cluster
}

function recordEvent(
  cluster: Cluster,
  about: KubeObject,
  what: { type: 'Normal' | 'Warning'; reason: string; message: string },
) {
  const { apiVersion, kind, metadata } = about
  const { name, uid, namespace = 'default' } = metadata
  const now = timestamp()
  const id = createHash('sha256').update(`${uid} ${what.reason} ${what.message}`).digest('hex').slice(0, 16)
  const known = cluster.get('Event', namespace, `${name}.${id}`)
  if (known) return cluster.update({ ...known, count: known['count'] + 1, lastTimestamp: now })
  const times = { count: 1, firstTimestamp: now, lastTimestamp: now, eventTime: null }
  try {
    cluster.create({
      apiVersion: 'v1',
      kind: 'Event',
      metadata: { name: `${name}.${id}`, namespace },
      involvedObject: { apiVersion, kind, name, namespace, uid },
      ...what,
      ...times,
    })
  } catch {
    // A namespace that is going takes no events.
  }
}

/** One controller: which objects a change is about, and what to do about one of them. Keys are "namespace/name". */
export type Controller = {
  readonly kind: string
  /** Names of objects of `kind` that a change of another kind concerns. */
  readonly related?: (change: Change, cluster: Cluster) => readonly KubeObject[]
  readonly reconcile: (object: KubeObject, cluster: Cluster) => void
}

/** Runs a controller: once for each changed object, soon, and again a while after it threw. */
export function runController(cluster: Cluster, { kind, related, reconcile }: Controller): void {
  const waiting = new Map<string, KubeObject['metadata']>()
  let scheduled = false
  let stopped = false
  cluster.onStop(() => {
    stopped = true
  })
  const enqueue = (metadata: KubeObject['metadata']) => {
    waiting.set(`${metadata.namespace ?? ''}/${metadata.name}`, metadata)
    if (scheduled) return
    scheduled = true
    setImmediate(work)
  }
  const work = () => {
    scheduled = false
    const batch = [...waiting.values()]
    waiting.clear()
    for (const metadata of batch) {
      const object = stopped ? undefined : cluster.get(kind, metadata.namespace, metadata.name)
      if (!object) continue
      try {
        reconcile(object, cluster)
      } catch (error) {
        if (!(error instanceof Refusal)) throw error
        cluster.after(1000, () => enqueue(metadata))
      }
    }
  }
  cluster.onStop(
    cluster.store.watch(change => {
      if (change.kind.kind === kind) enqueue(change.object.metadata)
      else for (const object of related?.(change, cluster) ?? []) enqueue(object.metadata)
    }),
  )
  for (const object of cluster.list(kind)) enqueue(object.metadata)
}

/** The objects of `kind` that own the changed object. */
export function ownersOf({ object }: Change, kind: string, cluster: Cluster): KubeObject[] {
  const { namespace, ownerReferences = [] } = object.metadata
  return ownerReferences
    .filter(owner => owner.kind === kind)
    .map(owner => cluster.get(kind, namespace, owner.name))
    .filter(owner => owner !== undefined)
}

export const isOwnedBy = (object: KubeObject, owner: KubeObject) =>
  object.metadata.ownerReferences?.some(({ uid }) => uid === owner.metadata.uid) ?? false

export const ownerReference = ({ apiVersion, kind, metadata: { name, uid } }: KubeObject) => ({
  apiVersion,
  kind,
  name,
  uid: uid!,
  controller: true,
  blockOwnerDeletion: true,
})

const LETTERS = 'bcdfghjklmnpqrstvwxz2456789'
const spell = (bytes: Buffer, length: number) =>
  [...bytes.subarray(0, length)].map(byte => LETTERS[byte % LETTERS.length]).join('')

/** A suffix as generated names have it. */
export const randomSuffix = (length = 5) => spell(randomBytes(length), length)
/** The same suffix for the same content. */
export const contentSuffix = (content: unknown, length = 10) =>
  spell(createHash('sha256').update(JSON.stringify(content)).digest(), length)

/** Conditions with one set: its lastTransitionTime only changes with its status, and nothing when nothing changes. */
export function withCondition(conditions: readonly Condition[], set: Condition): Condition[] {
  const before = conditions.find(({ type }) => type === set.type)
  const same = before && before.status === set.status && before.reason === set.reason && before.message === set.message
  if (same) return [...conditions]
  const since = before?.status === set.status ? before.lastTransitionTime : undefined
  const stamped = { lastTransitionTime: since ?? timestamp(), ...set }
  return before ? conditions.map(each => (each === before ? stamped : each)) : [...conditions, stamped]
}

export type Condition = {
  type: string
  status: 'True' | 'False' | 'Unknown'
  reason?: string
  message?: string
  lastTransitionTime?: string
}
