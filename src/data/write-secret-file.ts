import { randomBytes } from 'node:crypto'
import { link, open, rename, rm, stat } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { EXIT, UserError } from '../errors.ts'
import { whyUnusable } from '../process/read-file.ts'
import { sanitize } from '../text/sanitize.ts'

/** Throws UserError (exit 2) where the file exists. */
export async function requireAbsent(path: string): Promise<void> {
  const found = await stat(path).catch(() => undefined)
  if (found !== undefined) throw alreadyThere(path)
}

const alreadyThere = (path: string) =>
  new UserError(`The file ${sanitize(path)} already exists.`, {
    fix: 'Choose another file, or add --force to overwrite it.',
    code: EXIT.usage,
  })

/**
 * Writes a file that its owner alone can read: under another name first, so that a file of this name is always a whole one.
 * Overwrites one only if `force`. Throws UserError where that fails.
 */
export async function writeSecretFile(path: string, text: string, force: boolean): Promise<void> {
  const draft = join(dirname(path), `.${basename(path)}.${randomBytes(4).toString('hex')}.tmp`)
  try {
    const file = await open(draft, 'wx', 0o600)
    try {
      await file.writeFile(text)
      await file.sync()
    } finally {
      await file.close()
    }
    if (force) await rename(draft, path)
    else await moveToNew(draft, path)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') throw alreadyThere(path)
    throw new UserError(`The file ${sanitize(path)} can't be written: ${whyUnusable(error)}.`, {
      fix: 'Choose a file in a directory that you can write to.',
      cause: error,
    })
  } finally {
    await rm(draft, { force: true })
  }
}

/** Gives the file its name unless another one has it by now; not every file system knows links. */
async function moveToNew(draft: string, path: string): Promise<void> {
  try {
    await link(draft, path)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') throw error
    await requireAbsent(path)
    await rename(draft, path)
  }
}
