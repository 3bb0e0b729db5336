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

/** A failure a person can act on: the message says what and why, `fix` says what to do next. */
export class UserError extends Error {
  readonly fix: string
  readonly code: ExitCode

  constructor(message: string, { fix, code = EXIT.failed, cause }: { fix: string; code?: ExitCode; cause?: unknown }) {
    super(message, { cause })
    this.name = 'UserError'
    this.fix = fix
    this.code = code
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

/** What stands in the way of an installation, and what to do about it. */
export type Trouble = { readonly message: string; readonly fix: string }
