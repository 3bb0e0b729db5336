import type { Io } from '../io.ts'
import type { Kube } from '../kube/client.ts'
import { kubectlName } from '../kube/kinds.ts'
import type { Plan } from '../plan/plan.ts'
import type { Reporter } from '../ui/reporter.ts'
import { type InstallRecord, KEPT, type RecordedObject, sameObject, toRef, writeRecord } from './record.ts'
import { inWaves, isIn, verify } from './removal.ts'
import { removeWave } from './remove-wave.ts'

/** What an earlier plan had and this one has not. */
export function droppedBy(plan: Plan, { objects }: InstallRecord): RecordedObject[] {
  const wanted = plan.stages.flatMap(stage => stage.objects.map(toRef))
  return objects.filter(object => !isIn(object, wanted) && !KEPT.includes(object.kind))
}

/** Removes what an earlier plan had and this one has not (an Ingress after a change of the exposure, say). */
export async function prune(
  kube: Kube,
  plan: Plan,
  record: InstallRecord,
  deadline: number,
  reporter: Reporter,
  io: Io,
): Promise<InstallRecord> {
  const dropped = droppedBy(plan, record)
  if (dropped.length === 0) return record
  const findings = await verify(kube, dropped)
  const ours = findings.filter(({ verdict }) => verdict === 'ours')
  for (const { object } of ours) reporter.note(`No longer needed, removed: ${kubectlName(object)}`)
  for (const wave of inWaves(ours)) await removeWave(kube, wave, deadline, reporter, io)
  const left = { ...record, objects: record.objects.filter(object => !dropped.some(old => sameObject(old, object))) }
  await writeRecord(kube, left)
  return left
}
