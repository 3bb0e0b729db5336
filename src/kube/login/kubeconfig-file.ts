import { dirname, resolve } from 'node:path'
import { readNamedFile, type Unreadable } from '../../process/read-file.ts'
import { readYaml, TooMuch } from '../../process/read-yaml.ts'
import { oneLine } from '../../text/sanitize.ts'
import { preconditionError } from '../precondition-error.ts'

/** The fields of a cluster, a user or a context as they stand in the file, paths made absolute. */
export type Entry = Readonly<Record<string, unknown>>
type Entries = ReadonlyMap<string, Entry>

export type KubeconfigParts = {
  readonly currentContext: string
  readonly clusters: Entries
  readonly users: Entries
  readonly contexts: Entries
}

/** The fields of a thing of unknown make; none for anything but a map. */
export const fields = (value: unknown): Entry =>
  value !== null && typeof value === 'object' && !Array.isArray(value) ? (value as Entry) : {}

/** A field as text; numbers too, since YAML reads `token: 123` as one. '' when it is missing. */
export const text = (value: unknown): string =>
  typeof value === 'string' ? value : typeof value === 'number' ? String(value) : ''

/**
 * What one kubeconfig file says; undefined when there is no such file. An empty file says nothing.
 * Throws UserError (exit 3) for a file that cannot be read or is no kubeconfig; never with its content.
 */
export async function readKubeconfigFile(file: string): Promise<KubeconfigParts | undefined> {
  const content = await contentOf(file)
  return content === undefined ? undefined : partsOf(parse(content, file), file)
}

const MOST_BYTES = 4 * 1024 * 1024

async function contentOf(file: string): Promise<string | undefined> {
  try {
    return String(await readNamedFile(file, MOST_BYTES))
  } catch (error) {
    const { code, message } = error as Unreadable
    if (code === 'ENOENT') return undefined
    throw preconditionError(
      `The kubeconfig ${oneLine(file)} can't be read: ${message}.`,
      `Allow reading the file, or use another file: --kubeconfig FILE`,
      error,
    )
  }
}

function parse(content: string, file: string): unknown {
  try {
    return readYaml(content)[0] ?? {}
  } catch (error) {
    if (error instanceof TooMuch)
      throw preconditionError(
        `The kubeconfig ${oneLine(file)} can't be used: ${error.reason}.`,
        'Replace YAML aliases with their values, or use another file: --kubeconfig FILE',
      )
    const line = (error as { mark?: { line?: number } }).mark?.line
    // The parser's message and snippet may contain a token, so neither is passed on.
    throw preconditionError(
      `The kubeconfig ${oneLine(file)} is not valid YAML${line === undefined ? '' : ` (line ${line + 1})`}.`,
      'Correct that line, or use another file: --kubeconfig FILE',
    )
  }
}

function partsOf(document: unknown, file: string): KubeconfigParts {
  const { kind, clusters, users, contexts, 'current-context': currentContext } = fields(document)
  const what =
    wrongShape(document, { clusters, users, contexts }) ??
    (kind && kind !== 'Config' ? 'an object of another kind' : '')
  if (what)
    throw preconditionError(
      `${oneLine(file)} is not a kubeconfig: it contains ${what}.`,
      'Check KUBECONFIG, or name the kubeconfig: --kubeconfig FILE',
    )
  const folder = dirname(resolve(file))
  return {
    currentContext: text(currentContext),
    clusters: byName(clusters, 'cluster', folder),
    users: byName(users, 'user', folder),
    contexts: byName(contexts, 'context', folder),
  }
}

function wrongShape(document: unknown, lists: Readonly<Record<string, unknown>>): string | undefined {
  if (Array.isArray(document)) return 'a list'
  if (document === null || typeof document !== 'object') return `a ${typeof document}`
  const wrong = Object.keys(lists).find(name => lists[name] != null && !Array.isArray(lists[name]))
  return wrong && `"${wrong}" that is not a list`
}

function byName(list: unknown, key: string, folder: string): Entries {
  const entries = new Map<string, Entry>()
  for (const item of (list ?? []) as readonly unknown[]) {
    const { name, [key]: entry } = fields(item)
    if (text(name) && !entries.has(text(name))) entries.set(text(name), withAbsolutePaths(fields(entry), folder))
  }
  return entries
}

const FILE_FIELDS = ['certificate-authority', 'client-certificate', 'client-key', 'tokenFile']

/** As client-go's ResolveLocalPaths: against the file's folder; an exec command only when it is a path. */
function withAbsolutePaths(entry: Entry, folder: string): Entry {
  const absolute: Record<string, unknown> = { ...entry }
  for (const field of FILE_FIELDS) if (text(entry[field])) absolute[field] = resolve(folder, text(entry[field]))
  const exec = fields(entry['exec'])
  const command = text(exec['command'])
  if (/[/\\]/.test(command)) absolute['exec'] = { ...exec, command: resolve(folder, command) }
  return absolute
}

/** All kubeconfig files merged; `files` are those that were read, in their order (none inside a cluster). */
export type Kubeconfig = KubeconfigParts & { readonly files: readonly string[] }
