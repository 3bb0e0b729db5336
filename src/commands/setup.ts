import type { FlagsOf } from '../cli/args.ts'
import { commandLine } from '../cli/command-line.ts'
import { exportsPrinter } from '../cli/print-exports.ts'
import { EXIT, UserError } from '../errors.ts'
import type { Io } from '../io.ts'
import { VERSION } from '../release.ts'
import { carryOut, type Outcome } from '../setup/carry-out.ts'
import { dryRun } from '../setup/dry-run.ts'
import { type Draft, isRemoval, type Looks, openLooks } from '../setup/looks.ts'
import { describeProgress, showEndpoint, showNextSteps, showPlan } from '../setup/setup-texts.ts'
import { decideBesideOthers } from '../setup/under-lock.ts'
import { canAsk, makeAsk, whyNotAsked } from '../ui/ask.ts'
import type { Ask } from '../ui/prompts.ts'
import { makeReporter, type Reporter } from '../ui/reporter.ts'
import { askAll } from '../wizard/ask-all.ts'
import { requireCluster } from '../wizard/no-cluster.ts'
import { questions } from '../wizard/questions.ts'
import { removeInstallation } from './cleanup.ts'

const TIMEOUT_MS = 10 * 60_000

/** From a kubeconfig to a gateway that answers, and its exports on stdout. */
export async function setup(flags: FlagsOf<'setup'>, io: Io): Promise<number> {
  if (flags['dry-run']) return dryRun(flags, io)
  const printer = exportsPrinter(flags, io)
  const done = await setUp(flags, io)
  if (isRemoval(done.flags)) return remove(flags, done.flags, io)
  if (done.exports === undefined) return offerForward(done, io)
  const reporter = makeReporter(io)
  showEndpoint(done.exports, reporter)
  showNextSteps(done.flags, printer.loadCommand(done.flags), !flags.yes, reporter)
  reporter.outro()
  printer.print(done.exports)
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
  reporter.commands([['Forward the ports', commandLine('forward', { kubeconfig, context, namespace })]])
  reporter.outro()
  return EXIT.ok
}

/**
 * The flags as the questions have completed them. No exports where the person chose to remove what is there, or where only
 * `forward` reaches it: as it was asked for, or since nothing else answers.
 */
export type Done = Outcome & { flags: Draft }

type SetUp = { notice?: string; isTemporary?: boolean }

/**
 * The same up to the exports: the demo does more with them than to print them, and its cluster is gone afterwards
 * (`isTemporary`). `notice` is said first.
 */
export async function setUp(
  flags: FlagsOf<'setup'>,
  io: Io,
  { notice, isTemporary = false }: SetUp = {},
): Promise<Done> {
  const reporter = makeReporter(io)
  const looks = await openLooks(flags, io, reporter)
  const ask = requireAnswers(flags, io)
  reporter.intro(`eg-setup ${VERSION}`)
  if (notice !== undefined) reporter.note(notice)

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
  if (!isAsked) showPlan(decided, site, reporter)
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

/** The person chose to remove what is there: cleanup lists it and asks for confirmation. Whoever starts over installs then. */
async function remove(flags: FlagsOf<'setup'>, answered: Draft, io: Io): Promise<number> {
  const { next, kubeconfig, context, namespace, timeout } = answered
  const place = { ...(kubeconfig && { kubeconfig }), ...(context && { context }), ...(namespace && { namespace }) }
  const removal = { ...place, ...(timeout && { timeout }), ...(next !== 'remove' && { 'delete-data': true as const }) }
  const code = await removeInstallation(removal, io)
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
