import { randomUUID } from 'node:crypto'
import { isDeepStrictEqual } from 'node:util'
import type { KubeObject } from '../../kube/object.ts'
import type { Admission } from './admission.ts'
import { admit } from './admission.ts'
import type { Writer } from './apply.ts'
import { applyConfig, trackUpdate } from './apply.ts'
import { withDefaults } from './defaults.ts'
import type { Kind } from './kinds.ts'
import { alreadyExists, conflict, notFound } from './refusal.ts'
import type { ServiceAddresses } from './services.ts'
import type { Store } from './store.ts'

/** How an object is written: by which field manager, for real or not, through which subresource. */
export type Access = { manager: string; dryRun?: boolean; subresource?: 'status' | undefined }

/** The writing verbs of the API, for requests and controllers alike. All throw a Refusal. */
export type Registry = {
  readonly store: Store
  readonly create: (kind: Kind, object: KubeObject, access: Access) => KubeObject
  /** PUT: replaces an existing object. */
  readonly replace: (kind: Kind, object: KubeObject, access: Access) => KubeObject
  /** Server-side apply; creates what does not exist. */
  readonly apply: (
    kind: Kind,
    config: KubeObject,
    access: Access & { force: boolean },
  ) => { object: KubeObject; created: boolean }
  /** PATCH: the result of `change` replaces the object. */
  readonly patch: (kind: Kind, at: At, change: (live: KubeObject) => KubeObject, access: Access) => KubeObject
}

export type At = { namespace?: string | undefined; name: string }

/** Time in RFC 3339 with seconds, as Kubernetes writes it. */
export const timestamp = (ms = Date.now()) => new Date(ms).toISOString().replace(/\.\d+Z$/, 'Z')

/** Whether only deletion was waiting for the finalizers that are now gone. */
const isFinished = ({ kind, metadata, spec }: KubeObject) =>
  metadata.deletionTimestamp !== undefined &&
  !metadata.finalizers?.length &&
  !metadata.deletionGracePeriodSeconds &&
  !(kind === 'Namespace' && spec.finalizers?.length)

const specOf = ({ metadata: _, status: __, ...rest }: KubeObject) => rest

const writerOf = ({ manager, subresource }: Access, operation: Writer['operation']): Writer => ({
  manager,
  operation,
  time: timestamp(),
  ...(subresource ? { subresource } : {}),
})

/** A new object's identity. */
function fresh(kind: Kind, { status, ...object }: KubeObject): KubeObject {
  const { resourceVersion: _, managedFields: __, ...metadata } = object.metadata
  const made = { ...metadata, uid: randomUUID(), creationTimestamp: timestamp() }
  return { ...object, metadata: made, ...(kind.status || status === undefined ? {} : { status }) } as KubeObject
}

/** What a write through this path may change of `live`. */
function within(kind: Kind, live: KubeObject, asked: KubeObject, access: Access): KubeObject {
  const { resourceVersion, uid } = asked.metadata
  const { name } = live.metadata
  if (uid && uid !== live.metadata.uid) throw conflict(kind, name, `Precondition failed: UID in precondition: ${uid}`)
  if (resourceVersion && resourceVersion !== live.metadata.resourceVersion)
    throw conflict(
      kind,
      name,
      'the object has been modified; please apply your changes to the latest version and try again',
    )
  if (access.subresource === 'status') return { ...live, status: asked['status'] }
  const own = ['uid', 'resourceVersion', 'creationTimestamp', 'deletionTimestamp', 'deletionGracePeriodSeconds']
  const metadata: Record<string, unknown> = { ...asked.metadata }
  for (const field of [...own, 'generation', 'managedFields'])
    metadata[field] = live.metadata[field as keyof KubeObject['metadata']]
  const status = kind.status ? live['status'] : asked['status']
  return withoutUndefined({ ...asked, metadata: withoutUndefined(metadata), status }) as KubeObject
}

const withoutUndefined = (object: object) =>
  Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined))

export function makeRegistry(store: Store, addresses: ServiceAddresses, admission: Admission): Registry {
  /** Defaults, generation, storage: what all writes have in common. */
  function commit(kind: Kind, live: KubeObject | undefined, asked: KubeObject, access: Access & { tracked?: true }) {
    const next = withDefaults(asked, kind.custom === true)
    if (kind.kind === 'Service') addresses.assign(live, next)
    if (!live && store.get(kind, next.metadata.namespace, next.metadata.name))
      throw alreadyExists(kind, next.metadata.name)
    if (kind.generation) {
      const generation = live?.metadata.generation ?? 1
      next.metadata.generation = isDeepStrictEqual(specOf(live ?? next), specOf(next)) ? generation : generation + 1
    }
    const tracked = access.tracked ? next : trackUpdate(kind, live, next, writerOf(access, 'Update'))
    if (live && isDeepStrictEqual(live, tracked)) return live
    if (access.dryRun) return tracked
    return live && isFinished(tracked) ? store.drop(kind, tracked) : store.put(kind, tracked)
  }

  const find = (kind: Kind, { namespace, name }: At) => {
    const live = store.get(kind, namespace, name)
    if (!live) throw notFound(kind, name)
    return live
  }

  function apply(kind: Kind, config: KubeObject, access: Access & { force: boolean }) {
    const { name, namespace, uid } = config.metadata
    const { status: _, ...main } = config
    const asked = (kind.status && access.subresource !== 'status' ? main : config) as KubeObject
    const writer = writerOf(access, 'Apply')
    const live = store.get(kind, namespace, name)
    if (live) {
      const next = applyConfig(kind, live, asked, { writer, force: access.force })
      const checked = within(kind, live, next, access)
      const metadata = { ...checked.metadata, managedFields: next.metadata.managedFields }
      return {
        object: commit(kind, live, { ...checked, metadata } as KubeObject, { ...access, tracked: true }),
        created: false,
      }
    }
    if (uid) throw conflict(kind, name, `uid mismatch: the provided object specified uid ${uid}`)
    const empty = { apiVersion: asked.apiVersion, kind: asked.kind, metadata: { name } } as KubeObject
    const { managedFields } = applyConfig(kind, empty, asked, { writer, force: true }).metadata
    const made = admit(store, kind, fresh(kind, asked), admission)
    const tracked = { ...made, metadata: { ...made.metadata, managedFields } } as KubeObject
    return { object: commit(kind, undefined, tracked, { ...access, tracked: true }), created: true }
  }

  return {
    store,
    create: (kind, object, access) =>
      commit(kind, undefined, admit(store, kind, fresh(kind, object), admission), access),
    replace: (kind, object, access) => {
      const live = find(kind, object.metadata)
      return commit(kind, live, within(kind, live, object, access), access)
    },
    apply,
    patch: (kind, at, change, access) => {
      const live = find(kind, at)
      return commit(kind, live, within(kind, live, change(live), access), access)
    },
  }
}
