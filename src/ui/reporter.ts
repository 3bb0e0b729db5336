import type { ChalkInstance } from 'chalk'
import type { Clock, Io } from '../io.ts'
import { paintFor } from './paint.ts'
import { shorten } from './sanitize.ts'

/** Talk with the person: always on stderr, a live line on a terminal, plain lines elsewhere. */
export type Reporter = {
  note: (text: string) => void
  warn: (text: string) => void
  /** Begins a stage; `reason` says what it waits for, `done` ends it. */
  step: (title: string) => void
  reason: (text: string) => void
  done: (text: string) => void
  /** Takes the live line away, for an error or a prompt. */
  pause: () => void
}

const FRAMES = ['◒', '◐', '◓', '◑']
const FRAME_MS = 120

const seconds = (ms: number): string =>
  ms < 60_000
    ? `${Math.floor(ms / 1000)}s`
    : `${Math.floor(ms / 60_000)}m${String(Math.floor(ms / 1000) % 60).padStart(2, '0')}s`

type State = { title: string; started: number; reason: string; frame: number }

/** A reporter for the run's stderr. */
export function makeReporter({ stderr, env, clock }: Pick<Io, 'stderr' | 'env' | 'clock'>): Reporter {
  const paint = paintFor(env)
  const live = stderr.isTTY === true && env['TERM'] !== 'dumb' && !env['CI']
  const line = (text: string): boolean => stderr.write(`${text}\n`)
  let state: State | undefined
  let timer: NodeJS.Timeout | undefined

  const clear = (): void => {
    if (timer !== undefined) stderr.write('\r\u001b[2K')
    clearInterval(timer)
    timer = undefined
  }
  const draw = (): void => {
    if (state === undefined) return
    stderr.write(`\r\u001b[2K${liveLine(state, stderr.columns ?? 80, clock, paint)}`)
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
    note: say,
    warn: text => say(`${paint.yellow('warning:')} ${text}`),
    step(title) {
      state = { title, started: clock.now(), reason: '', frame: 0 }
      if (!live) line(`${title} …`)
      show()
    },
    reason(text) {
      if (state === undefined || state.reason === text) return
      state.reason = text
      if (!live) line(`  ${text}`)
    },
    done(text) {
      clear()
      const took = state === undefined ? '' : paint.dim(` (${seconds(clock.now() - state.started)})`)
      state = undefined
      line(`${paint.green('✔')} ${text}${took}`)
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
): string {
  const elapsed = seconds(clock.now() - started)
  const text = reason === '' ? title : `${title}: ${reason}`
  const room = Math.max(columns - elapsed.length - 5, 8)
  return `${paint.cyan(FRAMES[frame % FRAMES.length])} ${shorten(text, room)} ${paint.dim(elapsed)}`
}
