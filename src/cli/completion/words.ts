import type { CommandRow } from '../command-row.ts'
import { COMMANDS, type Command, flagsOf } from '../command-table.ts'

/** What can be written after a flag. */
type Takes = 'nothing' | 'file' | 'context' | 'text' | readonly string[]

export type FlagWords = { long: string; short?: string; text: string; takes: Takes; many: boolean }
export type CommandWords = {
  name: string
  summary: string
  flags: readonly FlagWords[]
  /** What the word after the command can be. */
  operand: readonly string[]
  /** Whether another command may follow "--". */
  rest: boolean
}

/** All words of the command line, for the shells to complete; the first command is meant where none is written. */
export const commandWords = (): CommandWords[] =>
  Object.entries<CommandRow>(COMMANDS).map(([name, { summary, operand, rest }]) => ({
    name,
    summary,
    flags: flagWords(name as Command),
    operand: operand?.type.choices?.map(String) ?? [],
    rest: rest !== undefined,
  }))

const flagWords = (command: Command): FlagWords[] =>
  Object.entries(flagsOf(command)).map(([name, { short, type, value, text, many }]) => {
    const open = value === 'FILE' ? 'file' : name === 'context' ? 'context' : 'text'
    const takes = type === undefined ? 'nothing' : (type.choices?.map(String) ?? open)
    return { long: `--${name}`, ...(short && { short: `-${short}` }), text, takes, many: many === true }
  })

/** The flags that take a value, in all their spellings: the word after one of them is no command. */
export const valueFlags = (commands: readonly CommandWords[]): string[] => [
  ...new Set(
    commands.flatMap(({ flags }) => flags.filter(({ takes }) => takes !== 'nothing').flatMap(flag => spellings(flag))),
  ),
]

export const spellings = ({ long, short }: FlagWords): string[] => (short ? [short, long] : [long])

/** The contexts of the kubeconfig, a line each; nothing without kubectl, which is much faster at it than we are. */
export const CONTEXTS = 'kubectl config get-contexts -o name'

/** Between single quotes, as POSIX shells read them. */
export const quoted = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`
