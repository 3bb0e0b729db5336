import { YAMLException } from 'js-yaml'
import * as v from 'valibot'
import { EXIT, UserError } from '../errors.ts'
import type { Io } from '../io.ts'
import { MB, readNamedFile } from '../process/read-file.ts'
import { readStdin } from '../process/read-stdin.ts'
import { readYaml, requireBounded, TooMuch } from '../process/read-yaml.ts'
import { sanitize } from '../text/sanitize.ts'
import { API_VERSION, BACKUP_KIND } from './document.ts'
import { KIND_NAMES, KINDS, type Kind, keyOf, labelOf, type Registration, toRegistration } from './registration.ts'
import { problemOf, SCHEMAS, SPACE_NAME } from './schema.ts'

const MOST_BYTES = 64 * MB
const MOST_VALUES = 4_000_000

/** The registrations in a backup, "-" for standard input. Throws UserError (2), which repeats nothing of what the file says. */
export async function readDocument(file: string, io: Pick<Io, 'stdin' | 'signal'>): Promise<Registration[]> {
  const name = file === '-' ? 'standard input' : sanitize(file)
  let text: string
  try {
    text = String(await (file === '-' ? readStdin(io, MOST_BYTES) : readNamedFile(file, MOST_BYTES)))
  } catch (error) {
    io.signal.throwIfAborted()
    throw unusable(`The backup ${name} can't be read: ${(error as Error).message}.`)
  }
  const read = registrationsIn(text)
  if ('problem' in read) throw unusable(`The backup ${name} can't be used: ${read.problem}.`)
  return read.registrations
}

const unusable = (message: string) =>
  new UserError(message, { fix: 'Choose a file written by eg-setup backup.', code: EXIT.usage })

/** The registrations in the text of a backup, or why it is none. */
export function registrationsIn(text: string): { registrations: Registration[] } | { problem: string } {
  const document = parse(text)
  if ('problem' in document) return document
  const head = v.safeParse(HEAD, document.value)
  if (!head.success) return { problem: `it is not a valid ${BACKUP_KIND}` }
  const { apiVersion, kind, spaces } = head.output
  if (kind !== BACKUP_KIND) return { problem: `its kind is not ${BACKUP_KIND}` }
  if (apiVersion !== API_VERSION)
    return { problem: `its apiVersion is not ${API_VERSION}: it was written by a different version of eg-setup` }
  const registrations: Registration[] = []
  for (const [index, space] of spaces.entries()) {
    const problem = readSpace(space, `spaces[${index}]`, registrations)
    if (problem !== undefined) return { problem }
  }
  const seen = new Set<string>()
  for (const each of registrations) {
    if (seen.has(keyOf(each))) return { problem: `it contains ${sanitize(labelOf(each))} twice` }
    seen.add(keyOf(each))
  }
  return { registrations }
}

const HEAD = v.object({
  apiVersion: v.string(),
  kind: v.string(),
  spaces: v.array(v.looseObject({ name: v.unknown() })),
})

/** Adds what is registered in a space; gives what is wrong with it. */
function readSpace(
  { name, ...lists }: Readonly<Record<string, unknown>>,
  place: string,
  all: Registration[],
): string | undefined {
  const space = v.safeParse(SPACE_NAME, name)
  if (!space.success) return problemOf(space.issues[0], `${place}.name`)
  for (const [key, list] of Object.entries(lists)) {
    if (!Object.hasOwn(KINDS, key)) return `${place} has a field other than name, ${KIND_NAMES.join(', ')}`
    const kind = key as Kind
    if (!Array.isArray(list)) return `${place}.${kind} must be a list`
    for (const [index, entry] of list.entries()) {
      const read = v.safeParse(SCHEMAS[kind], entry)
      if (!read.success) return problemOf(read.issues[0], `${place}.${kind}[${index}]`)
      all.push(toRegistration(kind, space.output, read.output)!)
    }
  }
  return undefined
}

function parse(text: string): { value: unknown } | { problem: string } {
  try {
    if (!/^\s*\{/.test(text)) return { value: readYaml(text, undefined, MOST_VALUES)[0] }
    const value: unknown = JSON.parse(text)
    requireBounded(value, MOST_VALUES)
    return { value }
  } catch (error) {
    if (error instanceof TooMuch) return { problem: error.reason }
    if (error instanceof YAMLException)
      return { problem: `it is not valid YAML${error.mark === undefined ? '' : `, line ${error.mark.line + 1}`}` }
    if (!(error instanceof SyntaxError)) throw error
    const isCut = /Unexpected end|Unterminated/.test(error.message)
    return { problem: isCut ? 'it is truncated' : 'it is not valid JSON' }
  }
}
