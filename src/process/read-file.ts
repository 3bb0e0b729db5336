import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'

/** Why a file cannot be read, as the end of a sentence: "permission denied". `code` is Node's, if it comes from there. */
export class Unreadable extends Error {
  readonly code: string

  constructor(why: string, code = '') {
    super(why)
    this.name = 'Unreadable'
    this.code = code
  }
}

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'it does not exist',
  ENOTDIR: 'it does not exist',
  EACCES: 'permission denied',
  EISDIR: 'it is a directory',
  ELOOP: 'it is a symbolic link to itself',
  ENXIO: 'it is a socket or a device',
  EPERM: 'permission denied',
  EROFS: 'the file system is read-only',
  ENOSPC: 'the disk is full',
}

/** What is wrong with a file or folder, of an error of Node's, as the end of a sentence. */
export function whyUnusable(error: unknown): string {
  const { code = '', message } = error as NodeJS.ErrnoException
  return REASONS[code] ?? (code || message)
}

export const MB = 1024 * 1024
/** How long a pipe may wait for a program that writes to it, and then for all of its text. */
const NO_WRITER_MS = 3000
const PIPE_MS = 30_000
const PAUSE_MS = 20
/** Opening a pipe without a writer would block without this flag. Windows does not have it. */
const NON_BLOCKING = constants.O_NONBLOCK ?? 0

/** A pipe gives its text once. */
const pipes = new Map<string, Promise<Buffer>>()

/**
 * What a file holds that a person named: a regular file, or a pipe such as `<(command)` or /dev/stdin, of at most
 * `mostBytes`. Throws Unreadable.
 */
export async function readNamedFile(path: string, mostBytes = MB): Promise<Buffer> {
  const piped = pipes.get(path)
  if (piped !== undefined) return piped
  let file: number | undefined
  try {
    file = openSync(path, constants.O_RDONLY | NON_BLOCKING)
    const isPipe = fstatSync(file).isFIFO()
    const content = readAll(file, mostBytes, isPipe && !/^\/(dev|proc)\//.test(path))
    if (isPipe) pipes.set(path, content)
    return await content
  } catch (error) {
    if (error instanceof Unreadable) throw error
    throw new Unreadable(whyUnusable(error), (error as NodeJS.ErrnoException).code)
  } finally {
    if (file !== undefined) closeSync(file)
  }
}

/** `isNamedPipe`: what seems to be its end may be that no program has opened it for writing yet. */
async function readAll(file: number, mostBytes: number, isNamedPipe: boolean): Promise<Buffer> {
  const chunks: Buffer[] = []
  const buffer = Buffer.allocUnsafe(64 * 1024)
  const started = Date.now()
  let size = 0
  let hasWriter = !isNamedPipe
  for (;;) {
    const count = readSome(file, buffer)
    if (count === 0 && hasWriter) return Buffer.concat(chunks)
    hasWriter ||= count !== 0
    if (count !== undefined && count > 0) {
      size += count
      if (size > mostBytes) throw new Unreadable(`it is larger than ${mostBytes / MB} MB`)
      chunks.push(Buffer.from(buffer.subarray(0, count)))
      continue
    }
    const limit = hasWriter ? PIPE_MS : NO_WRITER_MS
    if (Date.now() - started >= limit) throw new Unreadable(`it is a pipe that did not close within ${limit / 1000}s`)
    await sleep(PAUSE_MS)
  }
}

/** How many bytes came, 0 at the end; undefined where a writer has nothing to say yet. */
function readSome(file: number, buffer: Buffer): number | undefined {
  try {
    return readSync(file, buffer)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EAGAIN') return undefined
    throw error
  }
}
