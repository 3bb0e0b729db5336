import { COMMANDS, type Command, type CommandRow, flagsOf } from './command-table.ts'
import { SHELLS } from './endpoints/shells.ts'
import type { FlagRow } from './flag-groups.ts'
import { SETTINGS, shownDefault } from './settings/rows.ts'
import { wrap } from './ui/wrap.ts'

const WIDTH = 80

type Line = readonly [left: string, text: string]

const ENVIRONMENT: readonly Line[] = [
  ['KUBECONFIG', 'kubeconfig files, as kubectl reads them'],
  ['NO_COLOR', 'no colours, if set to anything'],
  ['ACCESSIBLE', 'plain lines in place of drawn prompts, if set to 1'],
  ['CI', 'nothing is asked, if set to anything'],
  ['HTTPS_PROXY, NO_PROXY', 'the way to the cluster'],
]

const EXIT_CODES: readonly Line[] = [
  ['0', 'done'],
  ['1', 'failed'],
  ['2', 'wrong usage, or an answer is missing and nobody can be asked'],
  ['3', 'a precondition is not met: no cluster, no right, nothing installed'],
  ['4', 'timed out'],
  ['130, 143', 'interrupted, terminated'],
]

/** The help of a command, or of eg-setup as a whole: examples first, no line over 80 columns, ends with a newline. */
export function helpText(command: Command | undefined): string {
  return command ? commandHelp(command) : generalHelp()
}

function generalHelp(): string {
  const rows: readonly [string, CommandRow][] = Object.entries(COMMANDS)
  return page(
    'eg-setup takes a kubeconfig to a working Serverless Event Gateway on Kubernetes.',
    'Usage: eg-setup [COMMAND] [OPTIONS]',
    examples(rows.flatMap(([, row]) => row.examples.slice(0, 1))),
    section(
      'Commands',
      rows.map(([name, row], index) => [name, row.summary + (index === 0 ? ' (if no command is named)' : '')]),
    ),
    ...flagSections(sharedFlags()),
    section('Environment', ENVIRONMENT),
    section('Exit status', EXIT_CODES),
    'More: eg-setup COMMAND --help',
  )
}

function commandHelp(command: Command): string {
  const row: CommandRow = COMMANDS[command]
  const operand = row.operand ? ` ${row.operand.value}` : ''
  const rest = row.rest ? ` [-- ${row.rest}]` : ''
  return page(
    `Usage: eg-setup ${command}${operand} [OPTIONS]${rest}\n\n${row.summary[0]!.toUpperCase()}${row.summary.slice(1)}.`,
    examples(row.examples),
    ...flagSections(flagsOf(command)),
    ...(command === 'setup' ? [section('All settings, for --set and --values', settingsLines())] : []),
    ...(command === 'env' ? [section('How a shell loads them (auto goes by $SHELL)', shellLines())] : []),
    section('Environment', ENVIRONMENT),
    section('Exit status', EXIT_CODES),
  )
}

const settingsLines = (): Line[] =>
  SETTINGS.map(row => {
    const usual = shownDefault(row)
    return [row.path, `${row.text}${usual && ` [${usual.replace(/^\[(.*)\]$/s, '$1')}]`}`]
  })

const shellLines = (): Line[] => SHELLS.map(({ id, load }) => [id, load(`eg-setup env --shell ${id}`)])

/** The flags of every command that talks to a cluster. */
const sharedFlags = () =>
  Object.fromEntries(
    Object.entries(flagsOf('setup')).filter(([, { group }]) => group === 'Cluster' || group === 'General'),
  )

function flagSections(flags: Readonly<Record<string, FlagRow>>): string[] {
  const lines = Object.entries(flags).map(([name, flag]) => ({
    group: flag.group ?? 'Options',
    line: flagLine(name, flag),
  }))
  return ['Options', 'Settings', 'Exports', 'Cluster', 'General']
    .map(group => [group, lines.filter(entry => entry.group === group).map(({ line }) => line)] as const)
    .filter(([, found]) => found.length > 0)
    .map(([group, found]) => section(group, found))
}

function flagLine(name: string, { short, value, type, text, many }: FlagRow): Line {
  const choices = type?.choices ? ` (${type.choices.join(', ')})` : ''
  const left = `${short ? `-${short}, ` : '    '}--${name}${value ? ` ${value}` : ''}`
  return [left, `${text}${choices}${many ? '; repeatable' : ''}`]
}

const page = (...parts: readonly string[]) => `${parts.join('\n\n')}\n`

const examples = (rows: readonly (readonly [string, string])[]) =>
  `Examples:\n${rows.map(([line, text]) => `  # ${text}\n  ${line}`).join('\n')}`

function section(title: string, lines: readonly Line[]): string {
  const column = Math.max(...lines.map(([left]) => left.length)) + 4
  return [`${title}:`, ...lines.map(([left, text]) => `  ${left.padEnd(column - 2)}${wrapped(text, column)}`)].join(
    '\n',
  )
}

/** The text in lines that begin at the column. */
function wrapped(text: string, column: number): string {
  return wrap(text, WIDTH - column).join(`\n${' '.repeat(column)}`)
}
