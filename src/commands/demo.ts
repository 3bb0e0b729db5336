import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { FlagsOf } from '../args.ts'
import { EXIT } from '../errors.ts'
import type { Io } from '../io.ts'
import { runCommand } from '../run-command.ts'
import { startSimulator } from '../simulator/simulator.ts'
import { canAsk } from '../ui/ask.ts'
import { exportsPrinter } from './print-exports.ts'
import { isRemoval, setUp } from './setup.ts'

/** The whole of setup on a simulated cluster in memory, whose gateway really answers while the demo runs. */
export async function demo(flags: FlagsOf<'demo'>, io: Io, command: readonly string[]): Promise<number> {
  const printer = exportsPrinter(flags, io)
  const isAsked = canAsk(io) && !flags.yes
  const simulator = await startSimulator()
  const folder = await mkdtemp(join(tmpdir(), 'eg-setup-demo-'))
  try {
    const kubeconfig = join(folder, 'kubeconfig')
    await writeFile(kubeconfig, simulator.kubeconfig, { mode: 0o600 })
    io.stderr.write('This cluster is simulated: nothing leaves this machine and nothing stays on it.\n')
    const done = await setUp({ ...flags, kubeconfig, ...(isAsked ? {} : { yes: true as const }) }, io)
    if (done.unreachable !== undefined) throw done.unreachable
    if (isRemoval(done.flags)) return EXIT.ok
    const { exports } = done
    if (exports === undefined) {
      const { forward } = await import('./forward.ts')
      return await forward(done.flags, io, command)
    }
    printer.print(exports)
    if (command.length > 0) return await runCommand(command, exports, io)
    if (isAsked) await untilEnter(io)
    return EXIT.ok
  } finally {
    await simulator.stop()
    await rm(folder, { recursive: true, force: true })
  }
}

async function untilEnter({ stdin, stderr, signal }: Io): Promise<void> {
  stderr.write('The gateway answers until you press Enter. Another terminal can use it with the exports above.\n')
  stdin.resume()
  await once(stdin, 'data', { signal })
  stdin.pause()
}
