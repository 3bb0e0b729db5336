import { type Helm, openHelm } from '../engines/helm/program.ts'
import { releaseRef, valuesOfRelease } from '../engines/helm/releases.ts'
import { EXIT, UserError } from '../errors.ts'
import type { Io } from '../io.ts'
import { ref } from '../kube/kinds.ts'
import type { Kube } from '../kube/request/client.ts'
import { unlessForbidden } from '../kube/request/unless-forbidden.ts'
import { GATEWAY } from '../names.ts'
import type { Engine } from '../plan/engine.ts'
import { ownerOf } from '../record/owner.ts'
import { type InstallRecord, isInstalled } from '../record/record.ts'
import { PROGRAM } from '../text/program.ts'
import { sh } from '../text/shell-words.ts'

/** The engine of this run; helm where that is it; and the settings that the installation has by now. */
export type Chosen = { engine: Engine; helm?: Helm; recorded: Readonly<Record<string, unknown>> }

/**
 * The engine that owns the installation, else the one asked for, else builtin, so that the same command does the same
 * everywhere. Throws UserError (exit 3) where another owns it than was asked for, and where helm is needed and not there.
 */
export async function chooseEngine(
  kube: Kube,
  record: InstallRecord,
  asked: Engine | undefined,
  io: Io,
): Promise<Chosen> {
  const { namespace, settings: recorded } = record
  const isRecorded = isInstalled(record)
  const owner = await findOwner(kube, record)
  if (owner !== undefined && asked !== undefined && asked !== owner)
    throw new UserError(
      `The installation in namespace ${namespace} uses the ${owner} installer, which can't be changed to ${asked} after installation.`,
      {
        fix: sh`Omit --engine. Or uninstall, then install again with the other installer:\n${PROGRAM} cleanup -n ${namespace}\n${PROGRAM} --engine ${asked} -n ${namespace}`,
        code: EXIT.precondition,
      },
    )
  const engine = owner ?? asked ?? 'builtin'
  if (engine === 'builtin') return { engine, recorded }
  const helm = await openHelm(kube.connection, io)
  // A release that somebody made with the chart goes on with its values.
  if (isRecorded) return { engine, helm, recorded }
  return { engine, helm, recorded: { ...recorded, ...(await valuesOfRelease(helm, releaseRef('eg', namespace))) } }
}

/** The engine of what is installed in the namespace of the record, recorded or not; undefined where nothing is. */
export async function findOwner(kube: Kube, record: InstallRecord): Promise<Engine | undefined> {
  if (isInstalled(record)) return record.engine
  const live = await unlessForbidden(kube.read(ref('Deployment', GATEWAY, record.namespace)))
  return live && ownerOf(live)
}
