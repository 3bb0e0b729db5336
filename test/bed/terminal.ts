import { mkdtempSync, readFileSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pty from '@lydell/node-pty'
import xterm from '@xterm/headless'
import { BIN, NODE } from './command.ts'

/** Keys as terminals send them. */
const KEYS = {
  enter: '\r',
  escape: '\x1b',
  up: '\x1b[A',
  down: '\x1b[B',
  right: '\x1b[C',
  backspace: '\x7f',
  ctrlC: '\x03',
  ctrlU: '\x15',
} as const

type Ended = {
  code: number
  stdout: string
  /** Whether the terminal is as it was: every mode that stty knows, and the cursor shown. */
  restored: boolean
}

export type Terminal = {
  /** Everything that stands there, also above the screen, as lines without the blanks at their ends. */
  readonly screen: () => string
  /** Lines that did not fit, so that the terminal broke them anywhere. */
  readonly broken: () => string[]
  /** What was sent to it, with its control sequences. */
  readonly raw: () => string
  /** Waits until the text stands on the screen, not above the one or the prompt that was waited for before; rejects after `ms` and when it ends without. */
  readonly shows: (text: string | RegExp, ms?: number) => Promise<void>
  /** Sends keys, one at a time. */
  readonly press: (...keys: (keyof typeof KEYS)[]) => void
  readonly type: (text: string) => void
  /** Gives it another width, as when a person drags its window. */
  readonly resize: (columns: number) => void
  readonly ended: Promise<Ended>
  /** Ends what still runs. */
  readonly close: () => void
}

type Options = {
  columns?: number
  rows?: number
  env?: Record<string, string>
  /** The program and its first arguments, in place of eg-setup. */
  command?: readonly string[]
}

/** stdout goes to a file, as in `eval "$(eg-setup)"`; the shell writes down the modes of the terminal before and after. */
const SCRIPT =
  'trap : INT; stty -g >"$EG_OUT/before"; "$@" >"$EG_OUT/stdout"; code=$?; stty -g >"$EG_OUT/after"; exit $code'

/** Starts eg-setup on a terminal of its own, from the built package; its stdout is not the terminal. */
export function openTerminal(args: readonly string[], options: Options = {}): Terminal {
  const { columns = 80, rows = 24, env = {}, command = [NODE, BIN] } = options
  const folder = mkdtempSync(join(tmpdir(), 'eg-terminal-'))
  const screen = new xterm.Terminal({ cols: columns, rows, scrollback: 2000, allowProposedApi: true })
  let isShown = true
  for (const final of ['h', 'l'])
    screen.parser.registerCsiHandler({ prefix: '?', final }, ([mode]) => {
      if (mode === 25) isShown = final === 'h'
      return false
    })
  const child = pty.spawn('sh', ['-c', SCRIPT, 'sh', ...command, ...args], {
    cols: columns,
    rows,
    name: env['TERM'] ?? 'xterm-256color',
    env: { PATH: process.env['PATH'] ?? '', HOME: folder, EG_OUT: folder, ...env },
  })
  const lookers = new Set<() => void>()
  let raw = ''
  child.onData(data => {
    raw += data
  })
  child.onData(data =>
    screen.write(data, () => {
      for (const look of lookers) look()
    }),
  )

  const lineRows = () => {
    const { active } = screen.buffer
    return Array.from({ length: active.length }, (_, y) => active.getLine(y)!)
  }
  /** Lines as they were written: what the terminal itself has broken is one line. */
  const written = () => {
    const found: { text: string; rows: number }[] = []
    for (const row of lineRows()) {
      const last = found.at(-1)
      if (!row.isWrapped || !last) found.push({ text: row.translateToString(true), rows: 1 })
      else Object.assign(last, { text: last.text + row.translateToString(true), rows: last.rows + 1 })
    }
    return found
  }
  const lines = (): string =>
    written()
      .map(({ text }) => text)
      .join('\n')
      .trimEnd()
  const file = (name: string) => readFileSync(join(folder, name), 'utf8')
  const ended = new Promise<Ended>(resolve => {
    child.onExit(({ exitCode, signal }) =>
      screen.write('', async () => {
        resolve({
          code: signal ? 128 + signal : exitCode,
          stdout: signal ? '' : file('stdout'),
          restored: isShown && !signal && file('before') === file('after'),
        })
        await rm(folder, { recursive: true, force: true })
      }),
    )
  })

  let seen = 0
  const shows = (text: string | RegExp, ms = 20_000) =>
    new Promise<void>((resolve, reject) => {
      const finish = (end: () => void) => {
        lookers.delete(look)
        clearTimeout(limit)
        end()
      }
      const look = () => {
        const all = lines()
        const from = all.slice(seen)
        const found = typeof text === 'string' ? from.indexOf(text) : from.search(text)
        if (found < 0) return
        // An open prompt is drawn anew below its first line.
        const open = Math.max(...['\n◆', '\n▲'].map(begin => all.lastIndexOf(begin, seen + found)))
        seen = Math.max(seen, open < 0 ? seen + found : open)
        finish(resolve)
      }
      const fail = (why: string) => finish(() => reject(new Error(`${why} ${text}:\n${lines()}`)))
      const limit = setTimeout(() => fail(`after ${ms} ms the screen does not show`), ms)
      lookers.add(look)
      look()
      ended.then(() => {
        look()
        fail('it ended without showing')
      })
    })
  return {
    screen: lines,
    broken: () => written().flatMap(({ text, rows: count }) => (count > 1 ? [text] : [])),
    raw: () => raw,
    shows,
    press: (...keys) => {
      for (const key of keys) child.write(KEYS[key])
    },
    type: text => child.write(text),
    resize: columns => {
      screen.resize(columns, rows)
      child.resize(columns, rows)
    },
    ended,
    close: () => child.kill('SIGKILL'),
  }
}
