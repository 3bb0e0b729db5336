import { randomUUID } from 'node:crypto'
import { isDeepStrictEqual } from 'node:util'
import type { KubeObject } from '../../kube/object.ts'
import { admit } from './admission.ts'
import type { Writer } from './apply.ts'
import { applyConfig, trackUpdate } from './apply.ts'
import { withDefaults } from './defaults.ts'
import { isObject } from './fields.ts'
import type { Kind } from './kinds.ts'
import { apiVersionOf } from './kinds.ts'
import { alreadyExists, badRequest, conflict, invalid, notFound, staleVersion, unconditional } from './refusal.ts'
import { checkDecoded, pruned, schemaProblems } from './schema.ts'
import type { ServiceAddresses } from './services.ts'
import type { Store } from './store.ts'
import { problemsOf } from './validate.ts'

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

const keyOf = (kind: Kind, { metadata: { namespace, name } }: KubeObject) =>
  ['/registry', kind.schema ? kind.group : undefined, kind.plural, namespace, name].filter(Boolean).join('/')

/** Whether only deletion was waiting for the finalizers that are now gone. */
const isFinished = ({ kind, metadata, spec }: KubeObject) =>
  metadata.deletionTimestamp !== undefined &&
  !metadata.finalizers?.length &&
  !metadata.deletionGracePeriodSeconds &&
  !(kind === 'Namespace' && spec.finalizers?.length)

