import { constants } from 'node:os'
import { EXIT, UserError } from '../errors.ts'
import type { Io } from '../io.ts'
import { releaseKeys } from './keys.ts'

/**
 * Runs a program of the user's on our own streams, with more variables in its environment, and gives its exit code (128
 * and the signal's number where a signal ended it, as shells do). What ends us ends it too. `toStderr`: its stdout is talk
 * here, not our result.
 */
export async function runCommand(
  [file = '', ...args]: readonly string[],
  variables: Readonly<Record<string, string>>,
  { env, signal }: Pick<Io, 'env' | 'signal'>,
  { toStderr = false } = {},
): Promise<number> {
  const { execa } = await import('execa')
  const holdAgain = releaseKeys()
  const child = execa(file, args, {
    stdio: ['inherit', toStderr ? process.stderr : 'inherit', 'inherit'],
    env: { ...env, ...variables },
    extendEnv: false,
    reject: false,
    // Its own way would end us by the signal, with the child still at work.
    cleanup: false,
    forceKillAfterDelay: false,
  })
  // On Ctrl-C the terminal has told the child already; asked again it may take its time as it would without us.
  const end = () => child.kill(signal.reason?.code === EXIT.interrupted ? 'SIGINT' : 'SIGTERM')
  signal.addEventListener('abort', end, { once: true })
  const ended = await child
  signal.removeEventListener('abort', end)
  holdAgain()
  if (ended.code === 'ENOENT' || ended.code === 'EACCES')
    throw new UserError(
      `The command ${JSON.stringify(file)} can't be run: ${ended.code === 'ENOENT' ? 'not found on the PATH' : 'permission denied'}.`,
      { fix: `Install ${file}, or check the spelling and the PATH. Commands run directly, without a shell.` },
    )
  return ended.exitCode ?? 128 + (ended.signal === undefined ? 0 : constants.signals[ended.signal])
}
