import { EXIT, type ExitCode, UserError } from '../errors.ts'
import type { Io } from '../io.ts'
import { kubectlName, ref } from '../kube/kinds.ts'
import type { KubeObject, Ref } from '../kube/object.ts'
import { type Kube, makeKube } from '../kube/request/client.ts'
import { ApiError, type Call, type Connection } from '../kube/request/connection.ts'
import {
  createLease,
  isDead,
  isSameHolder,
  leaseOf,
  leaseRef,
  RENEW_MS,
  release,
  renew,
  takeOver,
} from '../kube/request/lease.ts'
import type { Run } from '../kube/request/run.ts'
import { unlessForbidden } from '../kube/request/unless-forbidden.ts'
import { OPERATOR_NAMESPACE, objectLabels } from '../names.ts'
import { isLabelledOurs } from '../record/owner.ts'
import { toRef } from '../record/record.ts'
import { VERSION } from '../release.ts'
import { oneLine } from '../text/sanitize.ts'
import { sh } from '../text/shell-words.ts'
import type { Reporter } from '../ui/reporter.ts'
import { applyAll } from './builtin.ts'

const PAUSE_MS = 1000
/** What a run that was ended still takes to give the lock back, at most. */
const RELEASE_MS = 2000
/** What another run that has the time still takes for it, at most: a server that is busy may ask for some seconds. */
const PATIENT_RELEASE_MS = 10_000

/** While the lock is held, no other setup or cleanup changes what it protects. */
export type Lock = {
  /** Whether this user may not create the Lease, so that others can be at work as well. */
  readonly isForbidden: boolean
  /** Its requests fail once another run has taken over the lock. */
  readonly kube: Kube
  /** Says that the Lease goes with its namespace from now on: another run may have one of that name then. */
  readonly leave: () => void
  readonly release: () => Promise<void>
}

type Options = {
  lease: Ref
  /** The namespace as the plan has it: it is made where it is missing, since the Lease lives in it. */
  home?: KubeObject | undefined
  /** Whether to wait for a namespace that is being deleted; otherwise the run continues without a lock. */
  waitsForNamespace?: boolean
  /** Whether to warn a user who has no permission to create the Lease. */
  isRequired?: boolean
  /** ms since the epoch. */
  deadline: number
}

/** The lock of an installation. */
export const lockRef = (namespace: string): Ref => leaseRef('eg-setup', namespace)

/**
 * The lock of what the whole cluster shares, the etcd operator and its definition: held while they are changed or removed,
 * and by everyone who relies on them until an EtcdCluster shows that they are in use. Taken after the lock of an installation.
 */
export const OPERATOR_LOCK: Ref = leaseRef('eg-setup-operator', OPERATOR_NAMESPACE)

/**
 * Waits until nobody else holds the Lease and holds it until `release`. Throws UserError naming the holder where it does
 * not end by the deadline. Where there can be no Lease (no permission, no namespace) the work goes on without.
 */
export async function takeLock(connection: Connection, options: Options, reporter: Reporter, io: Io): Promise<Lock> {
  const { lease, deadline, isRequired = true } = options
  const kube = makeKube(connection, deadline)
  const wanted = leaseOf(lease, objectLabels('record', VERSION), io.clock.now())
  try {
    return hold(connection, deadline, await acquire({ kube, reporter, io }, wanted, options), io)
  } catch (error) {
    if (!(error instanceof ApiError && (error.status === 403 || error.status === 404))) throw error
    const isForbidden = error.status === 403 && !isNamespaceEnding(error)
    if (isRequired && isForbidden) reporter.warn(`Other eg-setup runs can't be detected: ${oneLine(error.message)}.`)
    return { kube, isForbidden, leave: () => {}, release: async () => {} }
  }
}

async function acquire({ kube, reporter, io }: Run, wanted: KubeObject, options: Options): Promise<KubeObject> {
  const { lease, deadline } = options
  let live = await createIn(kube, wanted, options, reporter)
  let renewed = { version: live?.metadata.resourceVersion, at: io.clock.now() }
  let told = ''
  while (live === undefined || !isSameHolder(live, wanted)) {
    const now = io.clock.now()
    if (live !== undefined) {
      if (!isLabelledOurs(live)) throw notOurs(lease)
      // By this machine's clock alone, as client-go does: the holder's may be wrong.
      const version = live.metadata.resourceVersion
      if (version !== renewed.version) renewed = { version, at: now }
      const seconds: number = live.spec?.leaseDurationSeconds ?? 0
      if (isDead(live) || now >= renewed.at + seconds * 1000) {
        live = (await takeOver(kube, wanted, live)) ?? (await createIn(kube, wanted, options, reporter))
        if (live !== undefined && isSameHolder(live, wanted)) return live
      }
    }
    const what = live === undefined ? endingText(lease) : holderText(live)
    if (now >= deadline) throw live === undefined ? stillEnding(lease) : heldBy(live, EXIT.timeout)
    if (what !== told)
      reporter.note(`${what} Waiting for it to finish, at most ${Math.ceil((deadline - now) / 1000)}s.`)
    told = what
    await io.clock.sleep(PAUSE_MS, io.signal)
    live = (await kube.read(lease)) ?? (await createIn(kube, wanted, options, reporter))
  }
  return live
}

