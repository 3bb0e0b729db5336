import { UserError } from '../errors.ts'
import type { Io } from '../io.ts'
import type { ContextRow } from '../kube/login/kubeconfig.ts'
import { NoCluster, refusal } from '../kube/refusal.ts'
import { isPassing } from '../kube/request/unreachable.ts'
import { guidesFor } from '../local-cluster/guides.ts'
import { lookAtMachine, type Machine, thisHost } from '../local-cluster/machine.ts'
import { type Way, waysToStart, wayToRestart } from '../local-cluster/ways.ts'
import { runCommand } from '../process/run-command.ts'
import type { Draft, Looks } from '../setup/looks.ts'
import { oneLine } from '../text/sanitize.ts'
import type { Reporter } from '../ui/reporter.ts'
import type { Question } from './ask-all.ts'
import { isLocal } from './contexts.ts'

/** Why there is nothing to install into; `context` is the one that does not answer, undefined where there is none. */
type Absence = { error: UserError; context: ContextRow | undefined }

/** What is wrong where a local cluster is to be started; throws what has another cure. */
async function findAbsence(draft: Draft, looks: Looks): Promise<Absence | undefined> {
  try {
    await looks.site(draft)
    return undefined
  } catch (error) {
    if (error instanceof NoCluster) return { error, context: undefined }
    if (!(error instanceof UserError && error.cause instanceof Error && isPassing(error.cause))) throw error
    const isMeant = ({ name, current }: ContextRow) => (draft.context === undefined ? current : name === draft.context)
    const context = (await looks.contexts(draft)).find(isMeant)
    if (context && isLocal(context)) return { error, context }
    throw error
  }
}

const lineOf = ({ command }: Way) => command.join(' ')

/** The commands that would start a cluster here, best first. */
const waysFor = ({ context }: Absence, machine: Machine): Way[] => {
  const restart = context && wayToRestart(context, machine)
  return [...(restart ? [restart] : []), ...waysToStart(machine)]
}

const AGAIN = 'again'

/** Where no cluster answers: starts one, or shows how one is started. */
export function startCluster(io: Io, reporter: Reporter): Question {
  let hasSteps = false
  return {
    flags: [],
    prompt: async (draft, looks) => {
      const absence = await findAbsence(draft, looks)
      if (absence === undefined) return undefined
      const machine = lookAtMachine(thisHost(io))
      const ways = waysFor(absence, machine).map(way => ({ value: lineOf(way), label: `Run ${lineOf(way)}` }))
      const guides = guidesFor(machine).map(({ id, title }) => ({ value: id, label: `Show how to set up ${title}` }))
      const again = { value: AGAIN, label: 'Check again', hint: 'after you start one yourself' }
      const others = (await looks.contexts(draft)).length > 1 ? 'Press Esc to choose another context. ' : ''
      const found = [...machine.tools].join(', ')
      const choices = [...ways, ...guides, again]
      return {
        kind: 'select',
        message: 'No cluster is reachable. Start one?',
        help: `${oneLine(absence.error.message)} ${others}${found && `Found on this machine: ${found}.`}`,
        choices,
        initial: hasSteps ? AGAIN : choices[0]!.value,
      }
    },
    take: async (answer, draft, looks) => {
      const machine = lookAtMachine(thisHost(io))
      const guide = guidesFor(machine).find(({ id }) => id === answer)
      hasSteps = guide !== undefined
      for (const { text, command } of guide?.steps ?? []) {
        reporter.note(`${text}:`)
        reporter.command(command)
      }
      const absence = await findAbsence(draft, looks)
      const way = absence && waysFor(absence, machine).find(each => lineOf(each) === answer)
      if (way === undefined) return undefined
      reporter.note(`Running ${lineOf(way)}`)
      const code = await runCommand(way.command, {}, io, { toStderr: true })
      io.signal.throwIfAborted()
      if (code === 0) return { context: way.context }
      reporter.warn(`${lineOf(way)} failed with exit code ${code}. See its output above.`)
      return undefined
    },
  }
}

/** Where nobody can be asked: throws what is wrong (exit 3) with the next steps on this machine. */
export async function requireCluster(draft: Draft, looks: Looks, io: Io): Promise<void> {
  const absence = await findAbsence(draft, looks)
  if (absence === undefined) return
  const machine = lookAtMachine(thisHost(io))
  const [way] = waysFor(absence, machine)
  const [guide] = guidesFor(machine)
  const steps = way ? [lineOf(way)] : (guide?.steps.map(({ text, command }) => `# ${text}\n${command}`) ?? [])
  throw refusal(
    absence.error.message,
    `Start a cluster:\n${steps.join('\n')}\nOr use another: --kubeconfig FILE, --context NAME.`,
    absence.error,
  )
}
