import type { FlagsOf } from '../args.ts'
import { type Finding, runChecks } from '../cluster/checks/check.ts'
import { readCheckFacts } from '../cluster/checks/read.ts'
import { CHECKS } from '../cluster/checks/table.ts'
import { type ClusterFacts, readFacts } from '../cluster/facts.ts'
import { detect, type Flavour } from '../cluster/flavours.ts'
import { thisPlatform } from '../cluster/platform.ts'
import type { Change } from '../engines/changes.ts'
import { EXIT, UserError } from '../errors.ts'
import type { Io } from '../io.ts'
import type { Kube } from '../kube/client.ts'
import { givenFrom } from '../settings/given.ts'
import { readValues } from '../settings/values-file.ts'
import type { Ask } from '../ui/ask.ts'
import type { Reporter } from '../ui/reporter.ts'
import { type Decided, decide } from './decide.ts'
import { openCluster } from './open-cluster.ts'

/** Everything that setup knows before it writes. */
export type Prepared = {
  reading: Kube
  facts: ClusterFacts
  flavour: Flavour
  decided: Decided
  findings: readonly Finding[]
  changes: readonly Change[]
}

type Flags = Omit<FlagsOf<'setup'>, 'output' | 'dry-run'>
type Options = { ask: Ask | undefined; reporter: Reporter; lenient?: boolean }

/** The line of setup up to its first write: facts, flavour, settings, plan, checks. Writes nothing. */
export async function prepare(flags: Flags, io: Io, { ask, reporter, lenient = false }: Options): Promise<Prepared> {
  const sources = { values: await readValues(flags.values ?? [], io), set: flags.set ?? [], flags }
  givenFrom(sources) // What is wrong with the settings is said before anybody is asked and any cluster is needed.

  const reading = await openCluster(flags, io, reporter.note)
  const facts = await readFacts(reading)
  const { flavour, because } = detect(facts, thisPlatform())
  reporter.note(`Context ${facts.context} at ${facts.server} is ${flavour.label}: ${because}.`)

  const decided = await decide(reading, { flags, sources, facts, flavour, ask, lenient })
  const force = flags['force-conflicts'] ?? false
  const checked = await readCheckFacts(reading, facts, decided, { force, now: io.clock.now })
  const findings = runChecks(CHECKS, checked)
  return { reading, facts, flavour, decided, findings, changes: checked.changes }
}

/** Tells the warnings. Throws one UserError (exit 3) that names everything that would make setup fail. */
export function requireNothingFatal(findings: readonly Finding[], reporter: Reporter): void {
  // What setup leaves alone it tells when it comes to it.
  const warnings = findings.filter(({ status, id }) => status === 'warning' && id !== 'conflicts')
  for (const { message, fix } of warnings) reporter.warn(`${message} ${fix}`)
  const fatal = findings.filter(({ status }) => status === 'fatal')
  const [first] = fatal
  if (first === undefined) return
  if (fatal.length === 1) throw new UserError(first.message, { fix: first.fix ?? '', code: EXIT.precondition })
  const problems = fatal.map(({ message, fix }) => `\n- ${message}\n  fix: ${indented(fix ?? '')}`).join('')
  throw new UserError(`${fatal.length} things stand in the way; nothing was changed.${problems}`, {
    fix: 'Then run eg-setup again. eg-setup check looks at them without changing anything.',
    code: EXIT.precondition,
  })
}

/** Further lines of a fix, under its first one. */
export const indented = (text: string): string => text.replaceAll('\n', '\n       ')
