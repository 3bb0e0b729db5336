import { once } from 'node:events'
import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { FlagsOf } from '../cli/args.ts'
import { exportsPrinter } from '../cli/print-exports.ts'
import { EXIT } from '../errors.ts'
import type { Io } from '../io.ts'
import { releaseKeys } from '../process/keys.ts'
import { runCommand } from '../process/run-command.ts'
import { makeTemporaryFolder } from '../process/temporary-folder.ts'
import { describeTry, showEndpoint } from '../setup/screens.ts'
import { startSimulator } from '../simulator/simulator.ts'
import { canAsk } from '../ui/ask.ts'
import { makeReporter } from '../ui/reporter.ts'
import { askAndInstall } from './setup.ts'

/** What makes the simulated cluster a minikube: newcomers know it, and see how setup detects one. */
const MINIKUBE = {
  // An unlikely profile name, so that an addon enabled here does not end up in a real minikube.
  nodes: [{ name: 'minikube', labels: { 'minikube.k8s.io/name': 'eg-setup-demo' } }],
  context: 'minikube',
}

const NOTICE = 'This cluster is simulated in memory: nothing is installed, here or elsewhere.'

/** The whole of setup on a simulated cluster in memory, whose gateway really answers while the demo runs. */
export async function demo(flags: FlagsOf<'demo'>, io: Io, command: readonly string[]): Promise<number> {
  const printer = exportsPrinter(flags, io)
  const isAsked = canAsk(io) && !flags.yes
  const simulator = await startSimulator(MINIKUBE)
  const folder = await makeTemporaryFolder('eg-setup-demo-')
  try {
    const kubeconfig = join(folder, 'kubeconfig')
    await writeFile(kubeconfig, simulator.kubeconfig, { mode: 0o600 })
    const reporter = makeReporter(io)
    const request = { ...flags, kubeconfig, ...(isAsked ? {} : { yes: true as const }) }
    const done = await askAndInstall(request, io, { notice: NOTICE, isTemporary: true })
    if (done.unreachable !== undefined) throw done.unreachable
    if (done.isRemoval) return EXIT.ok
    const { exports } = done
    if (exports === undefined) {
      const { forward } = await import('./forward.ts')
      return await forward(done.flags, io, command)
    }
    showEndpoint(exports, reporter)
    const staysOpen = isAsked && command.length === 0
    if (staysOpen) {
      describeTry(exports, reporter)
      // Before the note, so that Ctrl-C after it is a signal and not a key.
      releaseKeys()
      reporter.note(
        'The gateway runs until you press Enter. To use it from another terminal, load these exports there.',
      )
    }
    reporter.outro()
    printer.print(exports)
    if (staysOpen) await untilEnter(io)
    return command.length > 0 ? await runCommand(command, exports, io) : EXIT.ok
  } finally {
    await simulator.stop()
    await rm(folder, { recursive: true, force: true })
  }
}

async function untilEnter({ stdin, signal }: Io): Promise<void> {
  stdin.resume()
  try {
    await once(stdin, 'data', { signal })
  } finally {
    // A stream that still reads keeps the process alive.
    stdin.pause()
  }
}