/** The created or existing Lease; undefined while its namespace is being deleted and the run waits for that. */
async function createIn(
  kube: Kube,
  wanted: KubeObject,
  { home, waitsForNamespace = false, ...options }: Options,
  reporter: Reporter,
): Promise<KubeObject | undefined> {
  try {
    return await createLease(kube, wanted)
  } catch (error) {
    if (!(error instanceof ApiError)) throw error
    if (waitsForNamespace && isNamespaceEnding(error)) return undefined
    if (home === undefined || error.status !== 404) throw error
    await applyAll(kube, [home], { force: false, reporter })
    return createIn(kube, wanted, { ...options, waitsForNamespace }, reporter)
  }
}

const isNamespaceEnding = ({ causes }: ApiError): boolean =>
  causes.some(({ reason }) => reason === 'NamespaceTerminating')

/** Whether another run holds one of these locks, or its namespace is being deleted: the obstacle may disappear soon. */
export async function isAtWork(kube: Kube, leases: readonly Ref[]): Promise<boolean> {
  const found = await Promise.all(
    leases.flatMap(lease => [
      unlessForbidden(kube.read(lease)),
      unlessForbidden(kube.read(ref('Namespace', lease.namespace ?? ''))),
    ]),
  )
  return found.some(
    object =>
      object !== undefined &&
      (object.kind === 'Lease' ? isLabelledOurs(object) : object.metadata.deletionTimestamp !== undefined),
  )
}

function hold(connection: Connection, deadline: number, lease: KubeObject, io: Io): Lock {
  const ended = new AbortController()
  const lost = new AbortController()
  const withSignal = (signal: AbortSignal, more: Partial<Call> = {}): Connection => ({
    ...connection,
    send: call => {
      const signals = [signal, ...(call.signal ? [call.signal] : [])]
      return connection.send({ ...call, ...more, signal: AbortSignal.any(signals) })
    },
  })
  let held = lease
  let isLeaving = false
  const keep = async () => {
    const kube = makeKube(withSignal(ended.signal, { retry: false }))
    for (;;) {
      await io.clock.sleep(RENEW_MS, AbortSignal.any([io.signal, ended.signal]))
      // A renewal that fails is tried again the next time; the work's own requests say what is wrong.
      const live = await renew(kube, held, io.clock.now()).catch(() => held)
      if (live !== undefined && !isSameHolder(live, held)) {
        if (isLeaving && live.metadata.uid !== held.metadata.uid) return
        return lost.abort(heldBy(live))
      }
      held = live ?? held
    }
  }
  const kept = keep().catch(() => {})
  return {
    isForbidden: false,
    kube: makeKube(withSignal(lost.signal), deadline),
    leave: () => {
      isLeaving = true
    },
    release: async () => {
      ended.abort()
      await kept
      const left = io.signal.aborted ? 0 : deadline - io.clock.now()
      const ms = Math.min(Math.max(left, RELEASE_MS), PATIENT_RELEASE_MS)
      const last = withSignal(AbortSignal.timeout(ms), { evenEnded: true })
      // It may have gone with its namespace; otherwise it expires.
      await release(makeKube(last, io.clock.now() + ms), held).catch(() => {})
    },
  }
}

export function holderText({ metadata, spec }: KubeObject): string {
  const since = String(spec?.acquireTime ?? '').replace(/\.\d+Z$/, 'Z')
  const where = metadata.name === OPERATOR_LOCK.name ? 'is changing the etcd operator' : 'is active'
  return `Another eg-setup run ${where} in namespace ${metadata.namespace}: ${oneLine(`${spec?.holderIdentity}, since ${since}`)}.`
}

const heldBy = (lease: KubeObject, code: ExitCode = EXIT.failed): UserError =>
  new UserError(holderText(lease), {
    fix: `Wait until the other run has finished, then try again. Inspect the other run's lock:\nkubectl get ${kubectlName(toRef(lease))} -o yaml`,
    code,
  })

const endingText = ({ namespace }: Ref): string => `Namespace ${namespace} is being deleted.`

const stillEnding = ({ namespace = '' }: Ref): UserError =>
  new UserError(`Namespace ${namespace} is still being deleted, so nothing can be created in it.`, {
    fix: sh`Choose another namespace with -n, or see what blocks the deletion:\nkubectl get namespace ${namespace} -o yaml`,
    code: EXIT.timeout,
  })

const notOurs = (lease: Ref): UserError =>
  new UserError(`${kubectlName(lease)} was not created by eg-setup, but has the same name as eg-setup's lock.`, {
    fix: 'Choose another namespace with -n, or delete the Lease if nothing uses it.',
    code: EXIT.precondition,
  })
