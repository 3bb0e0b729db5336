import { EXIT, type Trouble, UserError } from '../errors.ts'
import { PROGRAM } from '../text/program.ts'
import { sh } from '../text/shell-words.ts'
import type { Reporter } from '../ui/reporter.ts'
import type { Proposal } from './propose.ts'

/** Shows the warnings. Throws one UserError that names everything that would make setup fail. */
export function requireChecks(
  { findings, troubles }: Pick<Proposal, 'findings' | 'troubles'>,
  reporter: Reporter,
): void {
  // setup itself tells which fields it leaves alone, when it applies their objects.
  const warnings = findings.filter(({ status, id }) => status === 'warning' && id !== 'conflicts')
  for (const { message, fix } of warnings) reporter.warn(message, fix ?? '')
  const fatal = findings.filter(({ status }) => status === 'fatal')
  const [first] = fatal
  if (first === undefined) return
  if (fatal.length === 1) {
    const trouble = troubles[first.id]
    // An unanswered question has an exit code of its own.
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
