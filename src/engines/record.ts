import { allowed } from '../cluster/facts.ts'
import type { Exposure } from '../endpoints/exposures.ts'
import { EXIT, UserError } from '../errors.ts'
import type { Kube } from '../kube/client.ts'
import { kubectlName, ref } from '../kube/kinds.ts'
import type { KubeObject, Ref } from '../kube/object.ts'
import { COMPONENT, MANAGED_BY, MANAGER, objectLabels, type Release } from '../plan/labels.ts'
import { OPERATOR_NAMESPACE } from '../plan/names.ts'
import type { EtcdMode } from '../plan/plan.ts'
import { VERSION } from '../release.ts'
import type { Engine } from './engine.ts'

/** An object of ours; without a uid it was about to be applied when the record was written. */
export type RecordedObject = Ref & { uid?: string }

/**
 * What an installation knows about itself, kept in a ConfigMap beside it: a re-run starts from it, `env` reads it, and
 * cleanup removes what it lists. The operator has a record of its own in its own namespace, since it outlives the
 * installation that brought it while others use it.
 */
export type InstallRecord = {
  release: Release
  namespace: string
  engine: Engine
  /** uid of the namespace kube-system, which stands for the cluster; '' where it may not be read. */
  cluster: string
  /** Settings that were given, by path. */
  settings: Readonly<Record<string, unknown>>
  exposure?: Exposure
  /** Whether services of this kind of cluster may answer on the machine of whoever set it up. */
  localhost?: boolean
  /** As decided once: a node more or less does not change an etcd that runs. */
  etcdSize?: number
  /** The gateway's, so that a Service that has to be made again gets them again. */
  nodePorts?: { config?: number; events?: number }
  objects: readonly RecordedObject[]
}

/** Kinds that stay when the rest goes, and so belong to no engine: data, and what others may live in. */
export const KEPT: readonly string[] = ['PersistentVolumeClaim', 'Namespace']

const RECORD_NAMES = { eg: 'eg-setup', ego: 'eg-setup-operator' } as const satisfies Record<Release, string>

export const recordRef = (release: Release, namespace: string): Ref =>
  ref('ConfigMap', RECORD_NAMES[release], release === 'ego' ? OPERATOR_NAMESPACE : namespace)

/** The record of a release, or undefined. Throws UserError for a ConfigMap of that name that is not ours or damaged. */
async function readRecord(kube: Kube, release: Release, namespace: string): Promise<InstallRecord | undefined> {
  const found = await kube.read(recordRef(release, namespace))
  return found === undefined ? undefined : parseRecord(found)
}

/**
 * The records of both releases, or those that an installation begins with. Throws UserError where the one in this
 * namespace was written on another cluster (a restored backup): its uids mean nothing here.
 */
export async function readRecords(
  kube: Kube,
  namespace: string,
  clusterId: string | undefined,
): Promise<Record<Release, InstallRecord>> {
  const [eg, ego] = await Promise.all([
    readRecord(kube, 'eg', namespace),
    // Who may not look into the operator's namespace has not installed it and cannot remove it.
    allowed(readRecord(kube, 'ego', namespace)),
  ])
  for (const record of [eg, ego]) requireSameCluster(record, clusterId)
  const begin = (release: Release): InstallRecord => {
    const place = recordRef(release, namespace).namespace ?? ''
    return { release, namespace: place, engine: 'builtin', cluster: clusterId ?? '', settings: {}, objects: [] }
  }
  return { eg: eg ?? begin('eg'), ego: ego ?? begin('ego') }
}

function requireSameCluster(record: InstallRecord | undefined, clusterId: string | undefined): void {
  if (!record?.cluster || clusterId === undefined || record.cluster === clusterId) return
  const where = kubectlName(recordRef(record.release, record.namespace))
  throw new UserError(`${where} records an installation in another cluster.`, {
    fix: `If this cluster was restored from a backup: kubectl delete ${where}, then run eg-setup again.`,
    code: EXIT.precondition,
  })
}

