import { extname } from 'node:path'
import { UserError } from '../errors.ts'
import type { Io } from '../io.ts'
import { ApiError } from '../kube/request/connection.ts'
import type { Run } from '../kube/request/run.ts'
import { PROGRAM } from '../text/program.ts'
import { sh } from '../text/shell-words.ts'
import type { Reporter } from '../ui/reporter.ts'
import { runStage } from '../ui/stage.ts'
import { type DocumentFormat, documentText } from './document.ts'
import { readRegistrations } from './read-registrations.ts'
import { countRegistrations, plural } from './registration.ts'
import { writeSecretFile } from './write-secret-file.ts'

/** The format that the name of a file asks for. */
export const formatOf = (path: string): DocumentFormat => (/^\.ya?ml$/.test(extname(path)) ? 'yaml' : 'json')

/** The name of a file that no earlier backup has. */
export const newFileName = ({ clock }: Pick<Io, 'clock'>, format: DocumentFormat = 'json'): string =>
  `eg-backup-${new Date(clock.now()).toISOString().replace(/[:-]|\.\d+/g, '')}.${format}`

/** Writes all registrations to a new file, as a step of another command. Throws UserError where not all of it succeeds. */
export async function saveRegistrations(run: Run, namespace: string, path: string): Promise<void> {
  const { reporter } = run
  await runStage('Saving the registrations', run, async () => {
    const { registrations, strange } = await readRegistrations(run, namespace)
    await writeSecretFile(path, documentText(registrations, formatOf(path)), false)
    reporter.done(`Saved ${countRegistrations(registrations)}`)
    tellFile(reporter, { path, namespace, strange })
  })
}

type Written = { path: string; namespace: string; strange: readonly string[]; redacted?: true | undefined }

/** Says where the registrations are now, what is not among them, and how they are restored. */
export function tellFile(reporter: Reporter, { path, namespace, strange, redacted }: Written): void {
  warnStrange(reporter, strange)
  reporter.note(`Wrote ${path}${redacted ? '' : ', which only you can read: it contains credentials'}`)
  reporter.command(sh`${PROGRAM} restore ${path} -n ${namespace}`)
}

export function warnStrange(reporter: Reporter, strange: readonly string[]): void {
  if (strange.length === 0) return
  reporter.warn(
    `Skipped ${plural(strange.length, 'key')} in etcd that eg-setup doesn't recognize, such as ${strange[0]}.`,
  )
}

/** What deleting the volumes of an etcd loses, as a sentence; `count` is undefined where that is not known. */
export type Loss = { text: string; count: number | undefined }

export async function describeLoss(run: Run, namespace: string, volumes: number): Promise<Loss> {
  const deleted = `This deletes ${plural(volumes, 'volume')}`
  try {
    const { registrations } = await readRegistrations(run, namespace)
    return { text: `${deleted} with ${countRegistrations(registrations)}.`, count: registrations.length }
  } catch (error) {
    run.io.signal.throwIfAborted()
    if (!(error instanceof UserError || error instanceof ApiError)) throw error
    return { text: `${deleted} with all registrations, which can't be counted: ${error.message}`, count: undefined }
  }
}
