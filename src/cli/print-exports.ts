import { EXIT, UserError } from '../errors.ts'
import { detectShell } from '../exports/detect-shell.ts'
import { EXPORT_NAMES, type Exports } from '../exports/exports.ts'
import { FORMATS, textOf } from '../exports/formats.ts'
import { findShell, type ShellName } from '../exports/shells.ts'
import type { Io } from '../io.ts'
import { printScript, say } from '../ui/print.ts'
import { commandLine } from './command-line.ts'

type Flags = {
  readonly output?: 'shell' | (typeof FORMATS)[number]['id']
  readonly shell?: 'auto' | ShellName
  readonly unset?: true
  readonly kubeconfig?: string
  readonly context?: string
  readonly namespace?: string
}

/**
 * Prints the exports as the flags and the environment want them, on stdout in one piece: complete, or nothing. `unset`
 * prints what takes them back. `hint` says on stderr how to load it where a person looks at it. Throws UserError (2) for
 * flags that contradict each other: so it is made before anything is done.
 */
export function exportsPrinter(flags: Flags, io: Pick<Io, 'stdout' | 'stderr' | 'env'>) {
  const data = FORMATS.find(({ id }) => id === flags.output)
  const forShell = flags.unset ? '--unset' : flags.shell && `--shell ${flags.shell}`
  if (data && forShell)
    throw new UserError(`${forShell} and -o ${data.id} can't be combined: ${data.id} is not a shell script.`, {
      fix: 'Use only one of the two flags.',
      code: EXIT.usage,
    })
  const shell = findShell(flags.shell ?? 'auto') ?? detectShell(io.env, process.platform)
  return {
    print: (exports: Exports) => printScript(io, textOf(data ?? shell, exports)),
    unset: () => printScript(io, shell.unset(EXPORT_NAMES)),
    /** The command that loads the exports into a shell; undefined where stdout goes to one, or to a program. */
    loadCommand: ({ kubeconfig, context, namespace, shell: name }: Flags): string | undefined =>
      !io.stdout.isTTY || data
        ? undefined
        : shell.load(commandLine('env', { kubeconfig, context, namespace, shell: name })),
    hint({ kubeconfig, context, namespace, shell: name, unset }: Flags = flags) {
      if (!io.stdout.isTTY || data) return
      const names = [shell.id, ...shell.also].join(', ')
      const written = `Syntax: ${names}. For another shell, add --shell NAME.`
      say(io, written)
      const command = shell.load(commandLine('env', { kubeconfig, context, namespace, shell: name, unset }))
      say(io, `${unset ? 'Unset' : 'Load'} the variables:\n${command}`)
    },
  }
}
