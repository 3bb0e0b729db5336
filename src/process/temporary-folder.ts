import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { EXIT, UserError } from '../errors.ts'
import { whyUnusable } from './read-file.ts'

/** A new folder under that of the system for temporary files. Throws UserError (exit 3) where that cannot be used. */
export async function makeTemporaryFolder(prefix: string): Promise<string> {
  try {
    return await mkdtemp(join(tmpdir(), prefix))
  } catch (error) {
    throw new UserError(`The directory for temporary files, ${tmpdir()}, can't be used: ${whyUnusable(error)}.`, {
      fix: 'Set TMPDIR to a directory that you can write to.',
      code: EXIT.precondition,
      cause: error,
    })
  }
}
