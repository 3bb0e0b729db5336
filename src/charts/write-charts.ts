import { lstat, mkdir, realpath, rename, rm, writeFile } from 'node:fs/promises'
import { basename, dirname, join, relative, sep } from 'node:path'
import { EXIT, UserError } from '../errors.ts'
import { readNamedFile, whyUnusable } from '../process/read-file.ts'

/**
 * Writes files by their paths in `folder`. Nothing is written through a symbolic link, and nothing at all where a file is
 * there with another content. Throws UserError (exit 3) then, and where the folder cannot be written to.
 */
export async function writeFiles(folder: string, files: ReadonlyMap<string, string>): Promise<void> {
  const missing: (readonly [path: string, text: string])[] = []
  for (const [name, text] of files) {
    const path = join(folder, name)
    if (!(await isThere(folder, path))) missing.push([path, text])
    else if ((await contentOf(path)) !== text) throw notOurs(path, 'already exists with different content')
  }
  for (const [path, text] of missing) {
    const unfinished = join(dirname(path), `.${basename(path)}.${process.pid}.tmp`)
    try {
      await mkdir(dirname(path), { recursive: true })
      await writeFile(unfinished, text, { flag: 'wx' })
      await rename(unfinished, path)
    } catch (error) {
      await rm(unfinished, { force: true }).catch(() => {})
      throw new UserError(`${path} can't be written: ${whyUnusable(error)}.`, {
        fix: 'Choose a directory that you can write to: --chart DIR',
        code: EXIT.precondition,
        cause: error,
      })
    }
  }
}

/** Whether a regular file is there, by folders alone: the folder that was named may be a link, nothing below it. */
async function isThere(folder: string, path: string): Promise<boolean> {
  let place = await realpath(folder).catch(() => folder)
  const names = relative(folder, path).split(sep)
  for (const [index, name] of names.entries()) {
    place = join(place, name)
    const found = await lstat(place).catch(() => undefined)
    if (found === undefined) return false
    const isLast = index === names.length - 1
    if (found.isSymbolicLink()) throw notOurs(place, 'is a symbolic link')
    if (isLast ? !found.isFile() : !found.isDirectory())
      throw notOurs(place, `is not a ${isLast ? 'regular file' : 'directory'}`)
  }
  return true
}

async function contentOf(path: string): Promise<string | undefined> {
  try {
    return String(await readNamedFile(path))
  } catch {
    return undefined // Too large or unreadable: certainly a different file.
  }
}

const notOurs = (path: string, what: string): UserError =>
  new UserError(`${path} ${what}. Nothing was written.`, {
    fix: 'Delete the existing chart, or choose another directory: --chart DIR',
    code: EXIT.precondition,
  })
