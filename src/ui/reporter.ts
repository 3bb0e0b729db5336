import type { ChalkInstance } from 'chalk'
import type { Clock, Io } from '../io.ts'
import { entry, oneLine, shorten } from '../text/sanitize.ts'
import { wrap } from '../text/wrap.ts'
import { paintFor } from './paint.ts'
import { isPlain, signsFor } from './terminal.ts'

/**
 * Talk with the person: always on stderr, a live line on a terminal, plain lines elsewhere. All of it takes text as it
 * comes, also from the cluster: it is sanitized here, and painted afterwards.
 */
export type Reporter = {
  note: (text: string) => void
  /** A line of its own that is never broken: a command to paste. */
  command: (line: string) => void
  /** Lines under each other, each with its label in front. */
  table: (rows: readonly (readonly [label: string, text: string])[]) => void
  warn: (text: string) => void
  /** Begins a stage; `reason` says what it waits for, `done` ends it. */
  step: (title: string) => void
  reason: (text: string) => void
  done: (text: string) => void
  /** Takes the live line away, for an error or a prompt. */
  pause: () => void
}

const FRAME_MS = 120
const MOST_REASON = 2000
/** A command that is cut would do something else. */
const MOST_COMMAND = 20_000

const seconds = (ms: number): string =>
  ms < 60_000
    ? `${Math.floor(ms / 1000)}s`
    : `${Math.floor(ms / 60_000)}m${String(Math.floor(ms / 1000) % 60).padStart(2, '0')}s`

type State = { title: string; started: number; reason: string; frame: number }

/** A reporter for the run's stderr. */
export function makeReporter({ stderr, env, clock }: Pick<Io, 'stderr' | 'env' | 'clock'>): Reporter {
  const paint = paintFor(env)
  const signs = signsFor(env)
  const live = stderr.isTTY === true && !isPlain(env) && !env['CI']
  const line = (text: string): boolean => stderr.write(`${text}\n`)
  let state: State | undefined
  let timer: NodeJS.Timeout | undefined

  const clear = (): void => {
    if (timer !== undefined) stderr.write('\r\u001b[2K')
    clearInterval(timer)
    timer = undefined
  }
  /** Broken at the terminal's width, between words; a log keeps its lines whole. */
  const broken = (text: string, indent = 0): string => {
    const width = stderr.isTTY ? (stderr.columns || 80) - 1 - indent : Number.POSITIVE_INFINITY
    return text
      .split('\n')
      .flatMap(part => wrap(part, width))
      .join(`\n${' '.repeat(indent)}`)
  }
  const draw = (): void => {
    if (state === undefined) return
    stderr.write(`\r\u001b[2K${liveLine(state, stderr.columns || 80, clock, paint, signs)}`)
    state.frame++
  }
  const show = (): void => {
    if (!live || state === undefined || timer !== undefined) return
    draw()
    timer = setInterval(draw, FRAME_MS).unref()
  }
  const say = (text: string): void => {
    clear()
    line(text)
    show()
  }
  return {
    note: text => say(broken(entry(text))),
    command: text => say(`  ${paint.cyan(oneLine(text, MOST_COMMAND))}`),
    table(rows) {
      const indent = Math.max(...rows.map(([label]) => label.length)) + 4
      for (const [label, text] of rows)
        say(`  ${paint.dim(oneLine(label).padEnd(indent - 2))}${broken(entry(text), indent)}`)
    },
    warn: text => say(broken(`${paint.yellow('warning:')} ${entry(text)}`)),
    step(text) {
      const title = oneLine(text)
      state = { title, started: clock.now(), reason: '', frame: 0 }
      if (!live) line(`${title} ${signs.more}`)
      show()
    },
    reason(said) {
      const text = oneLine(said, MOST_REASON)
      if (state === undefined || state.reason === text) return
      state.reason = text
      if (!live) line(`  ${text}`)
    },
    done(text) {
      clear()
      const took = state === undefined ? '' : paint.dim(` (${seconds(clock.now() - state.started)})`)
      state = undefined
      line(`${paint.green(signs.done)} ${broken(entry(text) + took, 2)}`)
    },
    pause() {
      clear()
      state = undefined
    },
  }
}

/** One line that fits the terminal: a wrapped one could not be taken away again. */
function liveLine(
  { title, started, reason, frame }: State,
  columns: number,
  clock: Clock,
  paint: ChalkInstance,
  { frames, more }: ReturnType<typeof signsFor>,
): string {
  const elapsed = seconds(clock.now() - started)
  const text = reason === '' ? title : `${title}: ${reason}`
  const room = Math.max(columns - elapsed.length - 5, 8)
  return `${paint.cyan(frames[frame % frames.length])} ${shorten(text, room, more)} ${paint.dim(elapsed)}`
}
