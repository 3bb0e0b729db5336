import { findDetour } from '../endpoints/detour.ts'
import { askedUntil, type Limits, Unreachable, waitForEndpoint } from '../endpoints/resolve.ts'
import { proveShortly } from '../endpoints/short-proof.ts'
import { install } from '../engines/install.ts'
import { namingCulprit, trackPresence, Vanished } from '../engines/presence.ts'
import { EXIT, UserError } from '../errors.ts'
import { type Exports, exportsOf } from '../exports/exports.ts'
import type { Io } from '../io.ts'
import type { Kube } from '../kube/request/client.ts'
import { uidsOf } from '../record/record.ts'
import type { Reporter } from '../ui/reporter.ts'
import { BecamePublic, closeAgain, makeGuard } from './backstop.ts'
import type { Decided } from './decide.ts'
import { silent } from './setup-texts.ts'
import { lockAndDecide, type Task } from './under-lock.ts'

/** How often in a row the gateway has to answer: right after a rollout one answer proves little. */
const ANSWERS = 3

/** No exports where only `forward` reaches the gateway: as it was asked for, or since nothing else answers. */
export type Outcome = { exports?: Exports; unreachable?: Unreachable }

/**
 * The only writing of setup. Gives the exports of the gateway once it has answered this machine. What is applied and gone
 * again is applied once more.
 */
export async function carryOut(first: Decided, task: Task, reporter: Reporter, io: Io): Promise<Outcome> {
  try {
    try {
      return await carryOutOnce(first, { ...task, isStale: false }, reporter, io)
    } catch (error) {
      if (!(error instanceof Vanished)) throw error
      reporter.pause()
      reporter.note(`${error.message} This run checks again and continues.`)
      return await carryOutOnce(first, { ...task, isStale: true }, reporter, io)
    }
  } catch (error) {
    throw error instanceof Vanished ? await namingCulprit(task.site.reading, error) : error
  }
}

async function carryOutOnce(
  first: Decided,
  task: Task & { isStale: boolean },
  reporter: Reporter,
  io: Io,
): Promise<Outcome> {
  const { site, flags, deadline } = task
  const { decided, kube, release, releaseOperator } = await lockAndDecide(first, task, reporter, io)
  const presence = trackPresence()
  const force = flags['force-conflicts'] ?? false
  try {
    const { namespace } = decided.plan
    const guard = makeGuard(decided)
    const work = {
      ...decided,
      operator: decided.survey.operator,
      force,
      deadline,
      presence,
      onOperatorInUse: releaseOperator,
      guard,
    }
    const records = await install(kube, work, reporter, io)
    reporter.step('Checking that this machine can reach the gateway')
    const target = { namespace, exposure: decided.exposure, uids: uidsOf(records.eg) }
    const limits = { answers: ANSWERS, deadline, onReason: reporter.reason }
    const endpoint =
      decided.exposure === 'cluster-ip'
        ? undefined
        : await waitForEndpoint(kube, target, { ...site, ...limits, guard, answers: 1 }, io)
    // The API that needs etcd is asked in any case.
    if (endpoint?.config === undefined) await proveInside(kube, namespace, limits, reporter, io)
    const detour = endpoint === undefined ? await findDetour(kube, namespace) : undefined
    if (detour !== undefined) reporter.warn(`${detour.reason}. ${detour.fix}`)
    reporter.done(endpoint === undefined ? 'Reachable inside the cluster' : 'Reachable from this machine')
    const until = askedUntil(decided.exposure, site.flavour, io.clock.now(), deadline)
    const again = { answers: ANSWERS, deadline: until }
    const reason = endpoint && (await proveShortly({ kube, reporter, io }, namespace, endpoint, again))
    if (reason !== undefined) throw silent(namespace, reason)
    return endpoint === undefined ? {} : { exports: exportsOf(endpoint) }
  } catch (error) {
    if (error instanceof UserError && !(error instanceof Vanished)) reporter.failed()
    reporter.pause()
    if (error instanceof UserError) await presence.requireUnlessFailing(kube)
    if (error instanceof Unreachable) return { unreachable: error }
    if (error instanceof BecamePublic)
      throw await closeAgain(kube, error, { ...decided, force, deadline, flavour: site.flavour, flags }, [reporter, io])
    throw error
  } finally {
    await release()
  }
}

/** Throws UserError where the gateway does not answer; a person who may not forward has to believe the cluster. */
async function proveInside(kube: Kube, namespace: string, limits: Limits, reporter: Reporter, io: Io): Promise<void> {
  try {
    const { proveThroughServer } = await import('../endpoints/local-endpoint.ts')
    const reason = await proveThroughServer(kube, namespace, limits, io)
    if (reason !== undefined) throw silent(namespace, reason)
  } catch (error) {
    if (!(error instanceof UserError && error.code === EXIT.precondition)) throw error
    reporter.warn(`Its pods are ready, but it was not asked from here. ${error.message}`)
  }
}
