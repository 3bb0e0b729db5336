import { kubectlName } from '../kube/kinds.ts'
import type { Kube } from '../kube/request/client.ts'
import type { TimedRun } from '../kube/request/run.ts'
import type { Plan } from '../plan/plan.ts'
import { type InstallRecord, KEPT, type RecordedObject, sameObject, toRef, writeRecord } from '../record/record.ts'
import { removeWave } from './remove-wave.ts'
import { type Finding, inWaves, isIn, verify } from './verify-recorded.ts'

/** What an earlier plan had and this one has not. */
function droppedBy(plan: Plan, { objects }: InstallRecord): RecordedObject[] {
  const wanted = plan.stages.flatMap(stage => stage.objects.map(toRef))
  return objects.filter(object => !isIn(object, wanted) && !KEPT.includes(object.kind))
}

/** Those of them that are ours and are still there: what setup removes at its end. */
export async function findDropped(kube: Kube, plan: Plan, record: InstallRecord): Promise<Finding[]> {
  const findings = await verify(kube, { ...record, objects: droppedBy(plan, record) })
  return findings.filter(({ verdict }) => verdict === 'ours')
}

type Pruning = { plan: Plan; removed: readonly Finding[] }

/** Removes what an earlier plan had and this one has not (an Ingress after a change of the exposure, say). */
export async function prune(run: TimedRun, record: InstallRecord, { plan, removed }: Pruning): Promise<InstallRecord> {
  const dropped = droppedBy(plan, record)
  if (dropped.length === 0) return record
  for (const { object } of removed) run.reporter.note(`Removed ${kubectlName(object)}, which is no longer needed`)
  for (const wave of inWaves(removed)) await removeWave(run, wave)
  const left = { ...record, objects: record.objects.filter(object => !dropped.some(old => sameObject(old, object))) }
  await writeRecord(run.kube, left)
  return left
}
