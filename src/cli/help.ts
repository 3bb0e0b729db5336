import { SHELLS } from '../exports/shells.ts'
import { SETTINGS, shownDefault } from '../settings/setting-rows.ts'
import { wrap } from '../text/wrap.ts'
import { COMMAND_GROUPS, type CommandRow } from './command-row.ts'
import { COMMANDS, type Command, flagsOf, TOPICS, type Topic } from './command-table.ts'
import type { FlagRow } from './flag-groups.ts'
import { ENVIRONMENT, EXIT_CODES, JSON_KEYS, type Line } from './help-topics.ts'

/** The width of a page; a narrower terminal gets a narrower page. */
const WIDTH = 80

/** A table under its title; `least` is the least width of its left column, `isCode` marks a right column to paste. */
type Section = { title: string; lines: readonly Line[]; least?: number; isCode?: true }
type Part = string | Section

const topicParts: { readonly [T in Topic]: () => readonly Part[] } = {
  settings: () => [
    'Set these with --set KEY=VALUE, or in a YAML file with --values FILE.\nDefaults are in brackets.',
    { title: '', lines: settingsLines() },
  ],
  environment: () => [{ title: 'Environment variables that eg-setup reads', lines: ENVIRONMENT }],
  'exit-codes': () => [{ title: 'Exit codes of every command', lines: EXIT_CODES }],
  json: () => JSON_KEYS.map(([title, lines]) => ({ title, lines })),
}

/** The help of a command, a topic, or eg-setup as a whole: at most 80 columns and 60 lines, ends with a newline. */
export function helpText(about: Command | Topic | undefined, columns = WIDTH): string {
  const width = Math.min(columns, WIDTH)
  return `${partsOf(about)
    .map(part => (typeof part === 'string' ? paragraph(part, width) : sectionText(part, width)))
    .join('\n\n')}\n`
}

function partsOf(about: Command | Topic | undefined): readonly Part[] {
  if (about === undefined) return generalHelp()
  return Object.hasOwn(TOPICS, about) ? topicParts[about as Topic]() : commandHelp(about as Command)
}

function generalHelp(): readonly Part[] {
  const rows = Object.entries<CommandRow>(COMMANDS)
  const groups = COMMAND_GROUPS.map(group => ({
    title: group,
    lines: rows.filter(([, row]) => row.group === group).map(([name, { summary }]) => [name, summary] as const),
    least: NAME_WIDTH,
  }))
  return [
    'eg-setup installs Serverless Event Gateway on a Kubernetes cluster.',
    'Usage:\n  eg-setup [setup] [FLAGS]\n  eg-setup COMMAND [FLAGS]',
    ...groups,
    ...flagSections(sharedFlags()),
    examples([COMMANDS.setup.examples[0], COMMANDS.env.examples[0], COMMANDS.demo.examples[0]]),
    learnMore(['COMMAND --help', 'Flags and examples for a command'], ...topicLines()),
  ]
}

function commandHelp(command: Command): readonly Part[] {
  const row: CommandRow = COMMANDS[command]
  const { value = '', optional } = row.operand ?? {}
  const operand = value && (optional ? ` [${value}]` : ` ${value}`)
  const rest = row.rest ? ` [-- ${row.rest}]` : ''
  const aliases = row.aliases ? ` Alias: ${row.aliases.join(', ')}.` : ''
  return [
    `${row.summary}.${aliases}`,
    `Usage:\n  eg-setup ${command}${operand} [FLAGS]${rest}`,
    ...flagSections(flagsOf(command)),
    ...(command === 'env' ? [SHELL_SECTION] : []),
    examples(row.examples),
    ...('values' in flagsOf(command) ? [learnMore(topicLines()[0]!)] : []),
  ]
}

const NAME_WIDTH = Math.max(...Object.keys(COMMANDS).map(name => name.length))

const topicLines = (): Line[] => Object.entries(TOPICS).map(([name, text]) => [`help ${name}`, text])

const learnMore = (...lines: readonly Line[]): Section => ({
  title: 'Learn more',
  lines: lines.map(([words, text]) => [`eg-setup ${words}`, text]),
})

const settingsLines = (): Line[] =>
  SETTINGS.map(row => {
    const usual = shownDefault(row)
    return [row.path, `${row.text}${usual && ` [${usual.replace(/^\[(.*)\]$/s, '$1')}]`}`]
  })

const SHELL_SECTION: Section = {
  title: 'Load the exports (the shell is detected)',
  lines: SHELLS.map(({ id, load }) => [id, load(`eg-setup env --shell ${id}`)]),
  isCode: true,
}

/** The flags of every command that talks to a cluster. */
const sharedFlags = () =>
  Object.fromEntries(
    Object.entries(flagsOf('setup')).filter(([, { group }]) => group === 'Cluster' || group === 'General'),
  )

function flagSections(flags: Readonly<Record<string, FlagRow>>): Section[] {
  const lines = Object.entries(flags).map(([name, flag]) => ({ group: flag.group, line: flagLine(name, flag) }))
  return [undefined, 'Access and etcd', 'Exports', 'Cluster', 'General']
    .map(group => [group, lines.filter(entry => entry.group === group).map(({ line }) => line)] as const)
    .filter(([, found]) => found.length > 0)
    .map(([group, lines]) => ({ title: group ? `${group} flags` : 'Flags', lines }))
}

function flagLine(name: string, { short, value, type, text, many }: FlagRow): Line {
  const choices = type?.choices ? ` (${type.choices.join(', ')})` : ''
  const left = `${short ? `-${short}, ` : '    '}--${name}${value ? ` ${value}` : ''}`
  return [left, `${text}${choices}${many ? ', repeatable' : ''}`]
}

const examples = (rows: readonly (readonly [string, string])[]): string =>
  `Examples:\n${rows.map(([line, text]) => `  # ${text}\n  ${line}`).join('\n')}`

/** Sentences and comments broken between words; other indented lines are commands and stay whole. */
const paragraph = (text: string, width: number): string =>
  text
    .split('\n')
    .flatMap(line => {
      if (line.startsWith('  # ')) return wrap(line.slice(4), width - 4).map(part => `  # ${part}`)
      return line.startsWith('  ') ? [line] : wrap(line, width)
    })
    .join('\n')

/** Narrower text than this goes under its name instead of beside it. */
const LEAST = 24

function sectionText({ title, lines, least = 0, isCode }: Section, width: number): string {
  const column = Math.max(least, ...lines.map(([left]) => left.length)) + 4
  const isWide = width - column >= LEAST
  const rows = lines.flatMap(([left, text]) => {
    const right = isCode ? [text] : wrap(text, width - (isWide ? column : 6))
    if (!isWide)
      return [...wrap(left.trim(), width - 2).map(part => `  ${part}`), ...right.map(part => `      ${part}`)]
    return [`  ${left.padEnd(column - 2)}${right.join(`\n${' '.repeat(column)}`)}`]
  })
  return [...(title === '' ? [] : wrap(`${title}:`, width)), ...rows].join('\n')
}
