import { EXIT, UserError } from '../errors.ts'

/** The cluster cannot be used as things are: exit code 3. */
export const refusal = (message: string, fix: string, cause?: unknown): UserError =>
  new UserError(message, { fix, code: EXIT.precondition, cause })
