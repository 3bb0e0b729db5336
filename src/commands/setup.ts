import type { FlagsOf } from '../args.ts'
import { readFacts } from '../cluster/facts.ts'
import { detect } from '../cluster/flavours.ts'
import { thisPlatform } from '../cluster/platform.ts'
import { type Exports, exportsOf } from '../endpoints/exports.ts'
import { type Limits, Unreachable, waitForEndpoint } from '../endpoints/resolve.ts'
import { install } from '../engines/install.ts'
import { uidsOf } from '../engines/record.ts'
import { EXIT, UserError } from '../errors.ts'
import type { Io } from '../io.ts'
import { type Kube, makeKube } from '../kube/client.ts'
import { givenFrom } from '../settings/given.ts'
import { readValues } from '../settings/values-file.ts'
import { type Ask, canAsk, makeAsk } from '../ui/ask.ts'
import { makeReporter, type Reporter } from '../ui/reporter.ts'
import { decide } from './decide.ts'
import { openCluster } from './open-cluster.ts'
import { exportsPrinter } from './print-exports.ts'
import { confirmPlan, describeEndpoint, describePlan, describeProgress, sameCluster, silent } from './setup-texts.ts'

const TIMEOUT_MS = 10 * 60_000
/** How often in a row the gateway has to answer: right after a rollout one answer proves little. */
const ANSWERS = 3

/** From a kubeconfig to a gateway that answers, and its exports on stdout. */
export async function setup(flags: FlagsOf<'setup'>, io: Io): Promise<number> {
  const printer = exportsPrinter(flags, io)
  const { namespace, exports, unreachable } = await setUp(flags, io)
  if (exports !== undefined) {
    printer.print(exports)
    printer.hint()
    return EXIT.ok
  }
  const offered = await offerForward({ ...flags, namespace }, unreachable, io)
  if (offered === undefined && unreachable !== undefined) throw unreachable
  return offered ?? EXIT.ok
}

/** What nothing outside of the cluster reaches is used through `forward`: its exit code, or undefined where it is not run. */
async function offerForward(
  { namespace, ...flags }: FlagsOf<'setup'> & { namespace: string },
  unreachable: Unreachable | undefined,
  io: Io,
): Promise<number | undefined> {
  const { note, warn } = makeReporter(io)
  const ask = flags.yes || !canAsk(io) ? undefined : makeAsk(io)
  if (ask === undefined) {
    if (unreachable === undefined)
      note(`To use it from this machine: eg-setup forward ${sameCluster(namespace, flags)}`)
    return undefined
  }
  if (unreachable !== undefined) warn(unreachable.message)
  if (!(await ask.confirm('Bring its ports to this machine until Ctrl-C?'))) return undefined
  const { forward } = await import('./forward.ts')
  return forward({ ...flags, namespace }, io, [])
}

/** What was set up. Without exports only `forward` reaches it: as it was asked for, or since nothing else answers. */
export type SetUp = { namespace: string; exports?: Exports; unreachable?: Unreachable }

/** The same up to the exports: the demo does more with them than to print them. */
export async function setUp(flags: FlagsOf<'setup'>, io: Io): Promise<SetUp> {
  const sources = { values: await readValues(flags.values ?? [], io), set: flags.set ?? [], flags }
  givenFrom(sources) // What is wrong with the settings is said before anybody is asked and any cluster is needed.
  const ask = requireAnswers(flags, io)
  const reporter = makeReporter(io)

  const reading = await openCluster(flags, io, reporter.note)
  const facts = await readFacts(reading)
  const { flavour, because } = detect(facts, thisPlatform())
  reporter.note(`Context ${facts.context} at ${facts.server} is ${flavour.label}: ${because}.`)

  const decided = await decide(reading, { flags, sources, facts, flavour, ask })
  for (const line of describePlan(decided)) reporter.note(line)
  await confirmPlan(decided, facts, ask)

  const deadline = io.clock.now() + (flags.timeout ?? TIMEOUT_MS)
  const kube = makeKube(reading.connection, deadline)
  const { namespace } = decided.plan
  try {
    const force = flags['force-conflicts'] ?? false
    const records = await install(kube, { ...decided, force, deadline }, reporter, io)
    reporter.step('Asking the gateway from this machine')
    const target = { namespace, exposure: decided.exposure, uids: uidsOf(records.eg) }
    const limits = { answers: ANSWERS, deadline, onReason: reporter.reason }
    const endpoint =
      decided.exposure === 'cluster-ip'
        ? undefined
        : await waitForEndpoint(kube, target, { facts, flavour }, limits, io)
    // The API that needs etcd is asked in any case.
    if (endpoint?.config === undefined) await proveInside(kube, namespace, limits, reporter, io)
    reporter.done(describeEndpoint(endpoint))
    return { namespace, ...(endpoint && { exports: exportsOf(endpoint) }) }
  } catch (error) {
    reporter.pause()
    if (error instanceof Unreachable) return { namespace, unreachable: error }
    for (const line of describeProgress(namespace, flags)) reporter.note(line)
    throw error
  }
}

/** Throws UserError where the gateway does not answer; a person who may not forward has to believe the cluster. */
async function proveInside(kube: Kube, namespace: string, limits: Limits, reporter: Reporter, io: Io): Promise<void> {
  try {
    const { proveThroughServer } = await import('../endpoints/local-endpoint.ts')
    const [reason] = await proveThroughServer(kube, namespace, limits, io)
    if (reason !== undefined) throw silent(namespace, reason)
  } catch (error) {
    if (!(error instanceof UserError && error.code === EXIT.precondition)) throw error
    reporter.warn(`Its pods are ready, but it was not asked from here. ${error.message}`)
  }
}

/** The prompts, or undefined with --yes. Throws UserError (exit 2) where a confirmation is missing and nobody can give it. */
function requireAnswers({ yes }: FlagsOf<'setup'>, io: Io): Ask | undefined {
  if (yes) return undefined
  if (canAsk(io)) return makeAsk(io)
  throw new UserError('Nobody can confirm the changes to the cluster: this is not a terminal.', {
    fix: 'Add --yes to accept the defaults; --context, --namespace and --expose say which.',
    code: EXIT.usage,
  })
}
