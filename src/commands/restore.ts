import type { FlagsOf } from '../cli/args.ts'
import { applyChanges } from '../data/apply-changes.ts'
import { type Change, compare, missingReferences } from '../data/compare.ts'
import { openConfigApi } from '../data/config-api.ts'
import { fillCredentials } from '../data/credentials.ts'
import { changeLines, countChanges } from '../data/print-changes.ts'
import { readDocument } from '../data/read-document.ts'
import { type ConfigApi, listRegistered } from '../data/registered.ts'
import { labelOf, plural, type Registration } from '../data/registration.ts'
import { findEndpoint, reachGateway } from '../endpoints/reach-gateway.ts'
import { EXIT, UserError } from '../errors.ts'
import { roundTrip } from '../gateway/round-trip.ts'
import type { Io } from '../io.ts'
import type { Run } from '../kube/request/run.ts'
import { requireRecord } from '../record/find-record.ts'
import { type InstallRecord, targetOf } from '../record/record.ts'
import { VERSION } from '../release.ts'
import { openCluster } from '../setup/open-cluster.ts'
import { makeAsk, whyNotAsked } from '../ui/ask.ts'
import { styleOf } from '../ui/layout.ts'
import { printLines } from '../ui/print.ts'
import { makeReporter, type Reporter } from '../ui/reporter.ts'
import { runStage } from '../ui/stage.ts'

/** How long replicas may take to follow etcd. */
const AGREE_MS = 15_000

/** Registers what a backup holds with a gateway, and sees every replica agree. */
export async function restore(flags: FlagsOf<'restore'>, io: Io, [file = '-']: readonly string[]): Promise<number> {
  const reporter = makeReporter(io, flags['dry-run'] ? { isDrawn: false } : {})
  if (!flags['dry-run']) reporter.intro(`eg-setup ${VERSION}`)
  const wanted = await readDocument(file, io)
  const kube = await openCluster(flags, io, reporter.note)
  const record = await requireRecord(kube, flags.namespace, reporter.warn)
  const run = { kube, reporter, io }
  const kept = await openConfigApi(run, record)
  const api = { namespace: record.namespace, ask: kept.ask, signal: io.signal }
  try {
    const registered = await listRegistered(api, spacesOf(wanted))
    const changes = compare(wanted, registered)
    if (flags['dry-run']) {
      printLines(io, [...changeLines(changes, styleOf(io, 'stdout')), `${countChanges(changes)}. Nothing was changed.`])
      return EXIT.ok
    }
    requireReferences(missingReferences(wanted, registered))
    if (!flags.replace) requireNoDifference(changes, reporter)
    const ask = whyNotAsked(io) === undefined && file !== '-' ? makeAsk(io) : undefined
    await writeAll(api, await fillCredentials(changes, ask), reporter, io)
    await requireRestored(api, wanted)
    await proveReplicas(run, record, flags.timeout ?? AGREE_MS)
    reporter.outro()
    return EXIT.ok
  } finally {
    kept.close()
  }
}

const spacesOf = (wanted: readonly Registration[]): string[] => [...new Set(wanted.map(({ space }) => space))]

async function writeAll(api: ConfigApi, changes: readonly Change[], reporter: Reporter, io: Io): Promise<void> {
  const todo = changes.filter(({ action }) => action !== 'unchanged')
  const left = changes.length - todo.length
  const unchanged = left === 0 ? '' : `, ${left} unchanged`
  if (todo.length === 0) return reporter.done(`Nothing to restore${unchanged}`)
  let said = 0
  await runStage('Restoring', { reporter, io }, async () => {
    await applyChanges(api, todo, done => {
      if (io.clock.now() - said < SAY_MS) return
      said = io.clock.now()
      reporter.reason(`${done} of ${plural(todo.length, 'registration')}`)
    })
    reporter.done(`Restored ${plural(todo.length, 'registration')}${unchanged}`)
  })
}

/** How often progress is told. */
const SAY_MS = 1000
const MOST_NAMED = 10

const named = (texts: readonly string[]): string => {
  const rest = texts.length - MOST_NAMED
  return `${texts.slice(0, MOST_NAMED).join('; ')}${rest > 0 ? ` and ${rest} more` : ''}`
}

function requireReferences(missing: readonly string[]): void {
  if (missing.length === 0) return
  throw new UserError(`The backup is incomplete: ${named(missing)}.`, {
    fix: 'Add the missing functions and event types to the backup, or register them first.',
    code: EXIT.usage,
  })
}

function requireNoDifference(changes: readonly Change[], reporter: Reporter): void {
  const different = changes.filter(({ action }) => action === 'replace')
  if (different.length === 0) return
  reporter.lines(style => changeLines(different, style))
  throw new UserError(
    `Restoring would overwrite ${plural(different.length, 'registration')} in the gateway. Nothing was changed.`,
    {
      fix: 'Add --replace to overwrite existing registrations.',
    },
  )
}

/** Throws UserError where something is not registered as it was written: someone else has written meanwhile. */
async function requireRestored(api: ConfigApi, wanted: readonly Registration[]): Promise<void> {
  const changes = compare(wanted, await listRegistered(api, spacesOf(wanted)))
  const lost = changes.filter(({ action }) => action !== 'unchanged')
  if (lost.length === 0) return
  throw new UserError(`The gateway doesn't match the backup: ${named(lost.map(({ wanted }) => labelOf(wanted)))}.`, {
    fix: 'Check who else changes registrations, then run the same command again.',
  })
}

/** Sends a test event through every replica: one that delivers it has heard of all that was registered before. */
async function proveReplicas(run: Run, record: InstallRecord, agreeMs: number): Promise<void> {
  const { kube, reporter, io } = run
  const endpoint = await findEndpoint(kube, targetOf(record), io)
  const gateway = await reachGateway(run, record.namespace, endpoint)
  const { warn } = reporter
  const proof = await roundTrip(gateway, { agreeMs, done: () => {}, warn }, io)
  if (proof.untold === undefined) reporter.done('Every replica uses the restored registrations')
  else warn(`The replicas were not tested, because no test event was sent: ${proof.untold}.`)
}
