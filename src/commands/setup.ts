import type { FlagsOf } from '../args.ts'
import { readFacts } from '../cluster/facts.ts'
import { detect } from '../cluster/flavours.ts'
import { thisPlatform } from '../cluster/platform.ts'
import { type Exports, exportsOf } from '../endpoints/exports.ts'
import { waitForEndpoint } from '../endpoints/resolve.ts'
import { install } from '../engines/install.ts'
import { uidsOf } from '../engines/record.ts'
import { EXIT, UserError } from '../errors.ts'
import type { Io } from '../io.ts'
import { makeKube } from '../kube/client.ts'
import { givenFrom } from '../settings/given.ts'
import { readValues } from '../settings/values-file.ts'
import { type Ask, canAsk, makeAsk } from '../ui/ask.ts'
import { makeReporter } from '../ui/reporter.ts'
import { decide } from './decide.ts'
import { openCluster } from './open-cluster.ts'
import { exportsPrinter } from './print-exports.ts'
import { confirmPlan, describePlan, describeProgress } from './setup-texts.ts'

const TIMEOUT_MS = 10 * 60_000
/** How often in a row the gateway has to answer: right after a rollout one answer proves little. */
const ANSWERS = 3

/** From a kubeconfig to a gateway that answers, and its exports on stdout. */
export async function setup(flags: FlagsOf<'setup'>, io: Io): Promise<number> {
  const printer = exportsPrinter(flags, io)
  printer.print(await setUp(flags, io))
  printer.hint()
  return EXIT.ok
}

/** The same up to the exports: the demo does more with them than to print them. */
export async function setUp(flags: FlagsOf<'setup'>, io: Io): Promise<Exports> {
  const sources = { values: await readValues(flags.values ?? [], io), set: flags.set ?? [], flags }
  givenFrom(sources) // What is wrong with the settings is said before anybody is asked and any cluster is needed.
  const ask = requireAnswers(flags, io)
  const reporter = makeReporter(io)

  const reading = await openCluster(flags, io, reporter.note)
  const facts = await readFacts(reading)
  const { flavour, because } = detect(facts, thisPlatform())
  reporter.note(`Context ${facts.context} at ${facts.server} is ${flavour.label}: ${because}.`)

  const decided = await decide(reading, { flags, sources, facts, flavour, ask, io })
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
    const endpoint = await waitForEndpoint(
      kube,
      target,
      { facts, flavour },
      { answers: ANSWERS, deadline, onReason: reporter.reason },
      io,
    )
    reporter.done(
      `The Event Gateway answers: config API ${endpoint.host}:${endpoint.config}, events API ${endpoint.host}:${endpoint.events}`,
    )
    return exportsOf(endpoint)
  } catch (error) {
    reporter.pause()
    for (const line of describeProgress(namespace, flags)) reporter.note(line)
    throw error
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
