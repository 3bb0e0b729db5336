import type { FlagsOf } from '../cli/args.ts'
import { describeLoss, type Loss, newFileName, saveRegistrations } from '../data/save.ts'
import { requireAbsent } from '../data/write-secret-file.ts'
import { openHelm } from '../engines/helm/program.ts'
import { releaseRef } from '../engines/helm/releases.ts'
import { findInstalled, installedElsewhere } from '../engines/installed.ts'
import { type Lock, lockRef, takeLock } from '../engines/lock.ts'
import { countFates, type Fate, fateLines, fateOf } from '../engines/print-objects.ts'
import { planRemoval, type Removal, uninstall } from '../engines/uninstall.ts'
import type { Finding } from '../engines/verify-recorded.ts'
import { Cancelled, EXIT, UserError } from '../errors.ts'
import type { Io } from '../io.ts'
import { kubectlName } from '../kube/kinds.ts'
import type { Kube } from '../kube/request/client.ts'
import type { Run, TimedRun } from '../kube/request/run.ts'
import { unlessForbidden } from '../kube/request/unless-forbidden.ts'
import { VERSION } from '../release.ts'
import { openCluster } from '../setup/open-cluster.ts'
import { noticeOf } from '../setup/record-notice.ts'
import { oneLine } from '../text/sanitize.ts'
import { makeAsk, whyNotAsked } from '../ui/ask.ts'
import { block, styleOf } from '../ui/layout.ts'
import { printLines } from '../ui/print.ts'
import { makeReporter, type Reporter } from '../ui/reporter.ts'
import { runStage } from '../ui/stage.ts'

const TIMEOUT_MS = 5 * 60_000

/** Removes what eg-setup installed and nothing else; with --dry-run the list goes to stdout. */
export async function cleanup(flags: FlagsOf<'cleanup'>, io: Io): Promise<number> {
  if (!flags['dry-run']) makeReporter(io).intro(`eg-setup ${VERSION}`)
  return removeInstallation(flags, io)
}

/** The same on a screen that has begun already. */
export async function removeInstallation(flags: FlagsOf<'cleanup'>, io: Io): Promise<number> {
  const reporter = makeReporter(io, flags['dry-run'] ? { isDrawn: false } : {})
  if (flags.backup !== undefined) await requireAbsent(flags.backup)
  const reading = await openCluster(flags, io, reporter.note)
  const { namespace } = reading.connection

  const look = async (kube: Kube) => {
    const records = await findInstalled(kube, namespace)
    for (const record of Object.values(records)) {
      const text = noticeOf(record)
      if (text !== undefined) reporter.warn(text)
    }
    const isHelms = Object.values(records).some(({ engine, objects }) => engine === 'helm' && objects.length > 0)
    const helm = isHelms ? await openHelm(kube.connection, io) : undefined
    return planRemoval(kube, records, flags['delete-data'] ?? false, helm)
  }
  let removal = await look(reading)
  if (flags['dry-run']) {
    const fates = fatesOf(removal)
    const count = countFates(fates, { remove: 'to remove', keep: 'kept' }) || 'Nothing to remove'
    const loss = await lossOf(removal, { kube: reading, reporter, io })
    const style = styleOf(io, 'stdout')
    const ends = [...(loss === undefined ? [] : [oneLine(loss.text)]), `${count}. Nothing was changed.`]
    printLines(io, [...fateLines(fates, style), ...ends.map(text => block(style, '', text))])
    return EXIT.ok
  }
  const run = { kube: reading, reporter, io }
  let backup = flags.backup
  if (!isNothing(removal)) backup = await confirm(removal, run, flags)
  // A run that was killed before it installed anything has left its lock.
  else if ((await unlessForbidden(reading.read(lockRef(namespace)))) === undefined)
    return sayNothing(reading, removal, reporter)

  const deadline = io.clock.now() + (flags.timeout ?? TIMEOUT_MS)
  const lock = await takeLock(reading.connection, { lease: lockRef(namespace), deadline }, reporter, io)
  const { kube } = lock
  try {
    if (JSON.stringify(await findInstalled(kube, namespace)) !== JSON.stringify(removal.records)) {
      reporter.note('Another run changed the installation in the meantime. Listing the objects again.')
      removal = await look(kube)
      if (!isNothing(removal)) backup = await confirm(removal, run, { ...flags, ...(backup && { backup }) })
    }
    if (isNothing(removal)) return await sayNothing(reading, removal, reporter)
    if (backup !== undefined) await saveRegistrations(run, namespace, backup)
    const stays = await removing(lock, removal, { deadline, reporter, io })
    if (stays.length > 0) reporter.lines(style => fateLines(stays.map(kept), style))
    reporter.outro()
    requireVerified(stays)
    return EXIT.ok
  } finally {
    await lock.release()
  }
}

