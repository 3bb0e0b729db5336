import type { ReadStream } from 'node:tty'
import type { Io } from '../io.ts'

const CTRL_C = '\x03'
/** Time for the terminal to hand over the keys that were pressed before. */
const PENDING_MS = 20

/** A process has one terminal, so its state is one, too. */
let held: ReadStream | undefined

const isTerminal = (stdin: Io['stdin']): stdin is ReadStream => stdin.isTTY === true && 'setRawMode' in stdin

/** Keeps keys that are pressed from now on off the screen and forgets them. Ctrl-C still interrupts. */
export function holdKeys(stdin: Io['stdin']): void {
  if (held !== undefined || !isTerminal(stdin)) return
  held = stdin
  held.setRawMode(true)
  held.on('data', onKeys)
  held.resume()
  // A run that is done doesn't wait for keys.
  held.unref()
}

/** Gives the terminal back, for a prompt or a program that asks. Returns what holds the keys again if they were held. */
export function releaseKeys(): () => void {
  if (held === undefined) return () => {}
  const stdin = held
  held = undefined
  stdin.off('data', onKeys)
  stdin.pause()
  stdin.ref()
  stdin.setRawMode(false)
  return () => holdKeys(stdin)
}

function onKeys(keys: Buffer | string): void {
  if (!keys.includes(CTRL_C)) return
  // From here on the terminal itself sends SIGINT.
  releaseKeys()
  process.emit('SIGINT', 'SIGINT')
}

/** Forgets the keys that were pressed so far, and gives the terminal back. */
export async function forgetKeys({ stdin, signal, clock }: Pick<Io, 'stdin' | 'signal' | 'clock'>): Promise<void> {
  holdKeys(stdin)
  await clock.sleep(PENDING_MS, signal)
  releaseKeys()
}
