import type { Type } from '../settings/types.ts'
import type { FlagRow } from './flag-groups.ts'

/** The headings of the general help, in its order. */
export const COMMAND_GROUPS = ['Install', 'Use', 'Look after', 'Other'] as const

export type CommandRow = {
  group: (typeof COMMAND_GROUPS)[number]
  /** Other names that people type for it. */
  aliases?: readonly string[]
  summary: string
  flags: Readonly<Record<string, FlagRow>>
  /** The one word that the command takes, and needs unless it is optional. */
  operand?: { type: Type<unknown>; value: string; optional?: true }
  /** What may follow "--", as the help calls it. */
  rest?: string
  examples: readonly (readonly [line: string, text: string])[]
}
