import { findServiceChange } from '../endpoints/changed-service.ts'
import { proveBriefly } from '../endpoints/prove-briefly.ts'
import { askedUntil, type Limits, Unreachable, waitForEndpoint } from '../endpoints/resolve.ts'
import { namingCulprit, trackPresence, Vanished } from '../engines/applied-objects.ts'
import { install } from '../engines/install.ts'
import { EXIT, UserError } from '../errors.ts'
import { type Exports, exportsOf } from '../exports/exports.ts'
import type { Kube } from '../kube/request/client.ts'
import { uidsOf } from '../record/record.ts'
import { BecamePublic, closeAgain, makeGuard } from './close-public-config.ts'
import type { Proposal } from './propose.ts'
import { proposeUnderLock } from './propose-under-lock.ts'
import type { SetupRun } from './run.ts'
import { notAnswering } from './screens.ts'

/** How often in a row the gateway has to answer: right after a rollout one answer proves little. */
const ANSWERS = 3

/** No exports if only `forward` reaches the gateway: as it was asked for, or because nothing else answers. */
export type Outcome = { exports?: Exports; unreachable?: Unreachable }

/**
 * The only writing of setup. Gives the exports of the gateway once it has answered this machine. If an applied object
 * vanishes, proposes and applies once more.
 */
export async function applyAndProve(proposal: Proposal, run: SetupRun): Promise<Outcome> {
  try {
    try {
      return await applyOnce(proposal, false, run)
    } catch (error) {
      if (!(error instanceof Vanished)) throw error
      run.reporter.pause()
      run.reporter.note(`${error.message} Checking again, then continuing.`)
      return await applyOnce(proposal, true, run)
    }
  } catch (error) {
    throw error instanceof Vanished ? await namingCulprit(proposal.site.kube, error) : error
  }
}

async function applyOnce(first: Proposal, isStale: boolean, run: SetupRun): Promise<Outcome> {
  const { deadline, reporter, io } = run
  const { proposal, kube, release, releaseOperator } = await proposeUnderLock(first, isStale, run)
  const { site, exposure } = proposal
  const { namespace } = proposal.plan
  const presence = trackPresence()
  try {
    const guard = makeGuard(proposal)
    const { operator } = proposal.survey
    const work = { ...proposal, operator, deadline, presence, onOperatorInUse: releaseOperator, guard }
    const records = await install(kube, work, reporter, io)
    reporter.step('Checking that this machine can reach the gateway')
    const target = { namespace, exposure, uids: uidsOf(records.eg) }
    const limits = { answers: ANSWERS, deadline, onReason: reporter.reason }
    const endpoint =
      exposure === 'cluster-ip'
        ? undefined
        : await waitForEndpoint(kube, target, { ...site, ...limits, guard, answers: 1 }, io)
    // The API that needs etcd is asked in any case.
    if (endpoint?.config === undefined) await proveInside(kube, namespace, limits, run)
    const serviceChange = endpoint === undefined ? await findServiceChange(kube, namespace) : undefined
    if (serviceChange !== undefined) reporter.warn(`${serviceChange.reason}. ${serviceChange.fix}`)
    reporter.done(endpoint === undefined ? 'Reachable inside the cluster' : 'Reachable from this machine')
    const until = askedUntil(exposure, site.flavour, io.clock.now(), deadline)
    const again = { answers: ANSWERS, deadline: until }
    const reason = endpoint && (await proveBriefly({ kube, reporter, io }, namespace, endpoint, again))
    if (reason !== undefined) throw notAnswering(namespace, reason)
    return endpoint === undefined ? {} : { exports: exportsOf(endpoint) }
  } catch (error) {
    if (error instanceof UserError && !(error instanceof Vanished)) reporter.failed()
    reporter.pause()
    if (error instanceof UserError) await presence.requireUnlessFailing(kube)
    if (error instanceof Unreachable) return { unreachable: error }
    if (error instanceof BecamePublic) throw await closeAgain(kube, error, proposal, run)
    throw error
  } finally {
    await release()
  }
}

/** Throws UserError if the gateway does not answer. Without permission to forward ports, the pods' readiness has to do. */
async function proveInside(kube: Kube, namespace: string, limits: Limits, { reporter, io }: SetupRun): Promise<void> {
  try {
    const { proveThroughServer } = await import('../endpoints/local-endpoint.ts')
    const reason = await proveThroughServer(kube, namespace, limits, io)
    if (reason !== undefined) throw notAnswering(namespace, reason)
  } catch (error) {
    if (!(error instanceof UserError && error.code === EXIT.precondition)) throw error
    reporter.warn(`The pods are ready, but the gateway wasn't tested from this machine. ${error.message}`)
  }
}
