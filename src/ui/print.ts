import type { Io, Output } from '../io.ts'
import { entry, hasControls, sanitize } from '../text/sanitize.ts'
import { wrap } from '../text/wrap.ts'

/** JSON whose strings are the same once parsed and harmless before: what could fool a terminal is written as \uXXXX. */
export const jsonText = (value: unknown): string =>
  JSON.stringify(value, undefined, 2).replace(
    // JSON.stringify escapes the control characters below the space itself.
    /[\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g,
    character => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )

/** One thing that a person is told: its first line is broken between words, its further lines are commands and stay whole. */
function inLines({ isTTY, columns }: Output, text: string): string {
  const [first = '', ...commands] = entry(text).split('\n')
  return [...wrap(first, isTTY ? (columns || 80) - 1 : Number.POSITIVE_INFINITY), ...commands].join('\n')
}

/** Prints a result for programs on stdout. */
export const printJson = ({ stdout }: Pick<Io, 'stdout'>, value: unknown): void =>
  void stdout.write(`${jsonText(value)}\n`)

/** Prints a result for people on stdout; text from elsewhere in an entry cannot look like an entry of its own. */
export const printEntries = ({ stdout }: Pick<Io, 'stdout'>, entries: readonly string[]): void =>
  void stdout.write(entries.map(text => `${inLines(stdout, text)}\n`).join(''))

/** Prints a screen for people on stdout: lines that are laid out, sanitized and painted already. */
export const printLines = ({ stdout }: Pick<Io, 'stdout'>, lines: readonly string[]): void =>
  void stdout.write(lines.map(line => `${line}\n`).join(''))

/** Prints a script on stdout, in one piece. Its values are checked and quoted where it is written. */
export const printScript = ({ stdout }: Pick<Io, 'stdout'>, text: string): void =>
  void stdout.write(sanitize(text, Number.POSITIVE_INFINITY))

/** Prints YAML documents on stdout. YAML writes control characters as escapes, but not those that reorder text. */
export const printDocuments = (
  { stdout }: Pick<Io, 'stdout'>,
  objects: readonly object[],
  dump: (object: object) => string,
): void => {
  const documents = objects.map(object => {
    const yaml = dump(object)
    return `---\n${hasControls(yaml) ? `${jsonText(object)}\n` : yaml}`
  })
  stdout.write(documents.join(''))
}

/** Tells a person something on stderr, for commands that draw nothing. */
export const say = ({ stderr }: Pick<Io, 'stderr'>, text: string): void =>
  void stderr.write(`${inLines(stderr, text)}\n`)
