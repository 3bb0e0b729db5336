import { addAbortSignal } from 'node:stream'
import type { Io } from '../io.ts'
import { MB, Unreadable } from './read-file.ts'

/** All of standard input. Waits as long as the person or the program takes that writes it. Throws Unreadable. */
export async function readStdin({ stdin, signal }: Pick<Io, 'stdin' | 'signal'>, mostBytes = MB): Promise<Buffer> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of addAbortSignal(signal, stdin)) {
    chunks.push(Buffer.from(chunk))
    size += chunk.length
    if (size > mostBytes) throw new Unreadable(`it is larger than ${mostBytes / MB} MB`)
  }
  return Buffer.concat(chunks)
}
