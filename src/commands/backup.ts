import { extname } from 'node:path'
import type { FlagsOf } from '../cli/args.ts'
import { type DocumentFormat, documentText, redact } from '../data/document.ts'
import { readRegistrations } from '../data/read-registrations.ts'
import { countRegistrations, plural } from '../data/registration.ts'
import { requireAbsent, writeSecretFile } from '../data/write-secret-file.ts'
import { EXIT } from '../errors.ts'
import type { Io } from '../io.ts'
import { requireRecord } from '../record/find-record.ts'
import { VERSION } from '../release.ts'
import { openCluster } from '../setup/open-cluster.ts'
import { PROGRAM } from '../text/program.ts'
import { sh } from '../text/shell-words.ts'
import { printScript } from '../ui/print.ts'
import { makeReporter } from '../ui/reporter.ts'

/** Writes the registrations of all spaces to a file that its owner alone can read, or to stdout for "-". */
export async function backup(flags: FlagsOf<'backup'>, io: Io, [given]: readonly string[]): Promise<number> {
  const format = flags.output ?? formatOf(given ?? '')
  const path = given ?? `eg-backup-${new Date(io.clock.now()).toISOString().replace(/[:-]|\.\d+/g, '')}.${format}`
  const isFile = path !== '-'
  const reporter = makeReporter(io)
  reporter.intro(`eg-setup ${VERSION}`)
  if (isFile && !flags.force) await requireAbsent(path)
  const kube = await openCluster(flags, io, reporter.note)
  const { namespace } = await requireRecord(kube, flags.namespace, reporter.warn)
  reporter.step('Reading the registrations')
  try {
    const { registrations, strange } = await readRegistrations({ kube, reporter, io }, namespace, flags.space)
    const text = documentText(flags.redact ? redact(registrations) : registrations, format)
    if (isFile) await writeSecretFile(path, text, flags.force ?? false)
    reporter.done(`Read ${countRegistrations(registrations)}`)
    if (strange.length > 0)
      reporter.warn(
        `Skipped ${plural(strange.length, 'key')} in etcd that are not registrations, such as ${strange[0]}.`,
      )
    if (isFile) {
      reporter.note(`Wrote ${path}${flags.redact ? '' : ', which only you can read: it contains credentials'}`)
      reporter.command(sh`${PROGRAM} restore ${path} -n ${namespace}`)
    } else printScript(io, text)
    reporter.outro()
    return EXIT.ok
  } catch (error) {
    if (!io.signal.aborted) reporter.failed()
    reporter.pause()
    throw error
  }
}

const formatOf = (path: string): DocumentFormat => (/^\.ya?ml$/.test(extname(path)) ? 'yaml' : 'json')
