/** Exit codes: an interface, never renumbered (README, "Exit codes"). */
export const EXIT = {
  ok: 0,
  failed: 1,
  usage: 2,
  precondition: 3,
  timeout: 4,
  interrupted: 130,
  terminated: 143,
} as const
export type ExitCode = (typeof EXIT)[keyof typeof EXIT]

/** A problem and what to do about it. */
export type Trouble = { readonly message: string; readonly fix: string }

type Reaction = { fix: string; code?: ExitCode; cause?: unknown; troubles?: readonly Trouble[] }

/**
 * A failure a person can act on: the message says what and why, `fix` says what to do next. The first line of a fix is a
 * sentence; of the others, those that don't begin with a capital letter are commands to paste. `troubles` are the single
 * problems where several were found.
 */
export class UserError extends Error {
  readonly fix: string
  readonly code: ExitCode
  readonly troubles: readonly Trouble[] | undefined

  constructor(message: string, { fix, code = EXIT.failed, cause, troubles }: Reaction) {
    super(message, { cause })
    this.name = 'UserError'
    this.fix = fix
    this.code = code
    this.troubles = troubles
  }
}

/** The person or the system ended the run: Ctrl-C, a cancelled prompt (130), or SIGTERM (143). */
export class Cancelled extends Error {
  readonly code: ExitCode

  constructor(code: ExitCode = EXIT.interrupted) {
    super('cancelled')
    this.name = 'Cancelled'
    this.code = code
  }
}
