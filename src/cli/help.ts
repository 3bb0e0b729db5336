import { SHELLS } from '../exports/shells.ts'
import { SETTINGS, shownDefault } from '../settings/rows.ts'
import { wrap } from '../text/wrap.ts'
import { COMMAND_GROUPS, type CommandRow } from './command-row.ts'
import { COMMANDS, type Command, flagsOf, TOPICS, type Topic } from './command-table.ts'
import type { FlagRow } from './flag-groups.ts'
import { ENVIRONMENT, EXIT_CODES, JSON_KEYS, type Line } from './help-topics.ts'

const WIDTH = 80

const topicText: { readonly [T in Topic]: () => string } = {
  settings: () =>
    page(
      'Set these with --set KEY=VALUE, or in a YAML file with --values FILE.\nDefaults are in brackets.',
      table(settingsLines()),
    ),
  environment: () => page(section('Environment variables that eg-setup reads', ENVIRONMENT)),
  'exit-codes': () => page(section('Exit codes of every command', EXIT_CODES)),
  json: () => page(...JSON_KEYS.map(([command, lines]) => section(command, lines))),
}

/** The help of a command, a topic, or eg-setup as a whole: at most 80 columns and 60 lines, ends with a newline. */
export function helpText(about: Command | Topic | undefined): string {
  if (about === undefined) return generalHelp()
  return Object.hasOwn(TOPICS, about) ? topicText[about as Topic]() : commandHelp(about as Command)
}

function generalHelp(): string {
  const rows = Object.entries<CommandRow>(COMMANDS)
  const groups = COMMAND_GROUPS.map(group =>
    section(
      group,
      rows.filter(([, row]) => row.group === group).map(([name, { summary }]) => [name, summary]),
      NAME_WIDTH,
    ),
  )
  return page(
    'eg-setup installs Serverless Event Gateway on a Kubernetes cluster.',
    'Usage:\n  eg-setup [setup] [FLAGS]\n  eg-setup COMMAND [FLAGS]',
    ...groups,
    ...flagSections(sharedFlags()),
    examples([COMMANDS.setup.examples[0], COMMANDS.env.examples[0], COMMANDS.demo.examples[0]]),
    learnMore(['COMMAND --help', 'Flags and examples of a command'], ...topicLines()),
  )
}

function commandHelp(command: Command): string {
  const row: CommandRow = COMMANDS[command]
  const { value = '', optional } = row.operand ?? {}
  const operand = value && (optional ? ` [${value}]` : ` ${value}`)
  const rest = row.rest ? ` [-- ${row.rest}]` : ''
  const aliases = row.aliases ? ` Alias: ${row.aliases.join(', ')}.` : ''
  return page(
    `${row.summary}.${aliases}`,
    `Usage:\n  eg-setup ${command}${operand} [FLAGS]${rest}`,
    ...flagSections(flagsOf(command)),
    ...(command === 'env' ? [section('Load the exports (the shell is detected)', shellLines())] : []),
    examples(row.examples),
    ...('values' in flagsOf(command) ? [learnMore(topicLines()[0]!)] : []),
  )
}

const NAME_WIDTH = Math.max(...Object.keys(COMMANDS).map(name => name.length))

const topicLines = (): Line[] => Object.entries(TOPICS).map(([name, text]) => [`help ${name}`, text])

const learnMore = (...lines: readonly Line[]) =>
  section(
    'Learn more',
    lines.map(([words, text]) => [`eg-setup ${words}`, text]),
  )

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
  const lines = Object.entries(flags).map(([name, flag]) => ({ group: flag.group, line: flagLine(name, flag) }))
  return [undefined, 'Access and etcd', 'Exports', 'Cluster', 'General']
    .map(group => [group, lines.filter(entry => entry.group === group).map(({ line }) => line)] as const)
    .filter(([, found]) => found.length > 0)
    .map(([group, found]) => section(group ? `${group} flags` : 'Flags', found))
}

function flagLine(name: string, { short, value, type, text, many }: FlagRow): Line {
  const choices = type?.choices ? ` (${type.choices.join(', ')})` : ''
  const left = `${short ? `-${short}, ` : '    '}--${name}${value ? ` ${value}` : ''}`
  return [left, `${text}${choices}${many ? ', repeatable' : ''}`]
}

const page = (...parts: readonly string[]) => `${parts.join('\n\n')}\n`

const examples = (rows: readonly (readonly [string, string])[]) =>
  `Examples:\n${rows.map(([line, text]) => `  # ${text}\n  ${line}`).join('\n')}`

const section = (title: string, lines: readonly Line[], width?: number) => `${title}:\n${table(lines, width)}`

/** Two columns; the right one is wrapped, the left one is at least `width` wide. */
function table(lines: readonly Line[], width = 0): string {
  const column = Math.max(width, ...lines.map(([left]) => left.length)) + 4
  return lines.map(([left, text]) => `  ${left.padEnd(column - 2)}${wrapped(text, column)}`).join('\n')
}

/** The text in lines that begin at the column. */
function wrapped(text: string, column: number): string {
  return wrap(text, WIDTH - column).join(`\n${' '.repeat(column)}`)
}
