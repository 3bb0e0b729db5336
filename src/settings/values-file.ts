import { FAILSAFE_SCHEMA, mergeTag, nullCoreTag, YAMLException } from 'js-yaml'
import { EXIT, UserError } from '../errors.ts'
import type { Io } from '../io.ts'
import { readNamedFile } from '../process/read-file.ts'
import { readStdin } from '../process/read-stdin.ts'
import { readYaml, TooMuch } from '../process/read-yaml.ts'
import { show } from './types.ts'

/** The text of a values file and what to call it in messages. */
export type ValuesText = { readonly name: string; readonly text: string }

/** The files of -f in their order, "-" from standard input. Throws UserError (2) for one that cannot be read. */
export async function readValues(files: readonly string[], io: Pick<Io, 'stdin' | 'signal'>): Promise<ValuesText[]> {
  const texts: ValuesText[] = []
  for (const file of files) {
    const name = file === '-' ? 'standard input' : file
    try {
      texts.push({ name, text: String(file === '-' ? await readStdin(io) : await readNamedFile(file)) })
    } catch (cause) {
      io.signal.throwIfAborted()
      throw new UserError(`The values file ${show(name)} can't be read: ${(cause as Error).message}.`, {
        fix: 'Check the path after -f.',
        code: EXIT.usage,
        cause,
      })
    }
  }
  return texts
}

/**
 * Scalars stay as they were written: the row of each setting decides what "1.10", "0400" or "true" means, so that
 * nothing is lost on the way and a value means the same here and after --set.
 */
const AS_WRITTEN = FAILSAFE_SCHEMA.withTags(nullCoreTag, mergeTag)

/** The mapping in a values file; an empty file is an empty one. Throws UserError (2) for anything else. */
export function parseValues({ name, text }: ValuesText): Readonly<Record<string, unknown>> {
  let documents: unknown[]
  try {
    documents = readYaml(text, AS_WRITTEN)
  } catch (cause) {
    if (!(cause instanceof YAMLException)) throw cause
    if (cause instanceof TooMuch)
      throw new UserError(`The values file ${show(name)} cannot be used: ${cause.reason}.`, {
        fix: 'Remove everything but eg-setup settings, and replace YAML aliases with their values.',
        code: EXIT.usage,
        cause,
      })
    const line = cause.mark === undefined ? '' : `, line ${cause.mark.line + 1}`
    throw new UserError(`The values file ${show(name)} is not valid YAML: ${cause.reason}${line}.`, {
      fix: 'Correct that line. Quote values that contain ": " or start with a special character.',
      code: EXIT.usage,
      cause,
    })
  }
  const [values, ...more] = documents.filter(document => document !== null)
  if (values === undefined) return {}
  if (typeof values === 'object' && values !== null && !Array.isArray(values) && more.length === 0)
    return values as Record<string, unknown>
  const what = more.length > 0 ? 'contains several documents' : 'is not a mapping'
  throw new UserError(`The values file ${show(name)} ${what}.`, {
    fix: 'Write settings as "key: value" lines, for example "replicaCount: 1".',
    code: EXIT.usage,
  })
}