export function makeRegistry(store: Store, addresses: ServiceAddresses): Registry {
  const writerOf = ({ manager, subresource }: Access, operation: Writer['operation']): Writer => ({
    manager,
    operation,
    time: timestamp(),
    ...(subresource ? { subresource } : {}),
  })

  /** Defaults, validation, generation, storage: what all writes have in common. */
  function commit(
    kind: Kind,
    live: KubeObject | undefined,
    asked: KubeObject,
    access: Access,
    track: boolean,
  ): KubeObject {
    const next = withDefaults(pruned(kind, asked), kind.schema !== undefined)
    next.apiVersion = apiVersionOf(kind)
    next.kind = kind.kind
    const schema = kind.schema ? schemaProblems(kind.schema, next) : []
    const more = schema.length === 0 ? problemsOf(kind, live, next) : schema
    const problems = kind.kind === 'Service' && more.length === 0 ? addresses.assign(live, next) : more
    if (problems.length > 0) throw invalid(kind, next.metadata.name, problems)
    if (!live && store.get(kind, next.metadata.namespace, next.metadata.name))
      throw alreadyExists(kind, next.metadata.name)
    if (kind.generation) {
      const { metadata: _, status: __, ...before } = live ?? next
      const { metadata: ___, status: ____, ...after } = next
      const generation = live?.metadata.generation ?? 1
      next.metadata.generation = isDeepStrictEqual(before, after) ? generation : generation + 1
    }
    const tracked = track ? trackUpdate(kind, live, next, writerOf(access, 'Update')) : next
    if (live && isDeepStrictEqual(live, tracked)) return live
    if (access.dryRun) return tracked
    if (live && isFinished(tracked)) return store.drop(kind, tracked)
    return store.put(kind, tracked)
  }

  function fresh(kind: Kind, object: KubeObject): KubeObject {
    const {
      resourceVersion: _,
      selfLink: __,
      deletionTimestamp: ___,
      managedFields: ____,
      ...metadata
    } = object.metadata
    const name = metadata.name || `${metadata.generateName ?? ''}${randomUUID().slice(0, 5)}`
    const made = { ...object, metadata: { ...metadata, name, uid: randomUUID(), creationTimestamp: timestamp() } }
    if (kind.status) delete (made as { status?: unknown }).status
    return made as KubeObject
  }

  function create(kind: Kind, object: KubeObject, access: Access, track = true): KubeObject {
    if (!object.metadata?.name && !object.metadata?.generateName)
      throw invalid(kind, '', [{ field: 'metadata.name', problem: 'Required value: name or generateName is required' }])
    checkDecoded(kind, object)
    return commit(kind, undefined, admit(store, kind, fresh(kind, object)), access, track)
  }

  const require = (kind: Kind, { namespace, name }: At) => {
    const live = store.get(kind, namespace, name)
    if (!live) throw notFound(kind, name)
    return live
  }

  /** What a write through this path may change of `live`. */
  function within(kind: Kind, live: KubeObject, asked: KubeObject, access: Access): KubeObject {
    const { resourceVersion, uid } = asked.metadata
    const name = live.metadata.name
    if (uid && uid !== live.metadata.uid)
      throw conflict(
        kind,
        name,
        `StorageError: invalid object, Code: 4, Key: ${keyOf(kind, live)}, ResourceVersion: 0, AdditionalErrorMsg: Precondition failed: UID in precondition: ${uid}, UID in object meta: ${live.metadata.uid}`,
      )
    if (resourceVersion && resourceVersion !== live.metadata.resourceVersion) throw staleVersion(kind, name)
    if (access.subresource === 'status') return { ...live, status: asked['status'] }
    const { creationTimestamp, deletionTimestamp, deletionGracePeriodSeconds, generation, managedFields } =
      live.metadata
    const kept = { uid: live.metadata.uid, resourceVersion: live.metadata.resourceVersion, creationTimestamp }
    const rest = { deletionTimestamp, deletionGracePeriodSeconds, generation, managedFields }
    const given = Object.entries({ ...asked.metadata, ...kept, ...rest }).filter(([, value]) => value !== undefined)
    const next = { ...asked, metadata: Object.fromEntries(given) } as KubeObject
    if (kind.status) {
      if (live['status'] === undefined) delete next['status']
      else next['status'] = live['status']
    }
    return next
  }

  function apply(kind: Kind, config: KubeObject, access: Access & { force: boolean }) {
    const { name, namespace, uid } = config.metadata
    if (config.metadata.managedFields) throw badRequest('metadata.managedFields must be nil')
    const { status: _, ...main } = config
    const asked = (kind.status && access.subresource !== 'status' ? main : config) as KubeObject
    const writer = writerOf(access, 'Apply')
    const live = store.get(kind, namespace, name)
    if (live) {
      const next = applyConfig(kind, live, asked, writer, access.force)
      const { managedFields } = next.metadata
      const checked = within(kind, live, next, access)
      const metadata = managedFields ? { ...checked.metadata, managedFields } : checked.metadata
      return { object: commit(kind, live, { ...checked, metadata } as KubeObject, access, false), created: false }
    }
    if (access.subresource) throw notFound(kind, name)
    if (uid)
      throw conflict(
        kind,
        name,
        `uid mismatch: the provided object specified uid ${uid}, and no existing object was found`,
      )
    const empty = { apiVersion: asked.apiVersion, kind: asked.kind, metadata: { name } } as KubeObject
    const { managedFields } = applyConfig(kind, empty, asked, writer, true).metadata
    const made = admit(store, kind, fresh(kind, asked))
    const tracked = { ...made, metadata: { ...made.metadata, managedFields } } as KubeObject
    return { object: commit(kind, undefined, tracked, access, false), created: true }
  }

  return {
    store,
    create,
    replace: (kind, object, access) => {
      checkDecoded(kind, object)
      const live = require(kind, object.metadata)
      const refusal = object.metadata.resourceVersion ? undefined : unconditional(kind, live.metadata.name)
      if (refusal) throw refusal
      return commit(kind, live, within(kind, live, object, access), access, true)
    },
    apply,
    patch: (kind, at, change, access) => {
      const live = require(kind, at)
      return commit(kind, live, within(kind, live, change(live), access), access, true)
    },
  }
}

/** JSON merge patch, RFC 7386. */
export function mergePatch(target: unknown, patch: unknown): unknown {
  if (!isObject(patch)) return patch
  const result: Record<string, unknown> = isObject(target) ? { ...target } : {}
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete result[key]
    else result[key] = mergePatch(result[key], value)
  }
  return result
}
