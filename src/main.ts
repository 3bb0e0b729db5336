import { writeSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { isatty } from 'node:tty'
import { type FlagsOf, parseRequest, type Request } from './cli/args.ts'
import type { Command } from './cli/command-table.ts'
import { Cancelled, EXIT, type ExitCode, UserError } from './errors.ts'
import type { Io } from './io.ts'
import { VERSION } from './release.ts'

type Run<C extends Command> = (flags: FlagsOf<C>, io: Io, rest: readonly string[]) => Promise<number>

/** Each command is loaded when it is asked for: --help pays for none of them. */
const LOAD: { readonly [C in Command]: () => Promise<Run<C>> } = {
  setup: async () => (await import('./commands/setup.ts')).setup,
  check: async () => (await import('./commands/check.ts')).check,
  env: async () => (await import('./commands/env.ts')).env,
  status: async () => (await import('./commands/status.ts')).status,
  forward: async () => (await import('./commands/forward.ts')).forward,
  verify: async () => (await import('./commands/verify.ts')).verify,
  backup: async () => (await import('./commands/backup.ts')).backup,
  restore: async () => (await import('./commands/restore.ts')).restore,
  cleanup: async () => (await import('./commands/cleanup.ts')).cleanup,
  render: async () => (await import('./commands/render.ts')).render,
  demo: async () => (await import('./commands/demo.ts')).demo,
  completion: async () => (await import('./commands/completion.ts')).completion,
}

/** Does what the arguments ask for; the only place that prints errors. */
export async function main(argv: readonly string[], io: Io): Promise<number> {
  try {
    return await run(parseRequest(argv), io)
  } catch (error) {
    // What a run that was ended fails with afterwards is of no interest.
    const cause = io.signal.aborted ? io.signal.reason : error
    const { describeError } = await import('./cli/describe-error.ts')
    io.stderr.write(describeError(cause, io))
    return cause instanceof UserError || cause instanceof Cancelled ? cause.code : EXIT.failed
  }
}

async function run(request: Request, io: Io): Promise<number> {
  if (request.command === 'version') print(`${VERSION}\n`, io)
  else if (request.command === 'help')
    // Opened only if it is a terminal: see `print`.
    print((await import('./cli/help.ts')).helpText(request.about, isatty(1) ? io.stdout.columns : undefined), io)
  else return ((await LOAD[request.command]()) as Run<Command>)(request.flags as never, io, request.rest)
  return EXIT.ok
}

/** Past the stream where that can be: to open it takes longer than to make the text. */
function print(text: string, io: Pick<Io, 'stdout'>): void {
  const bytes = Buffer.from(text)
  let written = 0
  try {
    written = writeSync(1, bytes)
  } catch {
    // The stream knows what to do about a reader that is slow or gone.
  }
  if (written < bytes.length) io.stdout.write(bytes.subarray(written))
}

/** Runs the process: its streams and signals in, its exit code out. */
export async function start(): Promise<void> {
  const ended = new AbortController()
  const endings: readonly [NodeJS.Signals, ExitCode][] = [
    ['SIGINT', EXIT.interrupted],
    ['SIGTERM', EXIT.terminated],
    ['SIGHUP', EXIT.terminated],
  ]
  // `once`: the second Ctrl-C ends the process at once, as without us.
  for (const [signal, code] of endings) process.once(signal, () => ended.abort(new Cancelled(code)))
  const clock = {
    now: Date.now,
    sleep: async (ms: number, signal: AbortSignal) => {
      signal.throwIfAborted()
      // A signal of its own: many listeners on one make Node warn of a leak.
      await sleep(ms, undefined, { signal: AbortSignal.any([signal]) }).catch(() => signal.throwIfAborted())
    },
  }
  const argv = process.argv.slice(2)
  // A copy: what libraries are told by process.env is nothing for the programs that are started.
  const env = { ...process.env, ...(argv.includes('--no-color') && { NO_COLOR: '1' }) }
  const onResult = (error: NodeJS.ErrnoException) => unwritten(error, env)
  // Streams are opened when they are used: that takes its time.
  process.exitCode = await main(argv, {
    get stdin() {
      return process.stdin
    },
    get stdout() {
      return onFailure(process.stdout, onResult)
    },
    get stderr() {
      return onFailure(process.stderr, ignore)
    },
    env,
    signal: ended.signal,
    clock,
  })
  leave()
}

const LEAVE_MS = 200

/** Ends the process once all output is written, even if an abandoned connection is still open. */
function leave(): void {
  const end = () => {
    if (process.stdout.writableLength === 0 && process.stderr.writableLength === 0) process.exit()
  }
  setInterval(end, LEAVE_MS).unref()
}

/** Lets a stream fail in this way, instead of ending the process with a stack trace. */
function onFailure<S extends NodeJS.WriteStream>(stream: S, handle: (error: NodeJS.ErrnoException) => void): S {
  if (!stream.listeners('error').includes(handle)) stream.on('error', handle)
  return stream
}

/** A closed stderr must not stop a run halfway. */
const ignore = () => {}

/** A closed pipe (`| head`) is not a failure; a full disk is. */
async function unwritten(error: NodeJS.ErrnoException, env: Io['env']): Promise<void> {
  if (error.code === 'EPIPE') return
  const { describeError } = await import('./cli/describe-error.ts')
  const fix = 'Check where stdout is redirected, for example whether the disk is full.'
  const failure = new UserError(`Can't write the result: ${error.message}.`, { fix })
  process.stderr.write(describeError(failure, { stderr: process.stderr, env }))
  process.exit(EXIT.failed)
}
