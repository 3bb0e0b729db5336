import { stripVTControlCharacters } from 'node:util'

/** The text in lines of at most `width` columns, broken between words; a longer word has a line for itself. */
export function wrap(text: string, width: number): string[] {
  const lines: string[] = []
  let room = 0
  for (const word of text.split(' ')) {
    const length = stripVTControlCharacters(word).length
    if (lines.length > 0 && length < room) {
      lines[lines.length - 1] += ` ${word}`
      room -= length + 1
    } else {
      lines.push(word)
      room = width - length
    }
  }
  return lines
}
