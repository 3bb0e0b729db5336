import { hostname, userInfo } from 'node:os'
import { collectionPath, objectPath, ref } from '../kinds.ts'
import { isRunning, MACHINE } from '../login/this-machine.ts'
import type { KubeObject, Ref } from '../object.ts'
import type { Kube } from './client.ts'
import { ApiError } from './connection.ts'
import { readObject } from './read-answer.ts'

/** How long a holder counts as alive that has not renewed its lease. */
const DURATION_SECONDS = 15
export const RENEW_MS = 5000
/** How often a Lease is looked at that is changed each time before we get to it. */
const MOST_TRIES = 5
/** Beside the holder's name, which is for people: machines and containers have the same host name now and then. */
const MACHINE_ANNOTATION = 'eg-setup/machine'

export const leaseRef = (name: string, namespace: string): Ref => ref('Lease', name, namespace)

/** A Lease that says that this process holds it from `now` (ms since the epoch) on. */
export function leaseOf(
  { name, namespace = '' }: Ref,
  labels: Readonly<Record<string, string>>,
  now: number,
): KubeObject {
  const spec = {
    holderIdentity: `${userName()}@${hostname()}/${process.pid}`,
    leaseDurationSeconds: DURATION_SECONDS,
    acquireTime: microTime(now),
    renewTime: microTime(now),
  }
  return {
    apiVersion: 'coordination.k8s.io/v1',
    kind: 'Lease',
    metadata: { name, namespace, labels: { ...labels }, annotations: { [MACHINE_ANNOTATION]: MACHINE } },
    spec,
  }
}

/** metav1.MicroTime takes six digits and no others. */
const microTime = (ms: number): string => new Date(ms).toISOString().replace('Z', '000Z')

function userName(): string {
  try {
    return userInfo().username
  } catch {
    return 'unknown' // A container may run as a user without a name.
  }
}

/**
 * Creates the Lease, or gives the one that is there: ours where an answer was lost on the way. Throws as `Kube` does,
 * 404 where its namespace is not there.
 */
export async function createLease(kube: Kube, wanted: KubeObject): Promise<KubeObject> {
  for (let tries = 1; ; tries++) {
    try {
      const path = collectionPath('Lease', wanted.metadata.namespace)
      const answer = await kube.connection.send({ method: 'POST', path, body: wanted, retry: true })
      return readObject(answer, refOf(wanted), path)
    } catch (error) {
      if (!(error instanceof ApiError && error.status === 409)) throw error
      const live = await kube.read(refOf(wanted))
      if (live !== undefined) return live
      if (tries === MOST_TRIES) throw error
    }
  }
}

/** Takes over the Lease of a dead holder; gives the current Lease if another run was faster. */
export async function takeOver(
  kube: Kube,
  wanted: KubeObject,
  { metadata }: KubeObject,
): Promise<KubeObject | undefined> {
  const { uid, resourceVersion } = metadata
  const body = { ...wanted, metadata: { ...wanted.metadata, uid, resourceVersion } }
  try {
    const path = objectPath(refOf(wanted))
    return readObject(await kube.connection.send({ method: 'PUT', path, body, retry: true }), refOf(wanted), path)
  } catch (error) {
    if (!(error instanceof ApiError && (error.status === 409 || error.status === 404))) throw error
    return kube.read(refOf(wanted))
  }
}

/** Renews the Lease; gives its new state, or undefined if it was deleted. */
export async function renew(kube: Kube, held: KubeObject, now: number): Promise<KubeObject | undefined> {
  const { uid, resourceVersion } = held.metadata
  const body = { metadata: { uid, resourceVersion }, spec: { renewTime: microTime(now) } }
  const call = { method: 'PATCH', path: objectPath(refOf(held)), body } as const
  try {
    const answer = await kube.connection.send({ ...call, contentType: 'application/merge-patch+json' })
    return readObject(answer, refOf(held), call.path)
  } catch (error) {
    if (!(error instanceof ApiError && (error.status === 409 || error.status === 404))) throw error
    return kube.read(refOf(held))
  }
}

/** Deletes the Lease unless another run holds it now. */
export async function release(kube: Kube, held: KubeObject): Promise<void> {
  let live: KubeObject | undefined = held
  for (let tries = 0; tries < MOST_TRIES && live && isSameHolder(live, held); tries++) {
    const { uid, resourceVersion } = live.metadata
    const body = { apiVersion: 'v1', kind: 'DeleteOptions', preconditions: { uid, resourceVersion } }
    try {
      await kube.connection.send({ method: 'DELETE', path: objectPath(refOf(held)), body })
      return
    } catch (error) {
      if (!(error instanceof ApiError && error.status === 409)) throw error
      live = await kube.read(refOf(held))
    }
  }
}

const refOf = ({ metadata: { name, namespace = '' } }: KubeObject): Ref => leaseRef(name, namespace)

/** Whether two readings speak of the same run: a process id may come again, and be the same on two machines. */
export const isSameHolder = (a: KubeObject, b: KubeObject): boolean =>
  a.spec?.holderIdentity === b.spec?.holderIdentity &&
  a.spec?.acquireTime === b.spec?.acquireTime &&
  machineOf(a) === machineOf(b)

const machineOf = ({ metadata }: KubeObject): string | undefined => metadata.annotations?.[MACHINE_ANNOTATION]

/** Whether the holder ran on this machine and has ended, so that its Lease can be taken over at once. */
export function isDead(lease: KubeObject): boolean {
  const pid = Number(/\/(\d+)$/.exec(lease.spec?.holderIdentity ?? '')?.[1] ?? Number.NaN)
  if (machineOf(lease) !== MACHINE || Number.isNaN(pid)) return false
  // A run that had this process id before us.
  return pid === process.pid || !isRunning(pid)
}
