import { parseArgs } from 'node:util'
import { EXIT, UserError } from '../errors.ts'
import { show, type Type } from '../settings/types.ts'
import { nearest } from '../text/nearest.ts'
import { PROGRAM } from '../text/program.ts'
import { sh } from '../text/shell-words.ts'
import type { CommandRow } from './command-row.ts'
import { COMMAND_BY_NAME, COMMANDS, type Command, flagsOf, TOPICS, type Topic } from './command-table.ts'
import type { FlagRow } from './flag-groups.ts'

type ValueOf<F> = F extends { many: true; type: Type<infer T> }
  ? readonly T[]
  : F extends { type: Type<infer T> }
    ? T
    : true

/** The flags that were given to a command, by their long names; no defaults are filled in. */
export type FlagsOf<C extends Command> = {
  readonly [F in keyof (typeof COMMANDS)[C]['flags']]?: ValueOf<(typeof COMMANDS)[C]['flags'][F]>
}

/** What was asked for. `rest`: the word that the command needs, or the words after "--". */
export type Request =
  | {
      readonly [C in Command]: { readonly command: C; readonly flags: FlagsOf<C>; readonly rest: readonly string[] }
    }[Command]
  | { readonly command: 'help'; readonly about: Command | Topic | undefined }
  | { readonly command: 'version' }

const COMMAND_NAMES = Object.keys(COMMANDS) as Command[]

/** Flags of the same name take a value everywhere or nowhere, so that the words can be told apart before the command is known. */
const ALL_FLAGS: Readonly<Record<string, FlagRow>> = Object.assign({}, ...COMMAND_NAMES.map(flagsOf))

const OPTIONS = Object.fromEntries(
  Object.entries(ALL_FLAGS).map(([name, { short, type }]) => [
    name,
    { type: type ? ('string' as const) : ('boolean' as const), ...(short && { short }) },
  ]),
)

type Option = {
  name: string
  rawName: string
  index: number
  value?: string | undefined
  inlineValue?: boolean | undefined
}

/** What the words after `eg-setup` ask for. Throws UserError (2) for what cannot be meant. */
export function parseRequest(argv: readonly string[]): Request {
  const { tokens } = parseArgs({
    args: [...argv],
    options: OPTIONS,
    strict: false,
    allowPositionals: true,
    tokens: true,
  })
  const end = tokens.find(token => token.kind === 'option-terminator')?.index ?? argv.length
  const options: readonly Option[] = tokens.filter(token => token.kind === 'option')
  const words = tokens.flatMap(token => (token.kind === 'positional' && token.index < end ? [token.value] : []))
  const asksFor = (...names: string[]) =>
    options.some(
      ({ rawName, value = '', inlineValue }) => names.includes(rawName) || (!inlineValue && names.includes(value)),
    )

  const wantsHelp = words[0] === 'help'
  const [word, ...extra] = wantsHelp ? words.slice(1) : words
  if (word !== undefined && wantsHelp && Object.hasOwn(TOPICS, word)) return { command: 'help', about: word as Topic }
  if (word === 'version') return { command: 'version' }
  const command = word === undefined ? 'setup' : commandOf(word, options, argv)
  if (wantsHelp || asksFor('--help', '-h')) return { command: 'help', about: word === undefined ? undefined : command }
  if (asksFor('--version')) return { command: 'version' }

  const flags = readFlags(command, options, argv)
  const { operand }: CommandRow = COMMANDS[command]
  const isLeftOut = operand?.optional && extra.length === 0
  const rest = isLeftOut ? [] : operand ? [readOperand(operand, command, extra.shift())] : argv.slice(end + 1)
  const takesRest = 'rest' in COMMANDS[command]
  const surplus = extra[0] ?? (takesRest || operand ? undefined : rest[0])
  if (surplus !== undefined)
    throw misuse(
      `Unexpected argument ${show(surplus)} for eg-setup ${command}.`,
      takesRest ? sh`Add "--" before the command to run:\n${PROGRAM} ${command} -- ${extra}` : seeHelp(command),
    )
  return { command, flags, rest } as Request
}

