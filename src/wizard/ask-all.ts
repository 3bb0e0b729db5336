import { UserError } from '../errors.ts'
import type { Draft, Looks } from '../setup/looks.ts'
import { type Ask, Back, type ConfirmPrompt, type SelectPrompt, type TextPrompt } from '../ui/prompts.ts'

export type Prompt =
  | ({ kind: 'text' } & TextPrompt)
  | ({ kind: 'select' } & SelectPrompt)
  | ({ kind: 'confirm' } & ConfirmPrompt)

/** Something that only a person knows. */
export type Question = {
  /** The flags that answer it beforehand. */
  flags: readonly (keyof Draft)[]
  /** How it is asked; undefined where, with the answers so far, there is nothing to ask. */
  prompt: (draft: Draft, looks: Looks) => Promise<Prompt | undefined>
  /** The flags that the answer stands for, undefined for those that it drops; undefined alone: ask again. */
  take: (answer: string, draft: Draft, looks: Looks) => Added | undefined | Promise<Added | undefined>
}

type Added = { readonly [Flag in keyof Draft]?: Draft[Flag] | undefined }

/**
 * Asks the questions in their order. Esc goes back to the one before, which has the former answer as its default; so does
 * an error that a person can act on, after `warn` has said it. Throws Cancelled on Ctrl-C, and either of them at the first.
 */
export async function askAll(
  questions: readonly Question[],
  given: Draft,
  looks: Looks,
  ask: Ask,
  warn: (text: string, fix: string) => void,
): Promise<Draft> {
  const open = questions.filter(({ flags }) => !flags.some(flag => given[flag] !== undefined))
  const trail: { index: number; draft: Draft }[] = []
  const answers = new Map<Question, string>()
  let draft = given
  for (let index = 0; index < open.length; ) {
    const question = open[index]!
    try {
      const prompt = await question.prompt(draft, looks)
      if (prompt === undefined) {
        index++
        continue
      }
      const answer = await askOne(ask, prompt, answers.get(question))
      const added = await question.take(answer, draft, looks)
      if (added === undefined) continue
      answers.set(question, answer)
      trail.push({ index, draft })
      draft = { ...draft, ...added } as Draft
      index++
    } catch (error) {
      const isWrong = error instanceof UserError
      const before = isWrong || error instanceof Back ? trail.pop() : undefined
      if (before === undefined) throw error
      if (isWrong) {
        for (const { message, fix } of error.troubles ?? [error]) warn(message, fix)
        looks.forget()
      }
      ;({ index, draft } = before)
    }
  }
  return draft
}

async function askOne(ask: Ask, prompt: Prompt, former: string | undefined): Promise<string> {
  switch (prompt.kind) {
    case 'text':
      return ask.text({ ...prompt, initial: former ?? prompt.initial })
    case 'select': {
      const isThere = prompt.choices.some(({ value }) => value === former)
      return ask.select({ ...prompt, initial: isThere ? former! : prompt.initial })
    }
    case 'confirm':
      return String(await ask.confirm(prompt))
  }
}
