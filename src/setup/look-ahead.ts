import type { Change } from '../checks/changes.ts'
import { type Finding, runChecks } from '../checks/check.ts'
import { readCheckFacts } from '../checks/read.ts'
import { CHECKS } from '../checks/table.ts'
import type { ClusterFacts } from '../cluster/facts.ts'
import { EXIT, type Trouble, UserError } from '../errors.ts'
import type { Io } from '../io.ts'
import type { Kube } from '../kube/request/client.ts'
import { PROGRAM } from '../text/program.ts'
import { sh } from '../text/shell-words.ts'
import type { Reporter } from '../ui/reporter.ts'
import type { Decided } from './decide.ts'

/** What is known of a plan before anything is written. */
export type Checked = {
  findings: readonly Finding[]
  /** What applying it would change. */
  changes: readonly Change[]
  troubles: Readonly<Record<string, Trouble>>
}

type Site = { reading: Kube; facts: ClusterFacts }

/** Checks whether the plan can be carried out. Writes nothing. */
export async function lookAhead({ reading, facts }: Site, decided: Decided, force: boolean, io: Io): Promise<Checked> {
  const checked = await readCheckFacts(reading, facts, decided, { force, now: io.clock.now })
  return { findings: runChecks(CHECKS, checked), changes: checked.changes, troubles: decided.troubles }
}

/** Tells the warnings. Throws one UserError that names everything that would make setup fail. */
export function requireNothingFatal({ findings, troubles }: Checked, reporter: Reporter): void {
  // What setup leaves alone it tells when it comes to it.
  const warnings = findings.filter(({ status, id }) => status === 'warning' && id !== 'conflicts')
  for (const { message, fix } of warnings) reporter.warn(message, fix ?? '')
  const fatal = findings.filter(({ status }) => status === 'fatal')
  const [first] = fatal
  if (first === undefined) return
  if (fatal.length === 1) {
    const trouble = troubles[first.id]
    // A question that nobody has answered has an exit code of its own.
    if (trouble instanceof UserError) throw trouble
    throw new UserError(first.message, { fix: first.fix ?? '', code: EXIT.precondition })
  }
  throw new UserError(`${fatal.length} checks failed. Nothing was changed.`, {
    fix: sh`Fix these problems, then run eg-setup again. To repeat only the checks:\n${PROGRAM} check`,
    troubles: fatal.map(({ message, fix }) => ({ message, fix: fix ?? '' })),
    code: fatal.every(({ id }) => isUnanswered(troubles[id])) ? EXIT.usage : EXIT.precondition,
  })
}

const isUnanswered = (trouble: Trouble | undefined) => trouble instanceof UserError && trouble.code === EXIT.usage
