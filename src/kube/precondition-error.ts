import { EXIT, UserError } from '../errors.ts'

/** The cluster cannot be used as things are: exit code 3. */
export const preconditionError = (message: string, fix: string, cause?: unknown): UserError =>
  new UserError(message, { fix, code: EXIT.precondition, cause })

/** No kubeconfig names a cluster, so one must be started first. Exit code 3. */
export class NoCluster extends UserError {
  constructor(message: string, fix: string) {
    super(message, { fix, code: EXIT.precondition })
  }
}
