import { each, type Format, json, type Variables } from './formats.ts'

/** How a shell sets and unsets variables, by its own quoting rule. */
type Shell = Format & {
  /** What else it is called, by --shell and as the program in $SHELL. */
  also: readonly string[]
  unset: (variables: Variables) => string
  /** How a person loads what `command` prints. */
  load: (command: string) => string
}

/** POSIX: nothing is special between single quotes but the single quote (XCU 2.2.2). */
const posix = (value: string): string => `'${value.replaceAll("'", `'\\''`)}'`
/** The history character and a newline are special between the single quotes of csh. */
const csh = (value: string): string => posix(value).replaceAll('!', '\\!').replaceAll('\n', '\\\n')
const fish = (value: string): string => `'${value.replace(/[\\']/g, '\\$&')}'`
const elvish = (value: string): string => `'${value.replaceAll("'", "''")}'`
/** PowerShell takes curly single quotes for straight ones (about_Quoting_Rules). */
const powershell = (value: string): string => `'${value.replace(/['\u2018-\u201b]/g, '$&$&')}'`

/** The shells, a row each. */
// biome-ignore format: a table
export const SHELLS = [
  { id: 'sh', also: ['bash', 'zsh', 'dash', 'ksh'], load: command => `eval "$(${command})"`,
    write: each((name, value) => `export ${name}=${posix(value)};`),
    unset: each(name => `unset ${name};`) },
  { id: 'fish', also: [], load: command => `${command} | source`,
    write: each((name, value) => `set -gx ${name} ${fish(value)};`),
    unset: each(name => `set -e ${name};`) },
  // Without the double quotes csh would expand braces and wildcards in what is printed.
  { id: 'tcsh', also: ['csh'], load: command => `eval "\`${command}\`"`,
    write: each((name, value) => `setenv ${name} ${csh(value)};`),
    unset: each(name => `unsetenv ${name};`) },
  { id: 'elvish', also: [], load: command => `eval (${command} | slurp)`,
    write: each((name, value) => `set-env ${name} ${elvish(value)}`),
    unset: each(name => `unset-env ${name}`) },
  { id: 'powershell', also: ['pwsh'], load: command => `${command} | Out-String | Invoke-Expression`,
    write: each((name, value) => `$Env:${name} = ${powershell(value)}`),
    unset: each(name => `Remove-Item Env:${name} -ErrorAction SilentlyContinue`) },
  // FOR and batch files read these characters differently, whatever is done about them.
  { id: 'cmd', also: [], load: command => `FOR /f "tokens=*" %i IN ('${command}') DO @%i`, refuses: /[%"!\r\n\0]/,
    write: each((name, value) => `set "${name}=${value}"`),
    unset: each(name => `set "${name}="`) },
  // A null variable is passed to no program (nushell/nushell#15872); hide-env does not unset an inherited variable.
  { id: 'nu', also: [], load: command => `${command} | from json | load-env`,
    write: json,
    unset: variables => json(Object.fromEntries(Object.keys(variables).map(name => [name, null]))) },
] as const satisfies readonly Shell[]

type Row = (typeof SHELLS)[number]
export type ShellName = Row['id'] | Row['also'][number]

/** Every word that names a shell. */
export const SHELL_NAMES: readonly ShellName[] = SHELLS.flatMap(row => [row.id, ...row.also])

/** The row of a shell; undefined for a word that names none. */
export const findShell = (name: string): Shell | undefined =>
  SHELLS.find((row: Shell) => row.id === name || row.also.includes(name))
