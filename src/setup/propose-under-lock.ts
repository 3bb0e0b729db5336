import { survey } from '../checks/survey.ts'
import { isAtWork, type Lock, lockRef, OPERATOR_LOCK, takeLock } from '../engines/lock.ts'
import { Cancelled, EXIT, UserError } from '../errors.ts'
import type { Kube } from '../kube/request/client.ts'
import { OPERATOR_NAMESPACE } from '../names.ts'
import { namespaceOf } from '../plan/plan.ts'
import { readRecords } from '../record/read-records.ts'
import { makeAsk } from '../ui/ask.ts'
import { basisOf, type Proposal, propose } from './propose.ts'
import type { Request } from './request.ts'
import { requireChecks } from './require-checks.ts'
import type { SetupRun } from './run.ts'
import { showPlan } from './screens.ts'
import { readAgain, type Site } from './site.ts'

/** A proposal that holds as long as the locks do. */
type Locked = {
  proposal: Proposal
  /** Its requests fail once another run has taken a lock over. */
  kube: Kube
  releaseOperator: () => Promise<void>
  release: () => Promise<void>
}

/** A proposal whose checks pass. Throws one UserError that names everything that would make setup fail. */
async function proposeChecked(request: Request, site: Site, { reporter, io }: SetupRun): Promise<Proposal> {
  const proposal = await propose(request, site, io)
  requireChecks(proposal, reporter)
  return proposal
}

/** The same. If another run is removing the obstacle, or just has, waits for that run and proposes again. */
export async function proposeBesideOthers(request: Request, site: Site, run: SetupRun): Promise<Proposal> {
  const { deadline, reporter, io } = run
  let proposal: Proposal | undefined
  try {
    proposal = await propose(request, site, io)
    requireChecks(proposal, reporter)
    return proposal
  } catch (error) {
    if (!(error instanceof UserError) || error.code === EXIT.usage) throw error
    const leases = [lockRef(site.namespace), OPERATOR_LOCK]
    const isBusy = await isAtWork(site.kube, leases)
    const hasChanged = proposal !== undefined && (await readBasis(site.kube, proposal)) !== proposal.basis
    if (!isBusy && !hasChanged) throw error
    for (const lease of isBusy ? leases : []) {
      const options = { lease, deadline, waitsForNamespace: true, isRequired: false }
      await (await takeLock(site.kube.connection, options, reporter, io)).release()
    }
    return proposeChecked(request, await readAgain(site, reporter), run)
  }
}

/** Takes the locks that a proposal needs, and proposes again if it no longer holds, or if `isStale`. */
export async function proposeUnderLock(first: Proposal, isStale: boolean, run: SetupRun): Promise<Locked> {
  const { deadline, reporter, io } = run
  const { request, site } = first
  const { namespace, etcdMode } = first.plan
  const usual = { deadline, waitsForNamespace: true }
  const own = { ...usual, lease: lockRef(namespace), home: namespaceOf(first.plan, namespace) }
  // A person who may only use the operator can't create a Lease beside it.
  const home = namespaceOf(first.plan, OPERATOR_NAMESPACE)
  const shared = { ...usual, lease: OPERATOR_LOCK, home, isRequired: !first.survey.alreadyThere.has('operator') }
  const locks: Lock[] = [await takeLock(site.kube.connection, own, reporter, io)]
  const release = async () => {
    for (const lock of locks.reverse()) await lock.release()
  }
  try {
    if (etcdMode === 'operator') locks.push(await takeLock(locks[0]!.kube.connection, shared, reporter, io))
    const { kube } = locks.at(-1)!
    const isOutdated = isStale || (await readBasis(kube, first)) !== first.basis
    if (isOutdated && !isStale) reporter.note('Another run changed the installation in the meantime. Planning again.')
    const proposal = isOutdated
      ? await proposeChecked(request, await readAgain({ ...site, kube }, reporter), run)
      : first
    await confirmChange(first, proposal, run)
    return { proposal, kube, releaseOperator: async () => locks[1]?.release(), release }
  } catch (error) {
    await release()
    throw error
  }
}

/** A person who confirmed one plan has not confirmed another: anyone may have written the record in between. */
async function confirmChange(first: Proposal, now: Proposal, { reporter, io }: SetupRun) {
  const meant = ({ choices, removed }: Proposal) => JSON.stringify([choices, removed.map(({ object }) => object)])
  if (first.request.flags.yes || meant(first) === meant(now)) return
  showPlan(now, reporter)
  if (!(await makeAsk(io).confirm({ message: 'The plan has changed. Apply the new plan?' }))) throw new Cancelled()
}

async function readBasis(kube: Kube, { plan, choices, site: { facts } }: Proposal): Promise<string> {
  const { namespace, etcdMode } = plan
  return basisOf(
    ...(await Promise.all([
      readRecords(kube, namespace, facts.clusterId),
      survey(kube, namespace, etcdMode, choices.engine),
    ])),
  )
}
