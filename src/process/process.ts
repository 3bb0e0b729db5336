import { releaseKeys } from './keys.ts'

export type RunOptions = {
  /** Written to the child's stdin, which is closed then. */
  input?: string
  /** Whether the child shares our terminal for input; else its stdin is empty. */
  interactive?: boolean
  /** Whether its stderr goes straight to ours; else it is in the outcome. */
  showStderr?: boolean
  /** The whole environment of the child. */
  env: Readonly<Record<string, string | undefined>>
  timeoutMs: number
  signal: AbortSignal
}

export type Outcome = {
  stdout: string
  stderr: string
  /** The exit code; undefined if the process never ran or was killed. */
  code: number | undefined
  /** Why there is no exit code: 'ENOENT' (no such program), 'EACCES', 'timeout', a signal's name… */
  trouble?: string
}

/** How long a child may take to end after it was told to, in ms. */
const GRACE = 2000

/**
 * Runs a program, without a shell. Gives an outcome for whatever the program does; throws the signal's reason when that
 * aborts. execa is loaded only now: most runs start no other program.
 */
export async function run(file: string, args: readonly string[], options: RunOptions): Promise<Outcome> {
  const { input, interactive, showStderr, env, timeoutMs, signal } = options
  signal.throwIfAborted()
  const { execa } = await import('execa')
  const holdAgain = interactive ? releaseKeys() : undefined
  const child = execa(file, args, {
    ...(input === undefined ? { stdin: interactive ? 'inherit' : 'ignore' } : { input }),
    stderr: showStderr ? 'inherit' : 'pipe',
    env: { ...env },
    extendEnv: false,
    timeout: timeoutMs,
    cancelSignal: signal,
    forceKillAfterDelay: GRACE,
    // execa's own exit handler would end us before we have said our last words.
    cleanup: false,
    reject: false,
  })
  // A grandchild that holds the pipes would keep us waiting although the child is gone.
  const letGo = () => {
    child.stdout?.destroy()
    child.stderr?.destroy()
  }
  const hangUp = () => setTimeout(letGo, GRACE).unref()
  child.once('exit', hangUp)
  const limit = setTimeout(hangUp, timeoutMs)
  signal.addEventListener('abort', hangUp, { once: true })
  try {
    const { stdout, stderr, exitCode, ...rest } = await child
    signal.throwIfAborted()
    const trouble = rest.timedOut ? 'timeout' : (rest.code ?? rest.signal)
    return { stdout: stdout ?? '', stderr: stderr ?? '', code: exitCode, ...(trouble ? { trouble } : {}) }
  } finally {
    holdAgain?.()
    clearTimeout(limit)
    signal.removeEventListener('abort', hangUp)
  }
}
