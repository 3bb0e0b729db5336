import { survey } from '../checks/survey.ts'
import { isAtWork, type Lock, lockRef, OPERATOR_LOCK, takeLock } from '../engines/lock.ts'
import { Cancelled, EXIT, UserError } from '../errors.ts'
import type { Io } from '../io.ts'
import type { Kube } from '../kube/request/client.ts'
import { OPERATOR_NAMESPACE } from '../names.ts'
import { namespaceOf } from '../plan/plan.ts'
import { readRecords } from '../record/read-records.ts'
import { makeAsk } from '../ui/ask.ts'
import type { Reporter } from '../ui/reporter.ts'
import { basisOf, type Decided } from './decide.ts'
import { requireNothingFatal } from './look-ahead.ts'
import type { Draft, Looks, Site } from './looks.ts'
import { showPlan } from './setup-texts.ts'

/** What a decision is made of. `deadline` in ms since the epoch. */
export type Task = { site: Site; looks: Looks; flags: Draft; deadline: number }

/** A decision that holds as long as the locks do. */
export type Locked = {
  decided: Decided
  /** Its requests fail once somebody else has taken a lock over. */
  kube: Kube
  releaseOperator: () => Promise<void>
  release: () => Promise<void>
}

/** The decision, with nothing in its way. Throws one UserError that names everything that would make setup fail. */
async function requireDecided({ looks, flags }: Pick<Task, 'looks' | 'flags'>, reporter: Reporter) {
  requireNothingFatal(await looks.checked(flags), reporter)
  return looks.decided(flags)
}

/** The same. What is in the way may be what another run is removing, or has just removed: then it is waited for, and looked again. */
export async function decideBesideOthers(task: Task, reporter: Reporter, io: Io): Promise<Decided> {
  const { site, looks, flags, deadline } = task
  try {
    return await requireDecided(task, reporter)
  } catch (error) {
    if (!(error instanceof UserError) || error.code === EXIT.usage) throw error
    const leases = [lockRef(await looks.namespace(flags)), OPERATOR_LOCK]
    const isBusy = await isAtWork(site.reading, leases)
    if (!isBusy && !(await hasChanged(task))) throw error
    for (const lease of isBusy ? leases : []) {
      const options = { lease, deadline, waitsForNamespace: true, isRequired: false }
      await (await takeLock(site.reading.connection, options, reporter, io)).release()
    }
    return requireDecided({ looks: looks.afresh(), flags }, reporter)
  }
}

/** Whether the cluster is another than the one that was decided on; a decision that could not be made tells nothing. */
async function hasChanged({ site, looks, flags }: Task): Promise<boolean> {
  const decided = await looks.decided(flags).catch(() => undefined)
  return decided !== undefined && (await readBasis(site.reading, decided, site)) !== decided.basis
}

/** Takes the locks that a decision needs, and decides again where it does not hold any more, or `isStale` says so. */
export async function lockAndDecide(
  first: Decided,
  task: Task & { isStale: boolean },
  reporter: Reporter,
  io: Io,
): Promise<Locked> {
  const { site, looks, flags, deadline, isStale } = task
  const { namespace, etcdMode } = first.plan
  const usual = { deadline, waitsForNamespace: true }
  const own = { ...usual, lease: lockRef(namespace), home: namespaceOf(first.plan, namespace) }
  // Who may only use the operator cannot make a Lease beside it.
  const home = namespaceOf(first.plan, OPERATOR_NAMESPACE)
  const shared = { ...usual, lease: OPERATOR_LOCK, home, isRequired: !first.survey.without.has('operator') }
  const locks: Lock[] = [await takeLock(site.reading.connection, own, reporter, io)]
  const release = async () => {
    for (const lock of locks.reverse()) await lock.release()
  }
  try {
    if (etcdMode === 'operator') locks.push(await takeLock(locks[0]!.kube.connection, shared, reporter, io))
    const { kube } = locks.at(-1)!
    const isOutdated = isStale || (await readBasis(kube, first, site)) !== first.basis
    if (isOutdated && !isStale) reporter.note('Another run changed the installation in the meantime. Planning again.')
    const decided = isOutdated ? await requireDecided({ looks: looks.afresh(), flags }, reporter) : first
    await confirmChange(first, decided, task, reporter, io)
    return { decided, kube, releaseOperator: async () => locks[1]?.release(), release }
  } catch (error) {
    await release()
    throw error
  }
}

/** Who confirmed one plan has not confirmed another: the record may have been written by anyone meanwhile. */
async function confirmChange(first: Decided, decided: Decided, { site, flags }: Task, reporter: Reporter, io: Io) {
  const meant = ({ choices, removed }: Decided) => JSON.stringify([choices, removed.map(({ object }) => object)])
  if (flags.yes || meant(first) === meant(decided)) return
  showPlan(decided, site, reporter)
  if (!(await makeAsk(io).confirm({ message: 'The plan has changed. Install this one?' }))) throw new Cancelled()
}

async function readBasis(kube: Kube, { plan, choices }: Decided, { facts }: Site): Promise<string> {
  const { namespace, etcdMode } = plan
  return basisOf(
    ...(await Promise.all([
      readRecords(kube, namespace, facts.clusterId),
      survey(kube, namespace, etcdMode, choices.engine),
    ])),
  )
}
