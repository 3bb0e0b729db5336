import { UserError } from '../errors.ts'

/** Environment variables: their names are plain words, their values anything. */
export type Variables = Readonly<Record<string, string>>

/** A way to write variables down. */
export type Format = {
  id: string
  write: (variables: Variables) => string
  /** What cannot be written so that every reader takes it back as it was; no environment takes NUL. */
  refuses?: RegExp
}

/** One statement a line. */
export const each =
  (statement: (name: string, value: string) => string) =>
  (variables: Variables): string =>
    Object.entries(variables)
      .map(([name, value]) => `${statement(name, value)}\n`)
      .join('')

export const json = (value: Readonly<Record<string, string | null>>): string =>
  `${JSON.stringify(value, undefined, 2)}\n`

/** Characters that a YAML double-quoted scalar must escape though JSON need not (YAML 1.1 5.1, 1.2 5.1), line breaks of 1.1 among them. */
const YAML_ESCAPED = /[\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]/g
const yaml = (value: string): string =>
  JSON.stringify(value).replace(YAML_ESCAPED, found => `\\u${found.charCodeAt(0).toString(16).padStart(4, '0')}`)

/** Without quotes where possible: docker's --env-file takes them for a part of the value. */
const dotenv = (value: string): string => (/^[\w.:/[\]-]*$/.test(value) ? value : `'${value}'`)

/** The forms of the exports that are data and no script, a row each. */
export const FORMATS = [
  { id: 'json', write: json },
  // Readers disagree on escapes between single quotes, and a shell that sources the file runs what is between other ones.
  { id: 'dotenv', write: each((name, value) => `${name}=${dotenv(value)}`), refuses: /['\\\r\0]/ },
  { id: 'yaml', write: each((name, value) => `${name}: ${yaml(value)}`) },
] as const satisfies readonly Format[]

/** The variables in a format, in one string. Throws UserError for a value that the format cannot hold. */
export function textOf({ id, write, refuses = /\0/ }: Format, variables: Variables): string {
  for (const [name, value] of Object.entries(variables))
    if (refuses.test(value))
      throw new UserError(`The value of ${name} contains a character that can't be quoted safely in ${id}.`, {
        fix: 'Print the exports as JSON instead: -o json',
      })
  return write(variables)
}
