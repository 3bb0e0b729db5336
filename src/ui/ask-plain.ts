import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { Cancelled } from '../errors.ts'
import type { Io } from '../io.ts'
import { type Ask, Back } from './prompts.ts'

/** What goes back to the question before, where Esc cannot be told from other keys. */
const BACK = '<'

/**
 * Prompts for screen readers and terminals that cannot be drawn on: whole lines, numbered choices, nothing that moves the
 * cursor. An empty line takes the default.
 */
export function makePlainAsk({ stdin, stderr, signal }: Pick<Io, 'stdin' | 'stderr' | 'signal'>): Ask {
  const say = (text: string) => stderr.write(`${text}\n`)

  async function line(prompt: string): Promise<string> {
    stderr.write(prompt)
    const lines = createInterface({ input: stdin, terminal: false })
    try {
      const closed = once(lines, 'close', { signal }).then(() => [undefined])
      const [text] = await Promise.race([once(lines, 'line', { signal }), closed])
      if (text === undefined) throw new Cancelled()
      if (text.trim() === BACK) throw new Back()
      return text.trim()
    } catch (error) {
      throw signal.aborted ? signal.reason : error
    } finally {
      lines.close()
    }
  }

  /** Asks until the line means something; `read` gives the answer, or says what is wrong with it. */
  async function until<T>(prompt: string, read: (text: string) => { answer: T } | { problem: string }): Promise<T> {
    for (;;) {
      const found = read(await line(prompt))
      if ('answer' in found) return found.answer
      say(found.problem)
    }
  }

  const head = ({ message, help }: { message: string; help?: string }) => {
    say('')
    say(message)
    if (help) say(help)
  }
  return {
    keys: `Press Enter for the answer in brackets, ${BACK} to go back, Ctrl-C to cancel.`,
    text: async prompt => {
      head(prompt)
      return until(`[${prompt.initial}]: `, text => {
        const answer = text || prompt.initial
        const problem = prompt.check(answer)
        return problem === undefined ? { answer } : { problem }
      })
    },
    select: async prompt => {
      head(prompt)
      const { choices, initial } = prompt
      for (const [index, { label, hint }] of choices.entries())
        say(`  ${index + 1}. ${label}${hint ? ` (${hint})` : ''}`)
      const usual = choices.findIndex(({ value }) => value === initial) + 1
      return until(`Number [${usual}]: `, text => {
        const choice = choices[Number(text || usual) - 1]
        return choice ? { answer: choice.value } : { problem: `Enter a number from 1 to ${choices.length}.` }
      })
    },
    confirm: async prompt => {
      head(prompt)
      const usual = prompt.initial ?? true
      return until(`${usual ? '[yes]' : '[no]'}: `, text => {
        if (text === '') return { answer: usual }
        if (/^y(es)?$/i.test(text)) return { answer: true }
        return /^no?$/i.test(text) ? { answer: false } : { problem: 'Enter yes or no.' }
      })
    },
  }
}
