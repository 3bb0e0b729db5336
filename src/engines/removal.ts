import { ownerOf } from '../cluster/survey.ts'
import type { Kube } from '../kube/client.ts'
import { ApiError } from '../kube/connection.ts'
import type { KubeObject } from '../kube/object.ts'
import { COMPONENT } from '../plan/labels.ts'
import { type RecordedObject, sameObject } from './record.ts'

/** A recorded object as it is now, and what cleanup does about it. */
export type Finding = {
  object: RecordedObject
  live?: KubeObject
  verdict: 'ours' | 'gone' | 'foreign' | 'unverifiable'
  why: string
}

/** Compares recorded objects with the live ones: only what carries our label and the recorded uid is ours to remove. */
export const verify = (kube: Kube, objects: readonly RecordedObject[]): Promise<Finding[]> =>
  Promise.all(objects.map(object => verifyOne(kube, object)))

async function verifyOne(kube: Kube, object: RecordedObject): Promise<Finding> {
  try {
    const live = await kube.read(object)
    if (live === undefined) return { object, verdict: 'gone', why: 'it is not there any more' }
    if (object.uid !== undefined && live.metadata.uid !== object.uid)
      return { object, live, verdict: 'foreign', why: 'somebody has replaced it: its uid is another' }
    if (!isMarked(live)) return { object, live, verdict: 'foreign', why: 'it does not carry our label' }
    return { object, live, verdict: 'ours', why: '' }
  } catch (error) {
    if (error instanceof ApiError && error.status === 403)
      return { object, verdict: 'unverifiable', why: 'you may not read it' }
    throw error
  }
}

/** The volume claims of an etcd are made by the StatefulSet controller and carry its selector's labels instead of ours. */
const isMarked = (live: KubeObject): boolean =>
  live.kind === 'PersistentVolumeClaim'
    ? live.metadata.name.startsWith(`etcd-data-${live.metadata.labels?.['controller']}-`)
    : ownerOf(live) !== undefined

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
