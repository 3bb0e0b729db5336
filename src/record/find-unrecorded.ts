import templates from 'templates'
import { isKind, type KindName, kubectlName, ref } from '../kube/kinds.ts'
import type { KubeObject } from '../kube/object.ts'
import type { Kube } from '../kube/request/client.ts'
import { unlessForbidden } from '../kube/request/unless-forbidden.ts'
import { PART_OF } from '../names.ts'
import { isPossible } from '../plan/is-possible.ts'
import { STAGES } from '../plan/plan.ts'
import { settingsOfObjects } from '../plan/settings-of-objects.ts'
import { etcdLabels } from './etcd-volumes.ts'
import { ownerOf } from './owner.ts'
import { type InstallRecord, recordRef, toRef } from './record.ts'

/** The kinds that an installation has in its namespace; the first of them alone show that there is one. */
const FIRST: readonly KindName[] = ['Deployment', 'Service', 'EtcdCluster', 'StatefulSet']
const KINDS = new Set(
  STAGES.filter(({ release }) => release === 'eg')
    .flatMap(stage => stage.templates.map(([file]) => (templates[file] as KubeObject).kind))
    .filter(kind => kind !== 'Namespace')
    .filter(isKind),
)
/** More than an installation has of any kind. */
const FEW = 50

/**
 * The record that the objects of an installation stand for where its own was deleted: they carry our labels and names that a
 * plan of this namespace has. undefined where there are none. Their settings are read as far as the objects show them.
 */
export async function findUnrecorded(
  kube: Kube,
  namespace: string,
  cluster: string,
): Promise<InstallRecord | undefined> {
  const find = async (kinds: readonly KindName[]) => {
    const labels = { [PART_OF]: 'event-gateway' }
    const lists = await Promise.all(
      kinds.map(kind => unlessForbidden(kube.list(kind, { namespace, labels, limit: FEW }))),
    )
    const isOurs = (object: KubeObject) => ownerOf(object) !== undefined && isPossible(toRef(object), 'eg', namespace)
    return lists.flatMap(list => list ?? []).filter(isOurs)
  }
  const first = await find(FIRST)
  if (first.length === 0) return undefined
  const live = [...first, ...(await find([...KINDS].filter(kind => !FIRST.includes(kind))))]
  const etcd = live.find(({ kind }) => kind === 'EtcdCluster' || kind === 'StatefulSet')
  const ofEtcd = { namespace, labels: etcdLabels(etcd?.metadata.name ?? ''), limit: FEW }
  const [claims, place] = await Promise.all([
    etcd && unlessForbidden(kube.list('PersistentVolumeClaim', ofEtcd)),
    unlessForbidden(kube.read(ref('Namespace', namespace))),
  ])
  const ours = place !== undefined && ownerOf(place) === 'builtin' ? [place] : []
  return {
    release: 'eg',
    namespace,
    engine: live.some(object => ownerOf(object) === 'helm') ? 'helm' : 'builtin',
    cluster,
    ...settingsOfObjects(live),
    objects: [...ours, ...live, ...(claims ?? [])].map(object => ({
      ...toRef(object),
      uid: object.metadata.uid ?? '',
    })),
    ignored: [],
    isMissing: true,
  }
}

/** That there is no record, for a person. */
export const missingRecord = ({ namespace }: InstallRecord): string =>
  `The record of this installation (${kubectlName(recordRef('eg', namespace))}) is missing. Its objects were found by label.`