function readOperand({ type, value }: NonNullable<CommandRow['operand']>, command: Command, word = ''): string {
  const read = type.read(word)
  if (!('problem' in read)) return word
  throw misuse(`${value} ${read.problem}.`, read.fix ?? sh`Specify ${value}:\n${PROGRAM} ${command} ${value}`)
}

const misuse = (message: string, fix: string) => new UserError(message, { fix, code: EXIT.usage })
const seeHelp = (command: Command) => sh`List the flags:\n${PROGRAM} ${command} --help`

function commandOf(word: string, options: readonly Option[], argv: readonly string[]): Command {
  const command = COMMAND_BY_NAME.get(word)
  if (command) return command
  // The word may be the value of a flag that is misspelt: that is the mistake to name.
  for (const option of options) rowOf(undefined, option, argv)
  const likely = nearest(word, [...COMMAND_BY_NAME.keys()])
  throw misuse(
    `Unknown command ${show(word)}.`,
    likely ? `Did you mean ${likely}?` : `Use one of: ${COMMAND_NAMES.join(', ')}.`,
  )
}

/** The row of a flag; of any command while none is known. */
function rowOf(command: Command | undefined, { name, rawName, index }: Option, argv: readonly string[]): FlagRow {
  const long = /^-([a-z][a-z-]+)/.exec(argv[index] ?? '')?.[1] ?? ''
  if (Object.hasOwn(ALL_FLAGS, long)) throw misuse(`-${long} is parsed as several one-letter flags.`, `Use --${long}.`)
  const rows = command ? flagsOf(command) : ALL_FLAGS
  if (Object.hasOwn(rows, name)) return rows[name]!
  const owners = COMMAND_NAMES.filter(owner => Object.hasOwn(flagsOf(owner), name))
  if (owners.length > 0)
    throw misuse(
      `Unknown flag ${rawName} for eg-setup ${command}. Commands with this flag: ${owners.join(', ')}.`,
      seeHelp(owners.length === 1 ? owners[0]! : command!),
    )
  const likely = nearest(name, Object.keys(rows))
  throw misuse(`Unknown flag ${rawName}.`, likely ? `Did you mean --${likely}?` : seeHelp(command ?? 'setup'))
}

function readFlags(command: Command, options: readonly Option[], argv: readonly string[]): Record<string, unknown> {
  const flags: Record<string, unknown> = {}
  const texts = new Map<string, string>()
  for (const option of options) {
    const { name, rawName } = option
    const row = rowOf(command, option, argv)
    const value = flagValue(row, option)
    if (row.many) flags[name] = [...((flags[name] as unknown[] | undefined) ?? []), value]
    else if (name in flags && flags[name] !== value)
      throw misuse(`${rawName} is given twice: ${texts.get(name)} and ${show(option.value)}.`, 'Remove one of the two.')
    else flags[name] = value
    texts.set(name, show(option.value))
  }
  return flags
}

function flagValue(row: FlagRow, { name, rawName, value, inlineValue }: Option): unknown {
  if (!row.type) {
    if (value !== undefined)
      throw misuse(`${rawName} takes no value, but got ${show(value)}.`, `Use --${name} without a value.`)
    return true
  }
  const write = `Use --${name}=${row.value}.`
  // "-f -" is standard input; any other word with a dash in front is the next flag, not the value of this one.
  if (value === undefined || (!inlineValue && /^-./.test(value))) throw misuse(`${rawName} needs a value.`, write)
  const text = rawName.startsWith('--') ? value : value.replace(/^=/, '')
  if (text === '') throw misuse(`${rawName} has an empty value.`, write)
  const read = row.type.read(text)
  if ('problem' in read) throw misuse(`${rawName} ${read.problem}.`, read.fix ?? write)
  return read.value
}
