import type { FlagsOf } from '../cli/args.ts'
import { documentText, redact } from '../data/document.ts'
import { readRegistrations, readSpaces } from '../data/read-registrations.ts'
import { countRegistrations } from '../data/registration.ts'
import { formatOf, newFileName, tellFile, warnStrange } from '../data/save.ts'
import { requireAbsent, writeSecretFile } from '../data/write-secret-file.ts'
import { EXIT } from '../errors.ts'
import type { Io } from '../io.ts'
import { requireRecord } from '../record/find-record.ts'
import { VERSION } from '../release.ts'
import { openCluster } from '../setup/open-cluster.ts'
import { printScript } from '../ui/print.ts'
import { makeReporter } from '../ui/reporter.ts'
import { runStage } from '../ui/stage.ts'

/** Writes the registrations of all spaces to a file that its owner alone can read, or to stdout for "-". */
export async function backup(flags: FlagsOf<'backup'>, io: Io, [given]: readonly string[]): Promise<number> {
  const format = flags.output ?? formatOf(given ?? '')
  const path = given ?? newFileName(io, format)
  const reporter = makeReporter(io)
  reporter.intro(`eg-setup ${VERSION}`)
  if (path !== '-' && !flags.force) await requireAbsent(path)
  const kube = await openCluster(flags, io, reporter.note)
  const record = await requireRecord(kube, flags.namespace, reporter.warn)
  const { namespace } = record
  const run = { kube, reporter, io }
  return runStage('Reading the registrations', run, async () => {
    const { registrations, strange } =
      flags.space === undefined ? await readRegistrations(run, namespace) : await readSpaces(run, record, flags.space)
    const text = documentText(flags.redact ? redact(registrations) : registrations, format)
    if (path !== '-') await writeSecretFile(path, text, flags.force ?? false)
    reporter.done(`Read ${countRegistrations(registrations)}`)
    if (path !== '-') tellFile(reporter, { path, namespace, strange, redacted: flags.redact })
    else {
      warnStrange(reporter, strange)
      printScript(io, text)
    }
    reporter.outro()
    return EXIT.ok
  })
}
