import { allowed } from '../cluster/facts.ts'
import { isLabelledOurs } from '../cluster/survey.ts'
import { EXIT, UserError } from '../errors.ts'
import type { Kube } from '../kube/client.ts'
import { kubectlName, ref } from '../kube/kinds.ts'
import { MANAGED_BY, MANAGER, type Release } from '../plan/labels.ts'
import { OPERATOR_NAMESPACE } from '../plan/names.ts'
import { sh } from '../ui/shell-words.ts'
import { installedIn } from './find-record.ts'
import { readRecords } from './read-records.ts'
import { type InstallRecord, toRef } from './record.ts'

/**
 * What cleanup may remove from a namespace: the records of the releases, and a namespace that a run made which ended before
 * it could write its record. Throws UserError where objects carry our label that no record knows.
 */
export async function findInstalled(kube: Kube, namespace: string): Promise<Record<Release, InstallRecord>> {
  const kubeSystem = await allowed(kube.read(ref('Namespace', 'kube-system')))
  const records = await readRecords(kube, namespace, kubeSystem?.metadata.uid)
  const [eg, ego] = await Promise.all([
    withOwnNamespace(kube, records.eg, namespace),
    withOwnNamespace(kube, records.ego, OPERATOR_NAMESPACE),
  ])
  if (records.eg.since === undefined) await requireRecorded(kube, namespace)
  return { eg, ego }
}

/** The same of the operator alone, as it is now. */
export const findShared = async (kube: Kube, namespace: string): Promise<InstallRecord> =>
  withOwnNamespace(kube, (await readRecords(kube, namespace, undefined)).ego, OPERATOR_NAMESPACE)

async function withOwnNamespace(kube: Kube, record: InstallRecord, name: string): Promise<InstallRecord> {
  if (record.objects.length > 0) return record
  const namespace = await allowed(kube.read(ref('Namespace', name)))
  if (namespace === undefined || !isLabelledOurs(namespace)) return record
  const { uid } = namespace.metadata
  return { ...record, objects: [{ ...toRef(namespace), ...(uid === undefined ? {} : { uid }) }] }
}

/** Without a record nothing tells whether an object with our label is the one that we made. */
async function requireRecorded(kube: Kube, namespace: string): Promise<void> {
  const labels = { [MANAGED_BY]: MANAGER }
  const kinds = ['Deployment', 'Service', 'EtcdCluster'] as const
  const lists = await Promise.all(kinds.map(kind => allowed(kube.list(kind, { namespace, labels, limit: 10 }))))
  const objects = lists.flatMap(list => list ?? [])
  if (objects.length === 0) return
  const names = objects.map(object => kubectlName(toRef(object))).join(', ')
  throw new UserError(
    `The record of the installation in namespace ${namespace} is gone, but its objects are there: ${names}.`,
    {
      fix: sh`Run eg-setup -n ${namespace} first: it records them again. Then eg-setup cleanup -n ${namespace} removes them.`,
      code: EXIT.failed,
    },
  )
}

/** Namespaces with a record of an installation, other than this one. */
export const installedElsewhere = async (kube: Kube, namespace: string): Promise<string[]> =>
  (await installedIn(kube)).filter(other => other !== namespace)
