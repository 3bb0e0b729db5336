import type { KubeObject } from '../../kube/object.ts'
import type { Kind } from './kinds.ts'
import type { StatusBody } from './refusal.ts'
import { conflict, notFound } from './refusal.ts'
import type { At } from './registry.ts'
import { timestamp } from './registry.ts'
import type { Store } from './store.ts'

/** The body of a DELETE. Dependants always go in the background. */
export type DeleteOptions = {
  preconditions?: { uid?: string; resourceVersion?: string }
  gracePeriodSeconds?: number
  dryRun?: readonly string[]
}

/** Kinds that are deleted in a way of their own. */
const UNTIMED = /^(Namespace|CustomResourceDefinition)$/
export const CRD_FINALIZER = 'customresourcecleanup.apiextensions.k8s.io'

/** Adds what has to happen before the object may go. */
function marked(object: KubeObject, grace: number): KubeObject {
  const { finalizers = [], generation } = object.metadata
  const isDefinition = object.kind === 'CustomResourceDefinition'
  const all = new Set([...finalizers, ...(isDefinition ? [CRD_FINALIZER] : [])])
  const timed = { deletionGracePeriodSeconds: grace, ...(generation ? { generation: generation + 1 } : {}) }
  const metadata = {
    ...object.metadata,
    deletionTimestamp: timestamp(Date.now() + grace * 1000),
    ...(UNTIMED.test(object.kind) ? {} : timed),
    ...(all.size > 0 ? { finalizers: [...all] } : {}),
  }
  if (object.kind === 'Namespace') return { ...object, metadata, status: { ...object['status'], phase: 'Terminating' } }
  if (!isDefinition) return { ...object, metadata }
  const ending = { type: 'Terminating', status: 'True', lastTransitionTime: timestamp() }
  const conditions = [...(object['status']?.conditions ?? []), { ...ending, reason: 'InstanceDeletionPending' }]
  return { ...object, metadata, status: { ...object['status'], conditions } }
}

/** What waits before an object can go: finalizers, a namespace's content, a running pod's grace period. */
const isHeld = ({ kind, metadata, spec }: KubeObject) =>
  Boolean(
    metadata.finalizers?.length ||
      (kind === 'Namespace' && spec.finalizers?.length) ||
      metadata.deletionGracePeriodSeconds,
  )

/** DELETE: the object that is going, or the Status that says it is gone. Throws a Refusal. */
export function remove(store: Store, kind: Kind, { namespace, name }: At, options: DeleteOptions = {}) {
  const live = store.get(kind, namespace, name)
  if (!live) throw notFound(kind, name)
  const { uid, resourceVersion = live.metadata.resourceVersion } = options.preconditions ?? {}
  if (uid && uid !== live.metadata.uid) {
    const record = `(${uid}) does not match the UID in record (${live.metadata.uid})`
    throw conflict(kind, name, `the UID in the precondition ${record}`)
  }
  if (resourceVersion !== live.metadata.resourceVersion)
    throw conflict(kind, name, `the ResourceVersion in the precondition is ${resourceVersion}`)
  const isRunning = kind.kind === 'Pod' && live['spec'].nodeName
  const grace = isRunning ? (options.gracePeriodSeconds ?? live['spec'].terminationGracePeriodSeconds ?? 30) : 0
  const isGoing = live.metadata.deletionTimestamp !== undefined && grace > 0
  const going = isGoing ? live : marked(live, grace)
  if (options.dryRun?.length) return isHeld(going) || kind.returnsDeleted ? going : success(kind, live)
  if (isHeld(going)) return isGoing ? live : store.put(kind, going)
  const gone = store.drop(kind, kind.kind === 'Pod' ? going : live)
  return kind.returnsDeleted ? gone : success(kind, live)
}

function success({ group, plural }: Kind, { metadata: { name, uid } }: KubeObject): StatusBody {
  const details = { name, group, kind: plural, uid }
  return { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success', details }
}
