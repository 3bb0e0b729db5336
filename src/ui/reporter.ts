import * as clack from '@clack/prompts'
import type { Io } from '../io.ts'
import { oneLine, shorten } from '../text/sanitize.ts'
import { block, command, problem, type Style, styleOf, table } from './layout.ts'
import { canDraw } from './terminal.ts'

export type Rows = readonly (readonly [label: string, text: string])[]

/**
 * Talk with the person, always on stderr: a rail, boxes and a live line on a terminal; elsewhere the same words in plain
 * lines. All of it takes text as it comes, also from the cluster: it is sanitized first and painted afterwards.
 */
export type Reporter = {
  /** Begins the screen of a command. */
  intro: (title: string) => void
  /** A line of its own; an empty one separates. */
  note: (text: string) => void
  /** Lines that are laid out already. */
  lines: (layOut: (style: Style) => readonly string[]) => void
  /** What was found, with its details under it. */
  found: (title: string, details: string) => void
  /** A line of its own that is never broken: a command to paste. */
  command: (line: string) => void
  /** Rows in a box with a title; `risks` are shown under it as warnings. */
  box: (title: string, rows: Rows, risks?: readonly string[]) => void
  /** Commands to paste, each behind what it does. */
  commands: (rows: Rows) => void
  warn: (text: string, fix?: string) => void
  /** Begins a stage; `reason` says what it waits for, `done` and `failed` end it. */
  step: (title: string) => void
  reason: (text: string) => void
  done: (text: string) => void
  /** Shows the stage that is open as failed; its error comes after it. */
  failed: () => void
  /** Removes the live line, for an error or a prompt. */
  pause: () => void
  /** Ends the screen of a command. */
  outro: () => void
}

const FRAME_MS = 120
const MOST_REASON = 2000

/** How long something took, " (1m05s)"; nothing below a second. */
const took = (ms: number): string => (ms < 1000 ? '' : ` (${duration(Math.floor(ms / 1000))})`)
const duration = (seconds: number): string =>
  seconds < 60 ? `${seconds}s` : `${Math.floor(seconds / 60)}m${String(seconds % 60).padStart(2, '0')}s`

type State = { title: string; started: number; reason: string; frame: number }
type Options = { isDrawn?: boolean }

/** A reporter for the run's stderr. Commands whose result is a screen on stdout draw nothing themselves. */
export function makeReporter(
  { stderr, env, clock }: Pick<Io, 'stderr' | 'env' | 'clock'>,
  { isDrawn = canDraw(stderr, env) }: Options = {},
): Reporter {
  const style = styleOf({ stderr, env }, 'stderr')
  const { paint, signs } = style
  const isLive = canDraw(stderr, env)
  const rail = isDrawn ? `${paint.gray(signs.bar)}  ` : ''
  const put = (lines: readonly string[]): boolean => stderr.write(lines.map(line => `${line}\n`).join(''))
  const onRail = (lines: readonly string[]): string[] =>
    lines.flatMap(line => line.split('\n')).map(line => `${rail}${line}`.trimEnd())
  const inside: Style = {
    paint,
    signs,
    get columns() {
      return style.columns - 3
    },
  }
  /** A symbol and its text, whose further lines are on the rail. */
  const signed = (sign: string, text: string): string[] => {
    const [first = '', ...rest] = text.split('\n')
    return [`${sign}  ${first}`, ...(isDrawn ? onRail(rest) : rest.map(line => `   ${line}`))]
  }
  let state: State | undefined
  let timer: NodeJS.Timeout | undefined

  const clear = (): void => {
    if (timer !== undefined) stderr.write('\r\u001b[2K')
    clearInterval(timer)
    timer = undefined
  }
  const draw = (): void => {
    if (state === undefined) return
    const text = state.reason === '' ? state.title : `${state.title}: ${state.reason}`
    const elapsed = took(clock.now() - state.started)
    // A line that the terminal wraps couldn't be removed again.
    const room = Math.max(style.columns - 3 - elapsed.length, 8)
    const frame = paint.magenta(signs.frames[state.frame++ % signs.frames.length])
    stderr.write(`\r\u001b[2K${frame}  ${shorten(text, room, signs.more)}${paint.dim(elapsed)}`)
  }
  const show = (): void => {
    if (!isLive || state === undefined || timer !== undefined) return
    draw()
    timer = setInterval(draw, FRAME_MS).unref()
  }
  const say = (lines: readonly string[]): void => {
    clear()
    put(lines)
    show()
  }
  /** Ends the stage: how long it took. */
  const end = (): string => {
    clear()
    const text = state === undefined ? '' : took(clock.now() - state.started)
    state = undefined
    return text
  }
  const warning = (text: string, fix = ''): string[] =>
    signed(paint.yellow(signs.warning), problem(inside, '', { message: text, fix }).join('\n'))
  return {
    intro(title) {
      if (isDrawn) clack.intro(oneLine(title), { output: stderr })
      else put([oneLine(title)])
    },
    note: text => say(onRail([block(inside, '', text)])),
    lines: layOut => say(onRail(layOut(inside))),
    found(title, details) {
      const lines = [block(inside, '', title), ...(details === '' ? [] : [block(inside, '', details)])]
      say(isDrawn ? [rail.trimEnd(), ...signed(paint.green(signs.step), lines.join('\n'))] : lines)
    },
    command: line => say(onRail([`${isDrawn ? '' : '  '}${command(style, line)}`])),
    box(heading, rows, risks = []) {
      const title = oneLine(heading)
      clear()
      if (isDrawn) {
        const room = { ...style, columns: style.columns - 6 }
        clack.note(table(room, rows).join('\n'), title, { output: stderr, format: line => line })
      } else put([title, ...table(style, rows, '  ')])
      for (const risk of risks) put(warning(risk))
      show()
    },
    commands(given) {
      const rows = given.map(([label, line]) => [oneLine(label), line] as const)
      const width = Math.max(...rows.map(([label]) => label.length)) + 4
      const areShort = rows.every(([, line]) => width + line.length <= inside.columns)
      const shown = rows.flatMap(([label, line]) =>
        isDrawn && areShort
          ? [paint.dim(label.padEnd(width)) + command(style, line)]
          : [`${paint.dim(label)}:`, `${isDrawn ? '' : '  '}${command(style, line)}`],
      )
      say(onRail(isDrawn ? ['', ...shown] : shown))
    },
    warn: (text, fix) => say(warning(text, fix)),
    step(text) {
      const title = oneLine(text)
      state = { title, started: clock.now(), reason: '', frame: 0 }
      if (!isLive) put([block(style, '', `${title} ${signs.more}`)])
      show()
    },
    reason(said) {
      const text = oneLine(said, MOST_REASON)
      if (state === undefined || state.reason === text) return
      state.reason = text
      if (!isLive) put([block(style, '  ', text)])
    },
    done(text) {
      const elapsed = end()
      const lines = block(inside, '', text + elapsed)
      const shown =
        elapsed !== '' && lines.endsWith(elapsed) ? lines.slice(0, -elapsed.length) + paint.dim(elapsed) : lines
      put(signed(paint.green(isDrawn ? signs.step : signs.done), shown))
    },
    failed() {
      if (state === undefined) return
      const { title } = state
      put(signed(paint.red(signs.failed), `${title}${paint.dim(end())}`))
    },
    pause() {
      clear()
      state = undefined
    },
    outro() {
      if (isDrawn) clack.outro('', { output: stderr })
    },
  }
}
