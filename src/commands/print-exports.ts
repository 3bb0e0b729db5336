import type { Exports } from '../endpoints/exports.ts'
import { type ShellId, script } from '../endpoints/shells.ts'
import type { Io } from '../io.ts'

/** The result on stdout, in one piece: complete, or nothing. */
export function printExports(
  exports: Exports,
  { output = 'shell', shell = 'sh' }: { output?: 'shell' | 'json'; shell?: ShellId },
  { stdout }: Pick<Io, 'stdout'>,
): void {
  stdout.write(output === 'json' ? `${JSON.stringify(exports, undefined, 2)}\n` : script(shell, exports))
}
