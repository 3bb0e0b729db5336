import { setTimeout as sleep } from 'node:timers/promises'
import { type FlagsOf, parseRequest, type Request } from './args.ts'
import type { Command } from './command-table.ts'
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
    const { describeError } = await import('./ui/describe-error.ts')
    io.stderr.write(describeError(cause, io.env))
    return cause instanceof UserError || cause instanceof Cancelled ? cause.code : EXIT.failed
  }
}

async function run(request: Request, io: Io): Promise<number> {
  if (request.command === 'version') io.stdout.write(`${VERSION}\n`)
  else if (request.command === 'help') io.stdout.write((await import('./help.ts')).helpText(request.about))
  else return ((await LOAD[request.command]()) as Run<Command>)(request.flags as never, io, request.rest)
  return EXIT.ok
}

/** Runs the process: its streams and signals in, its exit code out. */
export async function start(): Promise<void> {
  const { env } = process
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
      await sleep(ms, undefined, { signal }).catch(() => signal.throwIfAborted())
    },
  }
  const argv = process.argv.slice(2)
  const colourless = argv.includes('--no-color') ? { ...env, NO_COLOR: '1' } : env
  // Streams are opened when they are used: that takes its time.
  process.exitCode = await main(argv, {
    get stdin() {
      return process.stdin
    },
    get stdout() {
      return withoutReader(process.stdout)
    },
    get stderr() {
      return withoutReader(process.stderr)
    },
    env: colourless,
    signal: ended.signal,
    clock,
  })
}

/** A reader that has seen enough (`| head`) is no failure of ours. */
function withoutReader<S extends NodeJS.WriteStream>(stream: S): S {
  if (!stream.listeners('error').includes(ignoreBrokenPipe)) stream.on('error', ignoreBrokenPipe)
  return stream
}

const ignoreBrokenPipe = (error: NodeJS.ErrnoException): void => {
  if (error.code !== 'EPIPE') throw error
}
