import type { KubeObject } from '../../kube/object.ts'
import type { Kind } from './kinds.ts'
import type { StatusBody } from './refusal.ts'
import { conflict, notFound } from './refusal.ts'
import type { At } from './registry.ts'
import { timestamp } from './registry.ts'
import type { Store } from './store.ts'

/** The body of a DELETE. */
export type DeleteOptions = {
  preconditions?: { uid?: string; resourceVersion?: string }
  propagationPolicy?: 'Orphan' | 'Background' | 'Foreground'
  gracePeriodSeconds?: number
  dryRun?: readonly string[]
}

const FINALIZERS: Readonly<Record<string, string>> = { Orphan: 'orphan', Foreground: 'foregroundDeletion' }
/** Kinds that are deleted in a way of their own. */
const UNTIMED = /^(Namespace|CustomResourceDefinition)$/
export const CRD_FINALIZER = 'customresourcecleanup.apiextensions.k8s.io'

/** Adds what has to happen before the object may go. */
function marked(object: KubeObject, options: DeleteOptions, grace: number): KubeObject {
  const policy = FINALIZERS[options.propagationPolicy ?? '']
  const own = object.kind === 'CustomResourceDefinition' ? CRD_FINALIZER : undefined
  const finalizers = new Set([
    ...(object.metadata.finalizers ?? []),
    ...[policy, own].filter(each => each !== undefined),
  ])
  const metadata = {
    ...object.metadata,
    deletionTimestamp: timestamp(Date.now() + grace * 1000),
    ...(UNTIMED.test(object.kind) ? {} : { deletionGracePeriodSeconds: grace }),
    ...(object.metadata.generation && !UNTIMED.test(object.kind) ? { generation: object.metadata.generation + 1 } : {}),
    ...(finalizers.size > 0 ? { finalizers: [...finalizers] } : {}),
  }
  const status = endingStatus(object)
  return { ...object, metadata, ...(status === undefined ? {} : { status }) }
}

function endingStatus({ kind, status }: KubeObject): object | undefined {
  if (kind === 'Namespace') return { ...status, phase: 'Terminating' }
  if (kind !== 'CustomResourceDefinition') return status
  const message = 'CustomResourceDefinition marked for deletion; CustomResource deletion will begin soon'
  const ending = { type: 'Terminating', status: 'True', lastTransitionTime: timestamp() }
  const conditions = [...(status?.conditions ?? []), { ...ending, reason: 'InstanceDeletionPending', message }]
  return { ...status, conditions }
}

/** What waits before an object can go: finalizers, a namespace's content, a running pod's grace period. */
const isHeld = (object: KubeObject) =>
  Boolean(
    object.metadata.finalizers?.length ||
      (object.kind === 'Namespace' && object['spec'].finalizers?.length) ||
      object.metadata.deletionGracePeriodSeconds,
  )

/** DELETE: the object that is going, or the Status that says it is gone. Throws a Refusal. */
export function remove(
  store: Store,
  kind: Kind,
  { namespace, name }: At,
  options: DeleteOptions = {},
): KubeObject | StatusBody {
  const live = store.get(kind, namespace, name)
  if (!live) throw notFound(kind, name)
  const { uid, resourceVersion } = options.preconditions ?? {}
  if (uid && uid !== live.metadata.uid) {
    const record = `(${uid}) does not match the UID in record (${live.metadata.uid})`
    const why = `the UID in the precondition ${record}. The object might have been deleted and then recreated`
    throw conflict({ ...kind, plural: kind.kind }, name, why)
  }
  if (resourceVersion && resourceVersion !== live.metadata.resourceVersion) {
    const found = live.metadata.resourceVersion
    throw conflict(
      kind,
      name,
      `Precondition failed: ResourceVersion in precondition: ${resourceVersion}, ResourceVersion in object meta: ${found}`,
    )
  }
  const running = kind.kind === 'Pod' && !kind.schema && live['spec'].nodeName
  const grace = running ? (options.gracePeriodSeconds ?? live['spec'].terminationGracePeriodSeconds ?? 30) : 0
  const going = live.metadata.deletionTimestamp && grace > 0 ? live : marked(live, options, grace)
  if (options.dryRun?.length) return isHeld(going) || kind.returnsDeleted ? going : success(kind, live)
  if (isHeld(going)) return live.metadata.deletionTimestamp && grace > 0 ? live : store.put(kind, going)
  const gone = store.drop(kind, kind.kind === 'Pod' ? going : live)
  return kind.returnsDeleted ? gone : success(kind, live)
}

function success(kind: Kind, { metadata: { name, uid } }: KubeObject): StatusBody {
  const details = { name, ...(kind.group ? { group: kind.group } : {}), kind: kind.plural, uid }
  return { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success', details }
}
