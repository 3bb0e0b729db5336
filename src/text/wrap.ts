import widthOf from 'fast-string-width'

/** Words with the space before them; a word longer than a line comes in parts, as the names of images have them. */
const partsOf = (text: string, width: number): { space: string; part: string }[] =>
  text.split(' ').flatMap(word =>
    (widthOf(word) > width ? word.split(/(?<=[/,:@])/) : [word]).map((part, index) => ({
      space: index === 0 ? ' ' : '',
      part,
    })),
  )

/** The text in lines of at most `width` columns, broken between words; a longer one is broken behind "/", ",", ":" and "@". */
export function wrap(text: string, width: number): string[] {
  const lines: string[] = []
  let room = 0
  for (const { space, part } of partsOf(text, width)) {
    const taken = widthOf(space + part)
    if (lines.length > 0 && taken <= room) {
      lines[lines.length - 1] += space + part
      room -= taken
    } else {
      lines.push(part)
      room = width - widthOf(part)
    }
  }
  return lines
}
