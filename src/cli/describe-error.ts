import { Cancelled, UserError } from '../errors.ts'
import { ApiError } from '../kube/request/connection.ts'
import { entry } from '../text/sanitize.ts'
import { paintFor } from '../ui/paint.ts'

/**
 * An error as a person reads it: what and why, then what to do next; only these two lines begin at the margin. A stack
 * means that it is a bug of ours.
 */
export function describeError(error: unknown, env: Readonly<Record<string, string | undefined>>): string {
  const paint = paintFor(env)
  const lines = (what: string, fix: string) =>
    `${paint.red('error:')} ${entry(what)}\n${paint.cyan('fix:')} ${entry(fix)}\n`
  if (error instanceof Cancelled) return `${paint.red('Canceled.')} Nothing else was changed.\n`
  if (error instanceof UserError) return lines(error.message, error.fix)
  if (error instanceof ApiError) {
    const { method, path } = error.call
    const fix =
      error.status === 403
        ? 'Ask for the permission, or run eg-setup as a user who has it.'
        : 'Run it again with -v to see every request.'
    return lines(`The cluster refused ${method} ${path.split('?')[0]}: ${error.message}`, fix)
  }
  if (error instanceof Error && 'syscall' in error && error.syscall === 'uv_cwd')
    return lines(
      'The folder that this shell is in does not exist any more.',
      'Go to another one (cd), and run it again.',
    )
  const stack = error instanceof Error ? (error.stack ?? error.message) : String(error)
  return lines(stack, 'This is a mistake in eg-setup: please report it with the lines above.')
}
