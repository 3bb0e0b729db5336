import * as clack from '@clack/prompts'
import { Cancelled } from '../errors.ts'
import type { Io } from '../io.ts'
import { forgetKeys, holdKeys } from '../process/keys.ts'
import { oneLine } from '../text/sanitize.ts'
import { wrap } from '../text/wrap.ts'
import { makePlainAsk } from './ask-plain.ts'
import { colorClack } from './color-clack.ts'
import { paintFor } from './paint.ts'
import { type Ask, Back, type Common } from './prompts.ts'
import { isPlain } from './terminal.ts'

type Where = Pick<Io, 'stdin' | 'stderr' | 'env'>

/** Whether prompts can be answered. stdout doesn't matter: `eval "$(eg-setup)"` may ask. */
export const canAsk = (io: Where): boolean => whyNotAsked(io) === undefined

/** Why prompts can't be answered; undefined if they can. */
export function whyNotAsked({ stdin, stderr, env }: Where): string | undefined {
  if (stdin.isTTY !== true || stderr.isTTY !== true) return 'this is not a terminal'
  return env['CI'] ? 'the environment variable CI is set' : undefined
}

/**
 * The prompts of a run: drawn by clack, or plain lines where the screen cannot be drawn on. They take text as it comes, also
 * from the cluster. Keys that are pressed while nothing is asked answer nothing.
 */
export function makeAsk(io: Io): Ask {
  holdKeys(io.stdin)
  return withSafeText(withFreshKeys(isPlain(io.env) ? makePlainAsk(io) : makeClackAsk(io), io))
}

/** Prompts that are answered by keys pressed after they are shown. */
function withFreshKeys({ keys, text, select, confirm, secret }: Ask, io: Io): Ask {
  const fresh =
    <P, A>(ask: (prompt: P) => Promise<A>) =>
    async (prompt: P): Promise<A> => {
      await forgetKeys(io)
      return ask(prompt).finally(() => holdKeys(io.stdin))
    }
  const hidden = secret && { secret: fresh(secret) }
  return { keys, text: fresh(text), select: fresh(select), confirm: fresh(confirm), ...hidden }
}

const MOST = 2000
const line = (text: string) => oneLine(text, MOST)
const heading = ({ message, help }: Common) => ({ message: line(message), ...(help ? { help: line(help) } : {}) })

/** Prompts whose every text is one harmless line. */
const withSafeText = (ask: Ask): Ask => ({
  keys: ask.keys,
  text: ({ initial, check, ...prompt }) =>
    ask.text({
      ...heading(prompt),
      initial: line(initial),
      check: value => {
        const problem = check(value)
        return problem === undefined ? undefined : line(problem)
      },
    }),
  select: ({ choices, initial, ...prompt }) =>
    ask.select({
      ...heading(prompt),
      choices: choices.map(({ value, label, hint }) => ({
        value,
        label: line(label),
        ...(hint ? { hint: line(hint) } : {}),
      })),
      initial,
    }),
  confirm: ({ initial, ...prompt }) =>
    ask.confirm({ ...heading(prompt), ...(initial === undefined ? {} : { initial }) }),
  ...(ask.secret && { secret: prompt => ask.secret!(heading(prompt)) }),
})

/** Among more choices than these one is found by typing a part of it. */
const MOST_LISTED = 12
const SHOWN = 10

/** clack writes to stdout unless told otherwise at each call, so nothing else calls it. */
function makeClackAsk({ stdin, stderr, signal, env }: Io): Ask {
  const paint = paintFor(env)
  colorClack(paint.level > 0)
  const streams = { input: stdin as never, output: stderr, signal }
  // Prompts with a field do not draw their bar beside the further lines of a message.
  const bar = `${paint.cyan(clack.S_BAR)}  `
  const drawn = ({ message, help }: Common, before: string): string => {
    const width = (stderr.columns || 80) - 4
    const lines = [...wrap(message, width), ...(help ? wrap(help, width).map(line => paint.dim(line)) : [])]
    return lines.join(`\n${before}`)
  }
  const answered = async <T>(prompt: () => Promise<T>): Promise<Exclude<T, symbol>> => {
    let isEscape = false
    const onKey = (_: unknown, key?: { name?: string }) => {
      isEscape = key?.name === 'escape'
    }
    stdin.on('keypress', onKey)
    const answer = await prompt().finally(() => stdin.off('keypress', onKey))
    if (signal.aborted) throw signal.reason
    if (clack.isCancel(answer)) throw isEscape ? new Back() : new Cancelled()
    return answer as Exclude<T, symbol>
  }
  return {
    keys: 'Press Enter to select, Esc to go back, Ctrl-C to cancel.',
    text: prompt =>
      answered(() =>
        clack.text({
          message: drawn(prompt, bar),
          initialValue: prompt.initial,
          validate: value => prompt.check(value ?? ''),
          ...streams,
        }),
      ),
    select: prompt => {
      const options = [...prompt.choices]
      const common = { options, initialValue: prompt.initial, ...streams }
      if (options.length <= MOST_LISTED)
        return answered(() => clack.select<string>({ message: drawn(prompt, ''), ...common }))
      const validate = (value: unknown) => (value === undefined ? 'No match.' : undefined)
      return answered(() =>
        clack.autocomplete<string>({ message: drawn(prompt, bar), maxItems: SHOWN, validate, ...common }),
      )
    },
    secret: prompt =>
      answered(() =>
        clack.password({
          message: drawn(prompt, bar),
          validate: value => (value ? undefined : 'Enter a value.'),
          ...streams,
        }),
      ),
    confirm: prompt =>
      answered(() => clack.confirm({ message: drawn(prompt, ''), initialValue: prompt.initial ?? true, ...streams })),
  }
}
