import { Cancelled } from '../errors.ts'

type Choice = { value: string; label: string; hint?: string }
export type Common = { message: string; help?: string }
export type TextPrompt = Common & { initial: string; check: (value: string) => string | undefined }
export type SelectPrompt = Common & { initial: string; choices: readonly Choice[] }
export type ConfirmPrompt = Common & { initial?: boolean }

/** Esc: back to the question before; where there is none, the run is cancelled. */
export class Back extends Cancelled {}

/** Prompts on stderr. Each throws Cancelled on Ctrl-C, and Back on Esc. */
export type Ask = {
  /** How they are answered. */
  keys: string
  text: (prompt: TextPrompt) => Promise<string>
  select: (prompt: SelectPrompt) => Promise<string>
  confirm: (prompt: ConfirmPrompt) => Promise<boolean>
  /** What is typed is not shown. Missing where the screen shows every key. */
  secret?: (prompt: Common) => Promise<string>
}
