import { Cancelled } from '../errors.ts'

type Choice = { value: string; label: string; hint?: string }
export type Common = { message: string; help?: string }
export type TextPrompt = Common & { initial: string; check: (value: string) => string | undefined }
export type SelectPrompt = Common & { initial: string; choices: readonly Choice[] }
export type ConfirmPrompt = Common & { initial?: boolean }

/** Back to the question before: by Esc, or `instead` of an error that another answer may heal; where there is none, the end. */
export class Back extends Cancelled {
  readonly instead: Error | undefined

  constructor(instead?: Error) {
    super()
    this.instead = instead
  }
}

/** Prompts on stderr. Each throws Cancelled on Ctrl-C, and Back on Esc. */
export type Ask = {
  /** How they are answered. */
  keys: string
  text: (prompt: TextPrompt) => Promise<string>
  select: (prompt: SelectPrompt) => Promise<string>
  confirm: (prompt: ConfirmPrompt) => Promise<boolean>
}
