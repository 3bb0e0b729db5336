import { EXIT, UserError } from '../errors.ts'
import { PROGRAM } from '../text/program.ts'
import { sh } from '../text/shell-words.ts'

/** What is wrong with one setting, as a sentence without its full stop, and what may help. */
export type Problem = { readonly what: string; readonly fix?: string | undefined }

const HELP = sh`List all settings:\n${PROGRAM} help settings`

/** With more than these, it is another file than the one that was meant. */
export const MOST_SHOWN = 20

/** All of them in one error, a line each; of many the first. */
export function wrongSettings(problems: readonly Problem[]): UserError {
  const [first, ...more] = problems
  if (first && more.length === 0) return new UserError(`${first.what}.`, { fix: first.fix ?? HELP, code: EXIT.usage })
  const lines = problems.slice(0, MOST_SHOWN).map(({ what, fix }) => `\n  ${what}.${fix ? ` ${fix}` : ''}`)
  const count = problems.length > MOST_SHOWN ? `More than ${MOST_SHOWN}` : problems.length
  return new UserError(`${count} settings are invalid:${lines.join('')}`, { fix: HELP, code: EXIT.usage })
}
