import { UserError } from '../errors.ts'
import type { Request, SetupFlags } from '../setup/request.ts'
import { type Ask, Back } from '../ui/prompts.ts'
import type { Known, Prompt, Question, Read } from './question.ts'

/** Where the wizard is. `isStale`: the person acted elsewhere in between, so what is known has to be read again. */
type Position = { index: number; request: Request; known: Known; isStale?: boolean }

/** The request with all answers, and what is known at the end. */
type Asked = Pick<Position, 'request' | 'known'>

/**
 * Takes the steps in their order. Esc goes back to the question before, which then proposes the former answer; so does an
 * error that a person can act on, after `warn` has shown it. Throws Cancelled on Ctrl-C, and both errors at the first question.
 */
export async function askAll(
  steps: readonly (Question | Read)[],
  given: Request,
  ask: Ask,
  warn: (text: string, fix: string) => void,
): Promise<Asked> {
  const trail: Position[] = []
  const answers = new Map<Question, string>()
  // Every question follows the reads that it needs, so no question sees this empty value.
  let at: Position = { index: 0, request: given, known: {} as Known }
  while (at.index < steps.length) {
    const step = steps[at.index]!
    try {
      if (at.isStale) at = { ...at, known: await readAgain(steps.slice(0, at.index), at), isStale: false }
      const { index, request, known } = at
      if ('read' in step) {
        at = { index: index + 1, request, known: { ...known, ...(await step.read(request, known)) } }
        continue
      }
      const isAnswered = step.flags.some(flag => given.flags[flag] !== undefined)
      const prompt = isAnswered ? undefined : await step.prompt(request, known)
      if (prompt === undefined) {
        at = { index: index + 1, request, known }
        continue
      }
      const answer = await askOne(ask, prompt, answers.get(step))
      const added = await step.take(answer, request, known)
      if (added === undefined) {
        at = { ...at, isStale: true }
        continue
      }
      answers.set(step, answer)
      trail.push(at)
      at = { index: index + 1, request: { ...request, flags: { ...request.flags, ...added } as SetupFlags }, known }
    } catch (error) {
      const isWrong = error instanceof UserError
      const before = isWrong || error instanceof Back ? trail.pop() : undefined
      if (before === undefined) throw error
      if (isWrong) for (const { message, fix } of error.troubles ?? [error]) warn(message, fix)
      at = { ...before, isStale: isWrong }
    }
  }
  return at
}

/** Runs the reads among these steps again. */
async function readAgain(steps: readonly (Question | Read)[], { request }: Position): Promise<Known> {
  let known = {} as Known
  for (const step of steps) if ('read' in step) known = { ...known, ...(await step.read(request, known)) }
  return known
}

async function askOne(ask: Ask, prompt: Prompt, former: string | undefined): Promise<string> {
  switch (prompt.kind) {
    case 'text':
      return ask.text({ ...prompt, initial: former ?? prompt.initial })
    case 'select': {
      const isListed = prompt.choices.some(({ value }) => value === former)
      return ask.select({ ...prompt, initial: isListed ? former! : prompt.initial })
    }
    case 'confirm':
      return String(await ask.confirm(prompt))
  }
}
