import { chooseIngressClass, ingressCommand, readIngressClasses } from '../cluster/ingress-class.ts'
import type { Io } from '../io.ts'
import { isOnPath, thisHost } from '../local-cluster/machine.ts'
import { runCommand } from '../process/run-command.ts'
import { exposureOf } from '../setup/propose.ts'
import { isRemoval, settingsOf } from '../setup/request.ts'
import type { Reporter } from '../ui/reporter.ts'
import type { Prompt, Question } from './question.ts'

const RUN = 'run'
const AGAIN = 'again'

/** Which controller serves the Ingress, where none of several is the default; or how one is brought where there is none. */
export const ingressController = (io: Io, reporter: Reporter): Question => ({
  flags: ['ingress-class'],
  prompt: async (request, { site }) => {
    const { eg } = site.records
    const settings = settingsOf(request, eg)
    if (isRemoval(request) || exposureOf(settings, eg, site.flavour) !== 'ingress') return undefined
    const classes = await readIngressClasses(site.kube)
    const command = ingressCommand(site)
    if (classes?.names.length === 0 && command !== undefined) return installController(command, io, reporter)
    if (classes !== undefined && classes.names.length > 1 && !classes.hasDefault && !settings['ingress.className'])
      return {
        kind: 'select',
        message: 'Which ingress controller?',
        help: 'No IngressClass is the default.',
        choices: classes.names.map(name => ({ value: name, label: name })),
        initial: classes.names[0]!,
      }
    chooseIngressClass(classes, settings['ingress.className'], site)
    return undefined
  },
  take: async (answer, _, { site }) => {
    if (answer === AGAIN) return undefined
    if (answer !== RUN) return { 'ingress-class': answer }
    const [program = '', ...args] = ingressCommand(site) ?? []
    const code = await runCommand([program, ...args], {}, io, { toStderr: true })
    io.signal.throwIfAborted()
    if (code !== 0) reporter.warn(`${program} failed with exit code ${code}. See its output above.`)
    return undefined
  },
})

function installController([program = '', ...args]: readonly string[], io: Io, reporter: Reporter): Prompt {
  const line = [program, ...args].join(' ')
  const canRun = isOnPath(program, thisHost(io))
  if (!canRun) {
    reporter.note(`${program} is not on the PATH. Run this command where ${program} is installed:`)
    reporter.command(line)
  }
  return {
    kind: 'select',
    message: canRun ? 'The cluster has no ingress controller. Install one?' : 'The cluster has no ingress controller.',
    help: 'Press Esc to choose another way to reach the gateway.',
    choices: [
      ...(canRun ? [{ value: RUN, label: line, hint: 'run now' }] : []),
      { value: AGAIN, label: 'Check again', hint: 'after you install one yourself' },
    ],
    initial: canRun ? RUN : AGAIN,
  }
}
