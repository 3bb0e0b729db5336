import type { Io } from '../io.ts'
import { guidesFor } from '../local-cluster/guides.ts'
import { lookAtMachine, thisHost } from '../local-cluster/machine.ts'
import { runCommand } from '../process/run-command.ts'
import { oneLine } from '../text/sanitize.ts'
import type { Reporter } from '../ui/reporter.ts'
import { lineOf, waysFor } from './no-cluster.ts'
import type { Question } from './question.ts'

const AGAIN = 'again'

/** Where no cluster answers: starts one, or shows how one is started. */
export function startCluster(io: Io, reporter: Reporter): Question {
  let hasSteps = false
  return {
    flags: [],
    prompt: (_, { absence, contexts }) => {
      if (absence === undefined) return undefined
      const machine = lookAtMachine(thisHost(io))
      const ways = waysFor(absence, machine).map(way => ({ value: lineOf(way), label: `Run ${lineOf(way)}` }))
      const guides = guidesFor(machine).map(({ id, title }) => ({ value: id, label: `Show how to set up ${title}` }))
      const again = { value: AGAIN, label: 'Check again', hint: 'after you start one yourself' }
      const others = contexts.length > 1 ? 'Press Esc to choose another context. ' : ''
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
    take: async (answer, _, { absence }) => {
      const machine = lookAtMachine(thisHost(io))
      const guide = guidesFor(machine).find(({ id }) => id === answer)
      hasSteps = guide !== undefined
      for (const { text, command } of guide?.steps ?? []) {
        reporter.note(`${text}:`)
        reporter.command(command)
      }
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
