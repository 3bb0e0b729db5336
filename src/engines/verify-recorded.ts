import type { KubeObject } from '../kube/object.ts'
import type { Kube } from '../kube/request/client.ts'
import { ApiError } from '../kube/request/connection.ts'
import { COMPONENT } from '../names.ts'
import { etcdOfVolume } from '../record/etcd-volumes.ts'
import { ownerOf } from '../record/owner.ts'
import { etcdNameOf, type InstallRecord, type RecordedObject, sameObject } from '../record/record.ts'

/** The current state of a recorded object, and what cleanup does with it. */
export type Finding = {
  object: RecordedObject
  live?: KubeObject
  verdict: 'ours' | 'gone' | 'foreign' | 'unverifiable'
  why: string
}

type Recorded = Pick<InstallRecord, 'objects' | 'settings' | 'since'>

/** Compares recorded objects with the live ones: only what carries our label and the recorded uid is ours to remove. */
export const verify = (kube: Kube, record: Recorded): Promise<Finding[]> =>
  Promise.all(record.objects.map(object => verifyOne(kube, object, record)))

async function verifyOne(kube: Kube, object: RecordedObject, record: Recorded): Promise<Finding> {
  try {
    const live = await kube.read(object)
    if (live === undefined) return { object, verdict: 'gone', why: 'already deleted' }
    const why = whyForeign(object, live, record)
    return { object, live, verdict: why === '' ? 'ours' : 'foreign', why }
  } catch (error) {
    if (error instanceof ApiError && error.status === 403)
      return { object, verdict: 'unverifiable', why: 'no permission to read it' }
    throw error
  }
}

/** The clocks of two API servers of one cluster may differ by so much. */
const CLOCKS_MS = 60_000

/** Why a live object is not the one that was recorded; '' where it is. */
function whyForeign(object: RecordedObject, live: KubeObject, record: Recorded): string {
  const { labels = {}, uid, creationTimestamp = '' } = live.metadata
  if (object.uid !== undefined && uid !== object.uid) return 'replaced by something else (different UID)'
  if (live.kind === 'PersistentVolumeClaim') {
    // The StatefulSet controller creates these claims with the labels of its selector, not with eg-setup's.
    const etcd = etcdOfVolume(object.name)
    const isOfEtcd = etcd !== undefined && labels['app'] === etcd && labels['controller'] === etcd
    if (!isOfEtcd) return 'its etcd labels are missing'
    return object.uid !== undefined || etcd === etcdNameOf(record)
      ? ''
      : 'it belongs to a different etcd than the recorded one'
  }
  if (ownerOf(live) === undefined) return 'its eg-setup label is missing'
  // What was there when the record was written had its uid recorded; what was not was about to be applied.
  const isNewer = Date.parse(creationTimestamp) + CLOCKS_MS >= Date.parse(record.since ?? '')
  return object.uid !== undefined || isNewer ? '' : "older than the record, which doesn't have its UID"
}

/** In which order objects go: dependants first, what others live in or are defined by last. */
const ORDER: readonly ((finding: Finding) => boolean)[] = [
  ({ live }) => live?.metadata.labels?.[COMPONENT] === 'gateway' && live.kind !== 'Namespace',
  ({ object }) => object.kind === 'EtcdCluster' || object.kind === 'StatefulSet',
  ({ object }) => object.kind === 'Service' || object.kind === 'PersistentVolumeClaim',
  ({ object }) => object.kind === 'Deployment',
  ({ object }) => object.kind === 'RoleBinding' || object.kind === 'ClusterRoleBinding',
  ({ object }) => object.kind !== 'CustomResourceDefinition' && object.kind !== 'Namespace',
  ({ object }) => object.kind === 'CustomResourceDefinition',
  () => true,
]

/** The findings in waves: each is gone before the next one is removed. */
export function inWaves(findings: readonly Finding[]): Finding[][] {
  const wave = (finding: Finding) => ORDER.findIndex(rule => rule(finding))
  return ORDER.map((_, index) => findings.filter(finding => wave(finding) === index)).filter(({ length }) => length > 0)
}

export const isIn = (object: RecordedObject, objects: readonly RecordedObject[]): boolean =>
  objects.some(other => sameObject(other, object))
