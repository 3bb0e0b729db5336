import { Cancelled, UserError } from '../errors.ts'
import type { Io } from '../io.ts'
import { ApiError } from '../kube/request/connection.ts'
import { problem, styleOf } from '../ui/layout.ts'

/**
 * An error as a person reads it on stderr: what happened and why, then what to do next, with its commands on lines of their
 * own. A stack means that it is a bug in eg-setup.
 */
export function describeError(error: unknown, io: Pick<Io, 'stderr' | 'env'>): string {
  const style = styleOf(io, 'stderr')
  const { paint, signs } = style
  if (error instanceof Cancelled) return `${paint.red('Canceled.')} Nothing else was changed.\n`
  const lines = (trouble: { message: string; fix: string }) =>
    `${problem(style, `${paint.red(signs.failed)}  `, trouble).join('\n')}\n`
  if (!(error instanceof UserError && error.troubles)) return lines(troubleOf(error))
  return [...error.troubles, error].map(lines).join('')
}

function troubleOf(error: unknown): { message: string; fix: string } {
  if (error instanceof UserError) return error
  if (error instanceof ApiError) {
    const { method, path } = error.call
    const fix =
      error.status === 403
        ? 'Ask for the permission, or run eg-setup as a user who has it.'
        : 'Run the command again with -v to see every request.'
    return { message: `The cluster refused ${method} ${path.split('?')[0]}: ${error.message}`, fix }
  }
  if (error instanceof Error && 'syscall' in error && error.syscall === 'uv_cwd')
    return { message: 'The current directory no longer exists.', fix: 'Change to another directory and try again.' }
  const stack = error instanceof Error ? (error.stack ?? error.message) : String(error)
  return { message: stack, fix: 'This is a bug in eg-setup. Please report it with the lines above.' }
}
