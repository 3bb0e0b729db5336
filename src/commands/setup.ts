import type { FlagsOf } from '../cli/args.ts'
import { commandLine } from '../cli/command-line.ts'
import { exportsPrinter } from '../cli/print-exports.ts'
import { EXIT, UserError } from '../errors.ts'
import type { Io } from '../io.ts'
import { VERSION } from '../release.ts'
import { applyAndProve, type Outcome } from '../setup/apply-and-prove.ts'
import { dryRun } from '../setup/dry-run.ts'
import type { Proposal } from '../setup/propose.ts'
import { proposeBesideOthers } from '../setup/propose-under-lock.ts'
import { isRemoval, type Request, readRequest, type SetupFlags } from '../setup/request.ts'
import { describeProgress, showEndpoint, showNextSteps, showPlan } from '../setup/screens.ts'
import { placeOf, readSite, type Site } from '../setup/site.ts'
import { canAsk, makeAsk, whyNotAsked } from '../ui/ask.ts'
import type { Ask } from '../ui/prompts.ts'
import { makeReporter, type Reporter } from '../ui/reporter.ts'
import { askAll } from '../wizard/ask-all.ts'
import { setupSteps } from '../wizard/questions.ts'
import { requireCluster } from '../wizard/reads.ts'
import { removeInstallation } from './cleanup.ts'

const TIMEOUT_MS = 10 * 60_000

/** From a kubeconfig to a gateway that answers, and its exports on stdout. */
export async function setup(flags: FlagsOf<'setup'>, io: Io): Promise<number> {
  if (flags['dry-run']) return dryRun(flags, io)
  const printer = exportsPrinter(flags, io)
  const done = await askAndInstall(flags, io)
  if (done.isRemoval) return remove(flags, done.flags, io)
  if (done.exports === undefined) return offerForward(done, io)
  const reporter = makeReporter(io)
  showEndpoint(done.exports, reporter)
  showNextSteps(done.flags, printer.loadCommand(done.flags), !flags.yes, reporter)
  reporter.outro()
  printer.print(done.exports)
  return EXIT.ok
}

/** Offers `forward` for a gateway that only the cluster reaches. Throws the reason if the person wanted more. */
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

/** What came of it, and the flags completed by the answers. */
export type Done = Outcome & { flags: SetupFlags; isRemoval?: true }

type Options = { notice?: string; isTemporary?: boolean }

/**
 * The straight line up to the exports: ask, propose, confirm, apply, prove. No exports if the person chose to remove the
 * installation, or if only `forward` reaches the gateway. `notice` is shown first; with `isTemporary` the cluster is gone
 * afterwards, so no command for it is shown.
 */
export async function askAndInstall(
  flags: FlagsOf<'setup'>,
  io: Io,
  { notice, isTemporary = false }: Options = {},
): Promise<Done> {
  const reporter = makeReporter(io)
  const given = await readRequest(flags, io)
  const ask = requireAnswers(flags, io)
  reporter.intro(`eg-setup ${VERSION}`)
  if (notice !== undefined) reporter.note(notice)

  const {
    request,
    site,
    proposal: confirmed,
  } = await (ask === undefined ? findSite(given, reporter, io) : askSetup(given, ask, reporter, io))
  const place = placeOf(site, request.flags)
  const done = { flags: { ...request.flags, ...place } }
  if (isRemoval(request)) return { ...done, isRemoval: true }
  const run = { deadline: io.clock.now() + (flags.timeout ?? TIMEOUT_MS), reporter, io }
  const proposal = confirmed ?? (await proposeBesideOthers(request, site, run))
  if (confirmed === undefined) showPlan(proposal, reporter)
  try {
    return { ...done, ...(await applyAndProve(proposal, run)) }
  } catch (error) {
    if (!isTemporary) describeProgress(place, reporter)
    throw error
  }
}

type Found = { request: Request; site: Site; proposal?: Proposal }

/** Reads the site of the flags, without prompts. */
async function findSite(request: Request, reporter: Reporter, io: Io): Promise<Found> {
  const cluster = await requireCluster(request, reporter, io)
  return { request, site: await readSite(cluster, request.flags) }
}

/** The answers, and the proposal that the person confirmed. */
async function askSetup(request: Request, ask: Ask, reporter: Reporter, io: Io): Promise<Found> {
  reporter.note(`${ask.keys} Nothing changes until you confirm.`)
  const asked = await askAll(setupSteps(io, reporter), request, ask, reporter.warn)
  return { request: asked.request, ...asked.known }
}

/** Cleanup lists what to remove and asks for confirmation. To start over means to install afterwards. */
async function remove(flags: FlagsOf<'setup'>, answered: SetupFlags, io: Io): Promise<number> {
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
    fix: 'Add --yes to accept the defaults. To override the defaults, also set --context, --namespace or --expose.',
    code: EXIT.usage,
  })
}
