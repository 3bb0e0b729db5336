import * as clack from '@clack/prompts'
import { Cancelled } from '../errors.ts'
import type { Io } from '../io.ts'

/** Whether somebody is there to answer. stdout does not matter: `eval "$(eg-setup)"` may ask. */
export const canAsk = ({ stdin, stderr, env }: Pick<Io, 'stdin' | 'stderr' | 'env'>): boolean =>
  stdin.isTTY === true && stderr.isTTY === true && !env['CI']

type Choice<T extends string> = { value: T; label: string; hint?: string }

/** Prompts on stderr. Each throws Cancelled on Ctrl-C and Esc. */
export type Ask = {
  text: (message: string, initial: string, check: (value: string) => string | undefined) => Promise<string>
  select: <T extends string>(message: string, choices: readonly Choice<T>[], initial: T) => Promise<T>
  confirm: (message: string) => Promise<boolean>
}

/** The prompts of a run, by clack: it writes to stdout unless told otherwise at each call, so nothing else calls it. */
export function makeAsk({ stdin, stderr, signal, env }: Io): Ask {
  // clack paints by styleText, which looks at stdout; the screen here is stderr.
  if (!env['NO_COLOR'] && process.env['FORCE_COLOR'] === undefined) process.env['FORCE_COLOR'] = '1'
  const streams = { input: stdin as never, output: stderr, signal }
  const answered = <T>(answer: T): Exclude<T, symbol> => {
    if (signal.aborted) throw signal.reason
    if (clack.isCancel(answer)) throw new Cancelled()
    return answer as Exclude<T, symbol>
  }
  return {
    text: async (message, initialValue, check) =>
      answered(
        await clack.text({
          message,
          initialValue,
          placeholder: initialValue,
          validate: value => check(value ?? ''),
          ...streams,
        }),
      ),
    select: async (message, choices, initialValue) =>
      answered(await clack.select({ message, options: [...choices] as never, initialValue, ...streams })) as never,
    confirm: async message => answered(await clack.confirm({ message, initialValue: true, ...streams })),
  }
}
