import type { Exposure } from '../cluster/exposures.ts'
import type { Target } from '../endpoints/resolve.ts'
import { ref } from '../kube/kinds.ts'
import type { KubeObject, Ref } from '../kube/object.ts'
import type { Kube } from '../kube/request/client.ts'
import { OPERATOR_NAMESPACE, objectLabels, type Release } from '../names.ts'
import type { Engine } from '../plan/engine.ts'
import type { EtcdMode } from '../plan/plan.ts'
import { VERSION } from '../release.ts'
import { ETCD_NAME } from '../settings/names.ts'
import type { RecordedObject } from './record-schema.ts'

export type { RecordedObject }

/**
 * What an installation knows about itself, kept in a ConfigMap beside it: a re-run starts from it, `env` reads it, and
 * cleanup removes what it lists. The operator has a record of its own in its own namespace, since it outlives the
 * installation that brought it while others use it. Whoever may write ConfigMaps there can write it: it is input.
 */
export type InstallRecord = {
  /** By the name of the ConfigMap. */
  release: Release
  /** That of the ConfigMap. */
  namespace: string
  engine: Engine
  /** uid of the namespace kube-system, which identifies the cluster; '' without permission to read it. */
  cluster: string
  /** Settings that were given, by path; `givenFrom` checks them. */
  settings: Readonly<Record<string, unknown>>
  exposure?: Exposure
  /** Whether Services of this kind of cluster may answer on localhost of the machine that ran setup. */
  localhost?: boolean
  /** As decided once: a node more or less does not change an etcd that runs. */
  etcdSize?: number
  /** The node ports of the gateway, which a recreated Service keeps. */
  nodePorts?: { config?: number; events?: number }
  objects: readonly RecordedObject[]
  /** When the ConfigMap was created, by the API server; absent where there is none yet. */
  since?: string
  /** There is no such ConfigMap, and the installation was found by the labels of its objects. */
  isMissing?: true
  /** What the record names and may not, as people read it. */
  ignored: readonly string[]
}

/** Kinds that stay when the rest goes, and so belong to no engine: data, and what others may live in. */
export const KEPT: readonly string[] = ['PersistentVolumeClaim', 'Namespace']

const RECORD_NAMES = { eg: 'eg-setup', ego: 'eg-setup-operator' } as const satisfies Record<Release, string>

export const recordRef = (release: Release, namespace: string): Ref =>
  ref('ConfigMap', RECORD_NAMES[release], release === 'ego' ? OPERATOR_NAMESPACE : namespace)

/** What manages the recorded etcd. */
export const etcdModeOf = ({ settings }: InstallRecord): EtcdMode =>
  (settings['etcd.mode'] as EtcdMode | undefined) ?? 'operator'

/** The name of the etcd that is recorded. */
export const etcdNameOf = ({ settings }: Pick<InstallRecord, 'settings'>): string =>
  typeof settings['etcd_cluster_name'] === 'string' ? settings['etcd_cluster_name'] : ETCD_NAME

/** Whether more is recorded than what a cleanup leaves behind. */
export const isInstalled = ({ objects }: InstallRecord): boolean => objects.some(({ kind }) => !KEPT.includes(kind))

/** The uids of all that is recorded. */
export const uidsOf = ({ objects }: InstallRecord): ReadonlySet<string> =>
  new Set(objects.flatMap(({ uid }) => (uid === undefined ? [] : [uid])))

/** How to reach the gateway of a record; records of the first versions have no exposure. */
export const targetOf = (record: InstallRecord): Target & { localhost: boolean } => {
  const { namespace, exposure = 'load-balancer', localhost = false } = record
  return { namespace, exposure, localhost, uids: uidsOf(record) }
}

/** Writes the record; an unchanged one changes nothing in the cluster. */
export async function writeRecord(kube: Kube, record: InstallRecord): Promise<void> {
  // The record belongs to eg-setup, so conflicts are overridden.
  await kube.apply(recordObject(record), { force: true })
}

/** The record as an object of the cluster. */
export function recordObject({
  release,
  namespace: place,
  since: _,
  ignored: __,
  isMissing: ___,
  ...contents
}: InstallRecord): KubeObject {
  const { namespace, name } = recordRef(release, place)
  const labels = { ...objectLabels('record', VERSION), 'app.kubernetes.io/instance': release }
  const metadata = { name, namespace: namespace ?? '', labels }
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata, data: { record: JSON.stringify(contents, undefined, 1) } }
}

export const toRef = ({ apiVersion, kind, metadata: { name, namespace } }: KubeObject): Ref => ({
  apiVersion,
  kind,
  name,
  ...(namespace === undefined ? {} : { namespace }),
})

export const sameObject = (a: Ref, b: Ref): boolean =>
  a.kind === b.kind && a.name === b.name && a.namespace === b.namespace && groupOf(a) === groupOf(b)

const groupOf = ({ apiVersion }: Ref): string => (apiVersion.includes('/') ? apiVersion.split('/')[0]! : '')

/** The record with these objects in it: known ones as they are now, new ones at the end. */
export function withObjects(record: InstallRecord, objects: readonly RecordedObject[]): InstallRecord {
  const kept = record.objects.map(old => objects.find(object => sameObject(object, old)) ?? old)
  const added = objects.filter(object => !record.objects.some(old => sameObject(object, old)))
  return { ...record, objects: [...kept, ...added] }
}