/** Who looks after the etcd that is recorded. */
export const etcdModeOf = ({ settings }: InstallRecord): EtcdMode =>
  (settings['etcd.mode'] as EtcdMode | undefined) ?? 'operator'

/** Whether more is recorded than what a cleanup leaves behind. */
export const isInstalled = ({ objects }: InstallRecord): boolean => objects.some(({ kind }) => !KEPT.includes(kind))

/** The uids of all that is recorded. */
export const uidsOf = ({ objects }: InstallRecord): ReadonlySet<string> =>
  new Set(objects.flatMap(({ uid }) => (uid === undefined ? [] : [uid])))

/**
 * The record of the installation in a namespace: the one given, else the context's, else the only one in the cluster.
 * Throws UserError (exit 3) where there is none, or more than one to choose from.
 */
export async function requireRecord(kube: Kube, given: string | undefined): Promise<InstallRecord> {
  const { namespace: usual, context } = kube.connection
  const namespace = given ?? usual
  const here = await readRecord(kube, 'eg', namespace)
  if (here !== undefined) return here
  const elsewhere = given === undefined ? ((await allowed(findRecords(kube))) ?? []) : []
  if (elsewhere.length === 1) return elsewhere[0]!
  const where = elsewhere.map(record => record.namespace).join(', ')
  const message =
    elsewhere.length === 0
      ? `No Event Gateway of eg-setup is in namespace ${namespace} of context ${context}.`
      : `There is no Event Gateway in namespace ${namespace}, but in: ${where}.`
  const fix =
    elsewhere.length === 0
      ? 'Install one: eg-setup. Or say where it is: -n NAMESPACE, --context NAME.'
      : 'Choose one with -n.'
  throw new UserError(message, { fix, code: EXIT.precondition })
}

/** The records of all installations in the cluster that we may see. */
export async function findRecords(kube: Kube): Promise<InstallRecord[]> {
  const labels = { [MANAGED_BY]: MANAGER, [COMPONENT]: 'record', 'app.kubernetes.io/instance': 'eg' }
  return (await kube.list('ConfigMap', { labels, limit: 50 })).map(parseRecord)
}

function parseRecord(configMap: KubeObject): InstallRecord {
  const where = kubectlName({ ...configMap, ...configMap.metadata, kind: 'ConfigMap', apiVersion: 'v1' })
  const fix = `Look at it: kubectl get ${where} -o yaml; delete it if nothing needs it, then run eg-setup again.`
  if (configMap.metadata.labels?.[MANAGED_BY] !== MANAGER)
    throw new UserError(`${where} was not made by eg-setup, which keeps its record under that name.`, {
      fix: 'Choose another namespace with -n, or rename that ConfigMap.',
      code: EXIT.precondition,
    })
  try {
    const record = JSON.parse(configMap.data?.['record'] ?? '') as InstallRecord
    if (!Array.isArray(record.objects) || typeof record.settings !== 'object') throw new Error('fields are missing')
    return { ...record, namespace: configMap.metadata.namespace ?? '' }
  } catch (cause) {
    throw new UserError(`The record of the installation in ${where} is damaged.`, {
      fix,
      code: EXIT.precondition,
      cause,
    })
  }
}

/** Writes the record; an unchanged one changes nothing in the cluster. */
export async function writeRecord(kube: Kube, record: InstallRecord): Promise<void> {
  // Nobody else has a say in what we remember.
  await kube.apply(recordObject(record), { force: true })
}

/** The record as an object of the cluster. */
export function recordObject(record: InstallRecord): KubeObject {
  const { namespace, name } = recordRef(record.release, record.namespace)
  const labels = { ...objectLabels('record', VERSION), 'app.kubernetes.io/instance': record.release }
  const metadata = { name, namespace: namespace ?? '', labels }
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata, data: { record: JSON.stringify(record, undefined, 1) } }
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
