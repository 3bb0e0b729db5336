import { EXIT, UserError } from '../errors.ts'
import { kubectlName } from '../kube/kinds.ts'
import type { Kube } from '../kube/request/client.ts'
import { unlessForbidden } from '../kube/request/unless-forbidden.ts'
import type { Release } from '../names.ts'
import { isPossible } from '../plan/is-possible.ts'
import { etcdOfVolume } from './etcd-volumes.ts'
import { readRecord } from './find-record.ts'
import { findUnrecorded } from './find-unrecorded.ts'
import { type InstallRecord, type RecordedObject, recordRef } from './record.ts'

/**
 * The records of both releases with only the objects that they may name, or what objects without a record show, or what an
 * installation begins with. Throws
 * UserError where the one in this namespace is damaged or was written on another cluster (a restored backup): its uids mean
 * nothing here.
 */
export async function readRecords(
  kube: Kube,
  namespace: string,
  clusterId: string | undefined,
): Promise<Record<Release, InstallRecord>> {
  const [eg, ego] = await Promise.all([
    readRecord(kube, 'eg', namespace),
    // Who may not look into the operator's namespace has not installed it and cannot remove it.
    unlessForbidden(readRecord(kube, 'ego', namespace)),
  ])
  for (const record of [eg, ego]) requireSameCluster(record, clusterId)
  const begin = (release: Release): InstallRecord => ({
    release,
    namespace: recordRef(release, namespace).namespace ?? '',
    engine: 'builtin',
    cluster: clusterId ?? '',
    settings: {},
    objects: [],
    ignored: [],
  })
  return {
    eg: withinBounds(eg ?? (await findUnrecorded(kube, namespace, clusterId ?? '')) ?? begin('eg')),
    ego: withinBounds(ego ?? begin('ego')),
  }
}

/** Without what the record may not name: anything but the objects that a plan for its namespace can contain, and its volumes. */
function withinBounds(record: InstallRecord): InstallRecord {
  const { release, namespace } = record
  const mayName = (object: RecordedObject) =>
    object.kind === 'PersistentVolumeClaim'
      ? release === 'eg' && object.namespace === namespace && etcdOfVolume(object.name) !== undefined
      : isPossible(object, release, namespace)
  const beyond = record.objects.filter(object => !mayName(object))
  return {
    ...record,
    objects: record.objects.filter(mayName),
    ignored: [...record.ignored, ...beyond.map(kubectlName)],
  }
}

function requireSameCluster(record: InstallRecord | undefined, clusterId: string | undefined): void {
  if (!record?.cluster || clusterId === undefined || record.cluster === clusterId) return
  const where = kubectlName(recordRef(record.release, record.namespace))
  throw new UserError(`${where} records an installation in another cluster.`, {
    fix: `If this cluster was restored from a backup, delete the record, then run eg-setup again:\nkubectl delete ${where}`,
    code: EXIT.precondition,
  })
}
