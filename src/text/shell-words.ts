import { oneLine } from './sanitize.ts'

/** Longer than any command that eg-setup prints. */
const LIMIT = 20_000

/** A word as a POSIX shell takes it back, for commands that a person pastes; one line, quoted only where needed. */
export function pasteable(text: string): string {
  const word = oneLine(text, LIMIT)
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`
}

type Word = string | number
/**
 * Text with a command to paste, as a template: sh`kubectl uncordon ${names}`. What is filled in becomes a quoted word, a
 * list several. A word that begins with a dash would be taken for a flag, and is shown as NAME.
 */
export const sh = (texts: TemplateStringsArray, ...values: readonly (Word | readonly Word[])[]): string =>
  texts.reduce((before, after, index) => {
    const isWordStart = /(^|\s)$/.test(before)
    const words = [values[index - 1] ?? ''].flat().map(String)
    return (
      before + words.map(word => (isWordStart && word.startsWith('-') ? 'NAME' : pasteable(word))).join(' ') + after
    )
  })
