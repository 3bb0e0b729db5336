import { allowed } from '../cluster/facts.ts'
import { ownerOf } from '../cluster/survey.ts'
import type { Engine } from '../engines/engine.ts'
import { findHelm } from '../engines/helm/program.ts'
import { type InstallRecord, KEPT } from '../engines/record.ts'
import { EXIT, UserError } from '../errors.ts'
import type { Io } from '../io.ts'
import type { Kube } from '../kube/client.ts'
import { ref } from '../kube/kinds.ts'
import { GATEWAY } from '../plan/plan.ts'
import type { Ask } from '../ui/ask.ts'

/**
 * The engine that owns the installation, else the one asked for, else builtin, so that the same command does the same
 * everywhere. Throws UserError (exit 3) where another owns it than was asked for.
 */
export async function chooseEngine(
  kube: Kube,
  { engine, objects }: InstallRecord,
  { namespace, asked, ask }: { namespace: string; asked: Engine | undefined; ask: Ask | undefined },
  io: Io,
): Promise<Engine> {
  const isRecorded = objects.some(({ kind }) => !KEPT.includes(kind))
  const live = isRecorded ? undefined : await allowed(kube.read(ref('Deployment', GATEWAY, namespace)))
  const owner = isRecorded ? engine : live && ownerOf(live)
  if (owner !== undefined && asked !== undefined && asked !== owner)
    throw new UserError(
      `The Event Gateway in namespace ${namespace} was installed by the engine ${owner}; the engine ${asked} does not take it over.`,
      {
        fix: `Leave out --engine ${asked}. Or begin anew: eg-setup cleanup -n ${namespace}, then eg-setup --engine ${asked} -n ${namespace}.`,
        code: EXIT.precondition,
      },
    )
  if (owner !== undefined || asked !== undefined) return owner ?? asked ?? 'builtin'
  const version = ask && (await findHelm(io))
  if (ask === undefined || version === undefined) return 'builtin'
  return ask.select(
    'What shall apply the objects?',
    [
      { value: 'builtin', label: 'builtin', hint: 'eg-setup itself' },
      { value: 'helm', label: 'helm', hint: `${version}: the releases ego and eg` },
    ],
    'builtin',
  )
}
