import { isLabelledOurs } from '../cluster/survey.ts'
import { EXIT, UserError } from '../errors.ts'
import type { Io } from '../io.ts'
import { type Kube, makeKube } from '../kube/client.ts'
import { ApiError, type Call, type Connection } from '../kube/connection.ts'
import { kubectlName } from '../kube/kinds.ts'
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
} from '../kube/lease.ts'
import type { KubeObject, Ref } from '../kube/object.ts'
import { objectLabels } from '../plan/labels.ts'
import { VERSION } from '../release.ts'
import type { Reporter } from '../ui/reporter.ts'
import { oneLine } from '../ui/sanitize.ts'
import { applyAll } from './builtin.ts'

/** Twice as long as a lease lasts: whoever was killed is outwaited, whoever works on is named. */
const PATIENCE_MS = 30_000
const PAUSE_MS = 1000
/** What a run that was ended still takes to give the lock back, at most. */
const RELEASE_MS = 2000

/** While it is held no other setup or cleanup works in the namespace. */
export type Lock = {
  /** Its requests fail once somebody else has taken the lock over. */
  readonly kube: Kube
  readonly release: () => Promise<void>
}

type Options = {
  namespace: string
  /** The namespace as the plan has it: it is made where it is missing, since the Lease lives in it. */
  home?: KubeObject | undefined
  /** ms since the epoch. */
  deadline: number
}

export const lockRef = (namespace: string): Ref => leaseRef('eg-setup', namespace)

/**
 * Waits until nobody else works in the namespace and holds its Lease `eg-setup` until `release`. Throws UserError naming
 * the holder where it does not end. Where there can be no Lease (no right, no namespace) the work goes on without.
 */
export async function takeLock(connection: Connection, options: Options, reporter: Reporter, io: Io): Promise<Lock> {
  const kube = makeKube(connection, options.deadline)
  const wanted = leaseOf(lockRef(options.namespace), objectLabels('record', VERSION), io.clock.now())
  try {
    return hold(connection, options.deadline, await acquire(kube, wanted, options, reporter, io), io)
  } catch (error) {
    if (!(error instanceof ApiError && (error.status === 403 || error.status === 404))) throw error
    const isEnding = error.status === 404 || error.causes.some(({ reason }) => reason === 'NamespaceTerminating')
    if (!isEnding) reporter.warn(`A second eg-setup at the same time would go unnoticed: ${oneLine(error.message)}.`)
    return { kube, release: async () => {} }
  }
}

async function acquire(
  kube: Kube,
  wanted: KubeObject,
  { home, deadline }: Options,
  reporter: Reporter,
  io: Io,
): Promise<KubeObject> {
  const until = Math.min(deadline, io.clock.now() + PATIENCE_MS)
  let live = await createIn(kube, wanted, home, reporter)
  let renewed = { version: live.metadata.resourceVersion, at: io.clock.now() }
  let told: KubeObject | undefined
  while (!isSameHolder(live, wanted)) {
    if (!isLabelledOurs(live)) throw notOurs(live)
    const now = io.clock.now()
    // By this machine's clock alone, as client-go does: the holder's may be wrong.
    if (live.metadata.resourceVersion !== renewed.version) renewed = { version: live.metadata.resourceVersion, at: now }
    const seconds: number = live.spec?.leaseDurationSeconds ?? 0
    if (isDead(live) || now >= renewed.at + seconds * 1000) {
      live = (await takeOver(kube, wanted, live)) ?? (await createIn(kube, wanted, home, reporter))
      continue
    }
    if (now >= until) throw heldBy(live)
    if (told === undefined || !isSameHolder(live, told))
      reporter.note(`${atWork(live)} Waiting for it to end, at most ${Math.ceil((until - now) / 1000)} s.`)
    told = live
    await io.clock.sleep(PAUSE_MS, io.signal)
    live = (await kube.read(lockRef(live.metadata.namespace ?? ''))) ?? (await createIn(kube, wanted, home, reporter))
  }
  return live
}

async function createIn(kube: Kube, wanted: KubeObject, home: KubeObject | undefined, reporter: Reporter) {
  try {
    return await createLease(kube, wanted)
  } catch (error) {
    if (home === undefined || !(error instanceof ApiError && error.status === 404)) throw error
    await applyAll(kube, [home], { force: false, reporter })
    return createLease(kube, wanted)
  }
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
  const keep = async () => {
    const kube = makeKube(withSignal(ended.signal, { retry: false }))
    for (;;) {
      await io.clock.sleep(RENEW_MS, AbortSignal.any([io.signal, ended.signal]))
      // A renewal that fails is tried again the next time; the work's own requests say what is wrong.
      const live = await renew(kube, held, io.clock.now()).catch(() => held)
      if (live !== undefined && !isSameHolder(live, held)) return lost.abort(heldBy(live))
      held = live ?? held
    }
  }
  const kept = keep().catch(() => {})
  return {
    kube: makeKube(withSignal(lost.signal), deadline),
    release: async () => {
      ended.abort()
      await kept
      const last = withSignal(AbortSignal.timeout(RELEASE_MS), { evenEnded: true })
      // It may have gone with its namespace; else it runs out by itself.
      await release(makeKube(last, io.clock.now() + RELEASE_MS), held).catch(() => {})
    },
  }
}

const atWork = ({ metadata, spec }: KubeObject): string => {
  const since = String(spec?.acquireTime ?? '').replace(/\.\d+Z$/, 'Z')
  return `Another eg-setup works in namespace ${metadata.namespace}: ${oneLine(`${spec?.holderIdentity}, since ${since}`)}.`
}

const heldBy = (lease: KubeObject): UserError =>
  new UserError(atWork(lease), {
    fix: `Run it again once the other one has ended; kubectl get ${kubectlName(lockRef(lease.metadata.namespace ?? ''))} -o yaml shows it.`,
  })

const notOurs = ({ metadata }: KubeObject): UserError =>
  new UserError(
    `${kubectlName(lockRef(metadata.namespace ?? ''))} was not made by eg-setup, which takes its lock there.`,
    {
      fix: 'Choose another namespace with -n, or rename that Lease.',
      code: EXIT.precondition,
    },
  )
