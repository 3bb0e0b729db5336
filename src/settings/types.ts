import { nearest } from '../text/nearest.ts'

/** A value that fits, or why it does not: `problem` completes "<name> …", `fix` is a sentence. */
export type Read<T> = { readonly value: T } | { readonly problem: string; readonly fix?: string }

/** A JSON Schema (draft 7). */
export type Schema = Readonly<Record<string, unknown>>

/** What a setting or a flag takes. */
export type Type<T> = {
  /** Takes what was written as text, or a value that an earlier run recorded as JSON. */
  readonly read: (value: unknown) => Read<T>
  /** What a Helm chart takes for it: at most what `read` takes, written in YAML. */
  readonly schema: Schema
  readonly choices?: readonly (string | number)[]
  /** A mapping of which single keys can be given: `--set service.annotations.foo=bar`. */
  readonly keyed?: true
}

/** A wrong value for a message: quoted, shortened, control characters escaped. */
export function show(value: unknown): string {
  const text = JSON.stringify(value) ?? 'nothing'
  return text.length > 80 ? `${text.slice(0, 79)}…` : text
}

/** For a text that does not fit: `likely` gives what was probably meant, said only if it fits; else `hint` a sentence. */
type Help = Readonly<Partial<Record<'likely' | 'hint', (text: string) => string | undefined>>>

/** One word or number, made of its text; `parse` gives undefined for what is not `wanted`. */
export function scalar<T>(
  wanted: string,
  parse: (text: string) => T | undefined,
  help: Help = {},
  schema: Schema = { type: 'string' },
): Type<T> {
  const fixFor = (text: string) => {
    const word = help.likely?.(text)
    return word && parse(word) !== undefined ? `Did you mean ${word}?` : help.hint?.(text)
  }
  return {
    schema,
    read: value => {
      const text = typeof value === 'number' ? String(value) : value
      const parsed = typeof text === 'string' ? parse(text) : undefined
      if (parsed !== undefined) return { value: parsed }
      const fix = typeof text === 'string' ? fixFor(text) : undefined
      return { problem: `must be ${wanted}; got ${show(value)}`, ...(fix && { fix }) }
    },
  }
}

/** Text of one line that fits the pattern. */
export const matching = (wanted: string, pattern: RegExp, max: number, help?: Help) =>
  scalar(wanted, text => (text.length <= max && pattern.test(text) ? text : undefined), help, {
    type: 'string',
    pattern: pattern.source,
    maxLength: max,
  })

export const anyText: Type<string> = scalar('a string', text => text)

export const integer = (min: number, max = Number.MAX_SAFE_INTEGER): Type<number> =>
  scalar(
    max === Number.MAX_SAFE_INTEGER ? `an integer of at least ${min}` : `an integer from ${min} to ${max}`,
    text => {
      const number = /^(0|[1-9]\d*)$/.test(text) ? Number(text) : -1
      return number >= min && number <= max ? number : undefined
    },
    undefined,
    { type: 'integer', minimum: min, ...(max < Number.MAX_SAFE_INTEGER && { maximum: max }) },
  )

/** One of the words; '' among them stands for "not set". */
export function choice<const T extends readonly (string | number)[]>(...choices: T): Type<T[number]> {
  const words = choices.map(String).filter(word => word !== '')
  const likely = (text: string) => nearest(text, words)
  const parse = (text: string) => choices.find(value => String(value) === text)
  const wanted = `one of: ${words.join(', ')}${words.length < choices.length ? ', or empty' : ''}`
  return { ...scalar(wanted, parse, { likely }, { enum: choices }), choices }
}

export function listOf<T>(item: Type<T>, example: string): Type<readonly T[]> {
  return {
    schema: { type: 'array', items: item.schema },
    read: value => {
      if (!Array.isArray(value)) return { problem: `must be a list such as ${example}; got ${show(value)}` }
      const items: T[] = []
      for (const [index, entry] of value.entries()) {
        const read = item.read(entry)
        if ('problem' in read) return { ...read, problem: `has an invalid entry ${index + 1}: it ${read.problem}` }
        items.push(read.value)
      }
      return { value: items }
    },
  }
}

/** true or false. As a flag it takes no value. */
export const yesOrNo: Type<boolean> = {
  schema: { type: 'boolean' },
  read: value => {
    if (value === true || value === 'true') return { value: true }
    if (value === false || value === 'false') return { value: false }
    return { problem: `must be true or false; got ${show(value)}` }
  },
}

/** A day: longer limits say nothing, and timers of Node overflow after 24 of them. */
const LONGEST_MS = 24 * 3_600_000

/** "90s", "5m", "1h30m", "500ms" or bare seconds; the value in milliseconds. */
export const duration: Type<number> = scalar('a duration such as 90s, 5m or 1h30m (at most 24h)', text => {
  const [, hours = 0, minutes = 0, seconds = 0, rest = 0] =
    /^(?=\d)(?:(\d{1,9})h)?(?:(\d{1,9})m(?!s))?(?:(\d{1,9})(?:s|$))?(?:(\d{1,9})ms)?$/.exec(text) ?? []
  const ms = ((Number(hours) * 60 + Number(minutes)) * 60 + Number(seconds)) * 1000 + Number(rest)
  return ms > 0 && ms <= LONGEST_MS ? ms : undefined
})
