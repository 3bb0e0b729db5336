import { ref } from '../kube/kinds.ts'
import type { Kube } from '../kube/request/client.ts'
import { unlessForbidden } from '../kube/request/unless-forbidden.ts'
import { OPERATOR_NAMESPACE, type Release } from '../names.ts'
import { installedIn } from '../record/find-record.ts'
import { isLabelledOurs } from '../record/owner.ts'
import { readRecords } from '../record/read-records.ts'
import { type InstallRecord, toRef } from '../record/record.ts'

/**
 * What cleanup may remove from a namespace: the records of the releases, and a namespace that a run made which ended before
 * it could write its record.
 */
export async function findInstalled(kube: Kube, namespace: string): Promise<Record<Release, InstallRecord>> {
  const kubeSystem = await unlessForbidden(kube.read(ref('Namespace', 'kube-system')))
  const records = await readRecords(kube, namespace, kubeSystem?.metadata.uid)
  const [eg, ego] = await Promise.all([
    withOwnNamespace(kube, records.eg, namespace),
    withOwnNamespace(kube, records.ego, OPERATOR_NAMESPACE),
  ])
  return { eg, ego }
}

/** The current record of the operator alone. */
export const findShared = async (kube: Kube, namespace: string): Promise<InstallRecord> =>
  withOwnNamespace(kube, (await readRecords(kube, namespace, undefined)).ego, OPERATOR_NAMESPACE)

async function withOwnNamespace(kube: Kube, record: InstallRecord, name: string): Promise<InstallRecord> {
  if (record.objects.length > 0) return record
  const namespace = await unlessForbidden(kube.read(ref('Namespace', name)))
  if (namespace === undefined || !isLabelledOurs(namespace)) return record
  const { uid } = namespace.metadata
  return { ...record, objects: [{ ...toRef(namespace), ...(uid === undefined ? {} : { uid }) }] }
}

/** Namespaces with a record of an installation, other than this one. */
export const installedElsewhere = async (kube: Kube, namespace: string): Promise<string[]> =>
  (await installedIn(kube)).filter(other => other !== namespace)
