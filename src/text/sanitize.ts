/** CSI sequences, strings that the terminal would swallow (OSC, DCS, SOS, PM, APC) with their end, and two-byte escapes. */
const ESCAPES = /(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]|\x1b[\]PX^_][^\x07\x1b\x9c]*(?:\x07|\x1b\\|\x9c)|\x1b[ -/]*[0-~]/g
/** C0 but tab and newline, DEL, C1, and the characters that reorder what is read (Unicode bidi controls). */
const CONTROLS = /[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g

/**
 * Text of others made safe for a terminal (CVE-2021-25743): no escape sequences, no control characters but tab and
 * newline, at most `limit` characters, the last one "…" where more stood.
 */
export function sanitize(text: string, limit = 500): string {
  // The first cut bounds the work on a text of megabytes.
  const clean = text
    .slice(0, limit * 20)
    .replace(ESCAPES, '')
    .replace(CONTROLS, '')
  if (clean.length <= limit) return clean
  return `${clean.slice(0, limit - 1).replace(/[\ud800-\udbff]$/, '')}…`
}

/** Whether a text has characters that `sanitize` removes. */
export const hasControls = (text: string): boolean => text.search(CONTROLS) >= 0

/** What one thing that is told may have in characters. */
const ENTRY = 8000

/** Indents continuation lines, so that text from elsewhere cannot fake a line of eg-setup. */
const hang = (text: string): string => text.replaceAll('\n', '\n  ')

/** One thing that a person is told: sanitized, its continuation lines indented. */
export const entry = (text: string): string => hang(sanitize(text, ENTRY))

/** `sanitize` for one line: every run of white space becomes one space. */
export const oneLine = (text: string, limit = 500): string =>
  sanitize(
    text
      .slice(0, limit * 20)
      .replace(/\s+/g, ' ')
      .trim(),
    limit,
  )

/** The text in at most `limit` characters, with `more` in the middle: the subject is at its start and the reason at its end. */
export function shorten(text: string, limit: number, more = '…'): string {
  if (text.length <= limit) return text
  const head = Math.ceil((limit - more.length) / 3)
  const tail = limit - more.length - head
  return `${text.slice(0, head).replace(/[\ud800-\udbff]$/, '')}${more}${text.slice(text.length - tail).replace(/^[\udc00-\udfff]/, '')}`
}

/** The text without the characters at its end that are among these; a pattern would look at each of them from every place. */
export function withoutTail(text: string, characters: string): string {
  let end = text.length
  while (end > 0 && characters.includes(text[end - 1]!)) end--
  return text.slice(0, end)
}
