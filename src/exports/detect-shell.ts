import { findShell, SHELLS } from './shells.ts'

/**
 * The shell that probably reads what we print, never an error: an unknown one gets the syntax of sh. $SHELL names the
 * log-in shell and not the running one; the processes above us say less, under npx they are node and sh.
 */
export function detectShell(env: Readonly<Record<string, string | undefined>>, platform: NodeJS.Platform) {
  // Nushell exports NU_VERSION, while $SHELL still names the login shell.
  if (env['NU_VERSION']) return findShell('nu') ?? SHELLS[0]
  const program =
    env['SHELL']
      ?.split(/[\\/]/)
      .at(-1)
      ?.replace(/\.exe$/i, '') ?? ''
  // MSYS and Git Bash name themselves on Windows; cmd and PowerShell cannot be told apart, and cmd is the rarer.
  const usual = platform === 'win32' && !env['SHELL'] && !env['MSYSTEM'] ? 'powershell' : 'sh'
  return findShell(program) ?? findShell(usual) ?? SHELLS[0]
}