const isNothing = ({ remove, releases }: Removal): boolean => remove.length === 0 && releases.length === 0

/** Removes the planned objects; gives those that were kept. */
const removing = (lock: Lock, removal: Removal, run: Omit<TimedRun, 'kube'>): Promise<Finding[]> =>
  runStage('Removing', run, async () => {
    const stays = await uninstall(lock, removal, run)
    const gone = removal.remove.filter(({ object }) => !stays.some(finding => finding.object === object))
    run.reporter.done(`Removed ${objects(gone.length)}`)
    return stays
  })

const objects = (count: number): string => `${count} object${count === 1 ? '' : 's'}`

const kept = ({ object, why }: Finding): Fate => fateOf('keep', object, [why])

function fatesOf({ remove, keep, releases, records }: Removal): Fate[] {
  return [
    ...remove.map(({ object }) => fateOf('remove', object)),
    ...releases.map(release => {
      const { namespace } = releaseRef(release, records[release]!.namespace)
      return { action: 'remove', namespace, name: `helm release ${release}` }
    }),
    ...keep.map(kept),
  ]
}

/** Nothing to remove is no failure, unless it is there and only out of sight. */
async function sayNothing(kube: Kube, { keep }: Removal, reporter: Reporter): Promise<number> {
  const { namespace, context } = kube.connection
  reporter.note(`Nothing to remove in namespace ${namespace} of context ${context}.`)
  if (keep.length > 0) reporter.lines(style => fateLines(keep.map(kept), style))
  const elsewhere = await installedElsewhere(kube, namespace)
  if (elsewhere.length > 0)
    reporter.note(`Event Gateway is installed in: ${elsewhere.join(', ')}. Choose a namespace with -n.`)
  reporter.outro()
  requireVerified(keep)
  return EXIT.ok
}

const volumesIn = ({ remove }: Removal): number =>
  remove.filter(({ object }) => object.kind === 'PersistentVolumeClaim').length

/** What the removal loses; undefined where it deletes no volumes. */
async function lossOf(removal: Removal, run: Run): Promise<Loss | undefined> {
  const volumes = volumesIn(removal)
  return volumes === 0 ? undefined : describeLoss(run, run.kube.connection.namespace, volumes)
}

/** Asks whether all of this may be removed; gives the file that the registrations are saved to first, if any. */
async function confirm(removal: Removal, run: Run, { yes, backup }: FlagsOf<'cleanup'>): Promise<string | undefined> {
  const { kube, reporter, io } = run
  const { namespace, context, server } = kube.connection
  const where = `namespace ${namespace} of context ${context} (${server})`
  const why = yes ? undefined : whyNotAsked(io)
  if (why !== undefined)
    throw new UserError(`Confirmation required to remove objects from ${where}: ${why}.`, {
      fix: 'List the objects with --dry-run, then add --yes.',
      code: EXIT.usage,
    })
  const loss = await lossOf(removal, run)
  if (!yes) reporter.lines(style => fateLines(fatesOf(removal), style))
  if (loss !== undefined) reporter.warn(loss.text)
  if (yes) return backup
  const ask = makeAsk(io)
  const file = newFileName(io)
  const canSave = backup === undefined && (loss?.count ?? 0) > 0
  const isSaved = canSave && (await ask.confirm({ message: `Save the registrations to ${file} first?` }))
  const isConfirmed = await ask.confirm({
    message: `Remove ${removal.remove.length === 1 ? 'this object' : `these ${removal.remove.length} objects`} from ${where}?`,
    initial: false,
  })
  if (!isConfirmed) throw new Cancelled()
  return isSaved ? file : backup
}

/** What could not be looked at may be ours and still be there: that is not done. */
function requireVerified(stays: readonly Finding[]): void {
  const unknown = stays.filter(({ verdict }) => verdict === 'unverifiable')
  if (unknown.length === 0) return
  throw new UserError(
    `Skipped ${unknown.map(({ object }) => kubectlName(object)).join(', ')}: no permission to read ${unknown.length === 1 ? 'it' : 'them'}.`,
    {
      fix: 'Run eg-setup cleanup again as a user who has that permission.',
    },
  )
}
