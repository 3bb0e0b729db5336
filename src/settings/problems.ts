import { EXIT, UserError } from '../errors.ts'

/** What is wrong with one setting, as a sentence without its full stop, and what may help. */
export type Problem = { readonly what: string; readonly fix?: string | undefined }

const HELP = 'Run eg-setup help settings to list all settings.'

/** All of them in one error, a line each. */
export function wrongSettings(problems: readonly Problem[]): UserError {
  const [first, ...more] = problems
  if (first && more.length === 0) return new UserError(`${first.what}.`, { fix: first.fix ?? HELP, code: EXIT.usage })
  const lines = problems.map(({ what, fix }) => `\n  ${what}.${fix ? ` ${fix}` : ''}`)
  return new UserError(`${problems.length} settings are wrong:${lines.join('')}`, { fix: HELP, code: EXIT.usage })
}
