import { PROGRAM } from '../text/program.ts'
import { pasteable } from '../text/shell-words.ts'
import { type Command, flagsOf } from './command-table.ts'

/** A command to paste into a POSIX shell: the flags in the order given; keys that are not flags of the command are skipped. */
export function commandLine(command: Command, flags: Readonly<Record<string, unknown>>): string {
  const rows = flagsOf(command)
  const words = Object.entries(flags).flatMap(([name, value]) => {
    const row = Object.hasOwn(rows, name) ? rows[name] : undefined
    if (row === undefined || value === undefined) return []
    const values = row.many ? (value as readonly unknown[]) : [value]
    return values.map(one => (row.type ? valued(`--${name}`, textOf(one, row.value)) : `--${name}`))
  })
  return [...PROGRAM.map(pasteable), ...(command === 'setup' ? [] : [command]), ...words].join(' ')
}

/** A value with a dash in front would be taken for a flag. */
const valued = (flag: string, text: string) => `${flag}${text.startsWith('-') ? '=' : ' '}${pasteable(text)}`

/** As the flag's type reads it: lists with commas, durations in ms. */
const textOf = (value: unknown, kind: string | undefined): string =>
  Array.isArray(value) ? value.join(',') : kind === 'DURATION' ? `${value}ms` : String(value)
