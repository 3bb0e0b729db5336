import type { FlagsOf } from '../cli/args.ts'
import { commandLine } from '../cli/command-line.ts'
import { exportsPrinter } from '../cli/print-exports.ts'
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
import { BecamePublic, closeAgain, makeGuard } from '../setup/backstop.ts'
import type { Decided } from '../setup/decide.ts'
import { dryRun } from '../setup/dry-run.ts'
import { type Draft, isRemoval, type Looks, openLooks } from '../setup/looks.ts'
import { describeEnd, describeEndpoint, describePlan, describeProgress, silent } from '../setup/setup-texts.ts'
import { decideBesideOthers, lockAndDecide, type Task } from '../setup/under-lock.ts'
import { canAsk, makeAsk, whyNotAsked } from '../ui/ask.ts'
import type { Ask } from '../ui/prompts.ts'
import { makeReporter, type Reporter } from '../ui/reporter.ts'
import { askAll } from '../wizard/ask-all.ts'
import { requireCluster } from '../wizard/no-cluster.ts'
import { questions } from '../wizard/questions.ts'
import { cleanup } from './cleanup.ts'

const TIMEOUT_MS = 10 * 60_000
/** How often in a row the gateway has to answer: right after a rollout one answer proves little. */
const ANSWERS = 3

/** From a kubeconfig to a gateway that answers, and its exports on stdout. */
export async function setup(flags: FlagsOf<'setup'>, io: Io): Promise<number> {
  if (flags['dry-run']) return dryRun(flags, io)
  const printer = exportsPrinter(flags, io)
  const done = await setUp(flags, io)
  if (isRemoval(done.flags)) return remove(flags, done.flags, io)
  if (done.exports === undefined) return offerForward(done, io)
  const reporter = makeReporter(io)
  if (io.stdout.isTTY) reporter.note('')
  printer.print(done.exports)
  if (io.stdout.isTTY) reporter.note('')
  printer.hint(done.flags)
  describeEnd(done.flags, done.exports, !flags.yes, reporter)
  return EXIT.ok
}

/** What nothing outside of the cluster reaches is used through `forward`. Throws why it is so where that was not the wish. */
async function offerForward({ flags, unreachable }: Done, io: Io): Promise<number> {
  const reporter = makeReporter(io)
  const ask = flags.yes || !canAsk(io) ? undefined : makeAsk(io)
  if (ask !== undefined) {
    if (unreachable !== undefined) reporter.warn(unreachable.message)
    const { forward } = await import('./forward.ts')
    const question = {
      message: "Forward the gateway's ports to this machine now?",
      help: 'Runs until Ctrl-C',
      initial: true,
    }
    if (await ask.confirm(question)) return forward(flags, io, [])
  }
  if (unreachable !== undefined) throw unreachable
  const { kubeconfig, context, namespace } = flags
  reporter.note('Forward the ports to this machine:')
  reporter.command(commandLine('forward', { kubeconfig, context, namespace }))
  return EXIT.ok
}

/**
 * The flags as the questions have completed them. No exports where the person chose to remove what is there, or where only
 * `forward` reaches it: as it was asked for, or since nothing else answers.
 */
export type Done = { flags: Draft; exports?: Exports; unreachable?: Unreachable }

type Outcome = Pick<Done, 'exports' | 'unreachable'>

/**
 * The same up to the exports: the demo does more with them than to print them, and its cluster is gone afterwards
 * (`isTemporary`).
 */
export async function setUp(flags: FlagsOf<'setup'>, io: Io, { isTemporary = false } = {}): Promise<Done> {
  const reporter = makeReporter(io)
  const looks = await openLooks(flags, io, reporter)
  const ask = requireAnswers(flags, io)

  const draft = await complete(flags, ask, looks, reporter, io)
  const site = await looks.site(draft)
  const { context } = site.facts
  const isNamed = site.reading.connection.files.length > 0 // inside of a pod there is no context to name
  const place = { ...(isNamed && { context }), namespace: await looks.namespace(draft) }
  const done = { flags: { ...draft, ...place } }
  if (isRemoval(draft)) return done
  const task = { site, looks, flags: done.flags, deadline: io.clock.now() + (flags.timeout ?? TIMEOUT_MS) }
  const isAsked = ask !== undefined
  const decided = isAsked
    ? await looks.decided(draft)
    : await decideBesideOthers({ ...task, flags: draft }, reporter, io)
  if (!isAsked) reporter.table(describePlan(decided, site))
  try {
    return { ...done, ...(await carryOut(decided, task, reporter, io)) }
  } catch (error) {
    if (!isTemporary) describeProgress(task.flags, reporter)
    throw error
  }
}

/** The flags with the answers to all that has to be known. */
async function complete(flags: Draft, ask: Ask | undefined, looks: Looks, reporter: Reporter, io: Io): Promise<Draft> {
  if (ask === undefined) {
    await requireCluster(flags, looks, io)
    return flags
  }
  reporter.note(`${ask.keys} Nothing changes until you confirm.`)
  return askAll(questions(io, reporter), flags, looks, ask, reporter.warn)
}

/**
 * The only writing of setup. Gives the exports of the gateway once it has answered this machine. What is applied and gone
 * again is applied once more.
 */
async function carryOut(first: Decided, task: Task, reporter: Reporter, io: Io): Promise<Outcome> {
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
    reporter.done(describeEndpoint(endpoint))
    const until = askedUntil(decided.exposure, site.flavour, io.clock.now(), deadline)
    const again = { answers: ANSWERS, deadline: until }
    const reason = endpoint && (await proveShortly({ kube, reporter, io }, namespace, endpoint, again))
    if (reason !== undefined) throw silent(namespace, reason)
    return endpoint === undefined ? {} : { exports: exportsOf(endpoint) }
  } catch (error) {
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

/** The person chose to remove what is there: cleanup lists it and asks for confirmation. Whoever starts over installs then. */
async function remove(flags: FlagsOf<'setup'>, answered: Draft, io: Io): Promise<number> {
  const { next, kubeconfig, context, namespace, timeout } = answered
  const place = { ...(kubeconfig && { kubeconfig }), ...(context && { context }), ...(namespace && { namespace }) }
  const removal = { ...place, ...(timeout && { timeout }), ...(next !== 'remove' && { 'delete-data': true as const }) }
  const code = await cleanup(removal, io)
  return next === 'start-over' && code === EXIT.ok ? setup({ ...flags, ...place }, io) : code
}

/** The prompts, or undefined with --yes. Throws UserError (exit 2) where a confirmation is missing and nobody can give it. */
function requireAnswers({ yes }: FlagsOf<'setup'>, io: Io): Ask | undefined {
  if (yes) return undefined
  const why = whyNotAsked(io)
  if (why === undefined) return makeAsk(io)
  throw new UserError(`Confirmation required: ${why}.`, {
    fix: 'Add --yes to accept the defaults; --context, --namespace and --expose say which.',
    code: EXIT.usage,
  })
}
