import type { ChalkInstance } from 'chalk'
import widthOf from 'fast-string-width'
import type { Io } from '../io.ts'
import { oneLine, sanitize } from '../text/sanitize.ts'
import { wrap } from '../text/wrap.ts'
import { paintFor } from './paint.ts'
import { signsFor } from './terminal.ts'

/** How one stream is written to: where its lines end, and with which colors and symbols. */
export type Style = { readonly columns: number; paint: ChalkInstance; signs: ReturnType<typeof signsFor> }

/** The style of stdout or stderr. Only a terminal has a width: a log keeps its lines whole. */
export function styleOf(
  io: Pick<Io, 'env'> & Partial<Pick<Io, 'stdout' | 'stderr'>>,
  stream: 'stdout' | 'stderr',
): Style {
  const output = io[stream]
  return {
    // A person may resize it at any time.
    get columns() {
      return output?.isTTY ? (output.columns || 80) - 1 : Number.POSITIVE_INFINITY
    },
    paint: paintFor(io.env, stream),
    signs: signsFor(io.env),
  }
}

/** What one block may have in characters; a command that is cut would do something else. */
const MOST_TEXT = 8000
const MOST_COMMAND = 20_000

/** Narrower text than this is broken too often to be read. */
const LEAST = 12

/**
 * Text behind `head`, its further lines under its first one, broken between words. The head is ours and may be painted; the
 * text may come from the cluster: it is sanitized, and none of its lines begins where ours do.
 */
export function block({ columns }: Pick<Style, 'columns'>, head: string, text: string): string {
  const indent = widthOf(head)
  const lines = sanitize(text, MOST_TEXT)
    .split('\n')
    .flatMap((line, index) => {
      const more = index === 0 ? 0 : 2
      return wrap(line, Math.max(columns - indent - more, LEAST)).map(part => ' '.repeat(more) + part)
    })
  return `${head}${lines.join(`\n${' '.repeat(indent)}`)}`
}

/** A label in a column of its own before each text; an empty label continues the row above. */
export function table(style: Style, rows: readonly (readonly [label: string, text: string])[], before = ''): string[] {
  const width = Math.max(...rows.map(([label]) => widthOf(label))) + 3
  return rows.map(([label, text]) => {
    const head = oneLine(label)
    return block(style, `${before}${style.paint.dim(head)}${' '.repeat(width - widthOf(head))}`, text)
  })
}

/** A command to paste: never broken. */
export const command = ({ paint }: Style, line: string): string => paint.cyan(oneLine(line, MOST_COMMAND))

/** Sentences begin with a capital letter and a word, explained flags with two dashes; every other line of a fix is a command. */
const SENTENCE = /^[A-Z]\w* /
const FLAG = /^--/

/** Where a sentence ends and the command that it announces begins. */
const ANNOUNCED = / (?=(?:kubectl|eg-setup|npx|node|helm|minikube|kind|k3d|docker|curl) )/

/** What to do about a problem, at this column: sentences broken between words, commands whole and on lines of their own. */
const fixLines = (style: Style, fix: string, column: number): string[] =>
  sanitize(fix, MOST_COMMAND)
    .split('\n')
    .flatMap(line => announced(line.trim()))
    .map((line, index) => {
      const indent = ' '.repeat(column)
      if (index === 0 || SENTENCE.test(line)) return block(style, indent, line)
      return FLAG.test(line) ? block(style, `${indent}  `, line) : `${indent}  ${command(style, line)}`
    })

/** A line, and a command that it ends with apart. */
function announced(line: string): string[] {
  const at = line.search(ANNOUNCED)
  return at > 0 && line[at - 1] === ':' && !line.endsWith('.') ? [line.slice(0, at), line.slice(at + 1)] : [line]
}

/** A problem and its fix, as every command shows them. */
export const problem = (style: Style, head: string, { message, fix }: { message: string; fix: string }): string[] => [
  block(style, head, message),
  ...(fix === '' ? [] : fixLines(style, fix, widthOf(head))),
]
