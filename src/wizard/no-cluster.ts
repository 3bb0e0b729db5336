import { UserError } from '../errors.ts'
import type { Io } from '../io.ts'
import type { ContextRow } from '../kube/login/kubeconfig.ts'
import { NoCluster, preconditionError } from '../kube/precondition-error.ts'
import { isPassing } from '../kube/request/unreachable.ts'
import { guidesFor } from '../local-cluster/guides.ts'
import { lookAtMachine, type Machine, thisHost } from '../local-cluster/machine.ts'
import { type Way, waysToStart, wayToRestart } from '../local-cluster/start-commands.ts'
import { isLocal } from './context-names.ts'

/** Why no cluster is reachable; `context` is the one that does not answer, undefined if the kubeconfig has none. */
export type Absence = { error: UserError; context: ContextRow | undefined }

/** Turns an error into an absence if starting a local cluster would fix it; throws any other error. */
export function absenceOf(error: unknown, asked: string | undefined, contexts: readonly ContextRow[]): Absence {
  if (error instanceof NoCluster) return { error, context: undefined }
  if (!(error instanceof UserError && error.cause instanceof Error && isPassing(error.cause))) throw error
  const context = contexts.find(({ name, current }) => (asked === undefined ? current : name === asked))
  if (context && isLocal(context)) return { error, context }
  throw error
}

export const lineOf = ({ command }: Way) => command.join(' ')

/** The commands that would start a cluster here, best first. */
export const waysFor = ({ context }: Absence, machine: Machine): Way[] => {
  const restart = context && wayToRestart(context, machine)
  return [...(restart ? [restart] : []), ...waysToStart(machine)]
}

/** The error (exit 3) for a missing cluster when prompts are disabled, with the next steps on this machine. */
export function absenceError(absence: Absence, io: Io): UserError {
  const machine = lookAtMachine(thisHost(io))
  const [way] = waysFor(absence, machine)
  const [guide] = guidesFor(machine)
  const steps = way ? [lineOf(way)] : (guide?.steps.map(({ text, command }) => `# ${text}\n${command}`) ?? [])
  return preconditionError(
    absence.error.message,
    `Start a cluster:\n${steps.join('\n')}\nOr use another cluster: --kubeconfig FILE or --context NAME.`,
    absence.error,
  )
}
