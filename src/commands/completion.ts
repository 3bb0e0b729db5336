import type { FlagsOf } from '../cli/args.ts'
import type { COMPLETED_SHELLS } from '../cli/command-table.ts'
import { bash } from '../cli/completion/bash.ts'
import { fish } from '../cli/completion/fish.ts'
import { powershell } from '../cli/completion/powershell.ts'
import { commandWords } from '../cli/completion/words.ts'
import { zsh } from '../cli/completion/zsh.ts'
import { EXIT } from '../errors.ts'
import type { Io } from '../io.ts'
import { printScript } from '../ui/print.ts'

const SCRIPTS = { bash, zsh, fish, powershell } as const satisfies Record<(typeof COMPLETED_SHELLS)[number], unknown>

/** Prints what makes a shell complete eg-setup's words; they come from the table of commands. */
export async function completion(_flags: FlagsOf<'completion'>, io: Io, [shell]: readonly string[]): Promise<number> {
  printScript(io, SCRIPTS[shell as keyof typeof SCRIPTS](commandWords()))
  return EXIT.ok
}
