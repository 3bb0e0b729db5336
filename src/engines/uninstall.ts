import type { KubeObject } from '../kube/object.ts'
import type { Kube } from '../kube/request/client.ts'
import type { TimedRun } from '../kube/request/run.ts'
import { unlessForbidden } from '../kube/request/unless-forbidden.ts'
import type { Release } from '../names.ts'
import { type InstallRecord, KEPT, recordRef, sameObject, toRef, writeRecord } from '../record/record.ts'
import { findOwnRelease } from './helm/own-release.ts'
import type { Helm } from './helm/program.ts'
import { releaseRef, uninstallRelease } from './helm/releases.ts'
import { findShared } from './installed.ts'
import { type Lock, lockRef, OPERATOR_LOCK, takeLock } from './lock.ts'
import { cannotLook, findContents } from './namespace-contents.ts'
import { removeWave } from './remove-wave.ts'
import { type Finding, inWaves, isIn, verify } from './verify-recorded.ts'

/** What cleanup would do: everything recorded, each to be removed or kept, with the reason. */
export type Removal = {
  records: Readonly<Partial<Record<Release, InstallRecord>>>
  /** Removes the releases that it has installed; absent where there is none of them. */
  helm?: Helm | undefined
  /** Releases of helm that are there, to be removed with their objects. */
  releases: readonly Release[]
  remove: readonly Finding[]
  keep: readonly Finding[]
}

/** Reads what is recorded and decides; changes nothing. */
export async function planRemoval(
  kube: Kube,
  records: Removal['records'],
  deleteData: boolean,
  helm?: Helm,
): Promise<Removal> {
  const [eg, ego] = await Promise.all([
    records.eg ? verify(kube, records.eg) : [],
    records.ego ? verify(kube, records.ego) : [],
  ])
  const users = ego.length === 0 ? [] : await otherEtcdClusters(kube, eg)
  const inUse = users.length === 0 ? undefined : `in use by ${users.map(name => `etcdcluster/${name}`).join(', ')}`
  const decided = [
    ...eg.map(finding =>
      isVolume(finding) && !deleteData ? keep(finding, 'holds the data (delete with --delete-data)') : finding,
    ),
    ...ego.map(finding => (inUse === undefined ? finding : keep(finding, inUse))),
  ].filter(({ verdict }) => verdict !== 'gone')
  const isKept = (finding: Finding) => finding.verdict !== 'ours' || finding.why !== ''
  const releases = helm === undefined ? [] : await releasesToRemove(helm, records, decided.filter(isKept))
  return {
    records,
    helm,
    releases,
    remove: inWaves(decided.filter(finding => !isKept(finding))).flat(),
    keep: decided.filter(isKept),
  }
}

/** The releases that exist and contain nothing to keep: helm 3 deletes by name, no matter who owns an object now. */
async function releasesToRemove(helm: Helm, records: Removal['records'], kept: readonly Finding[]): Promise<Release[]> {
  const found: Release[] = []
  for (const record of [records.eg, records.ego]) {
    if (record?.engine !== 'helm') continue
    const stays = kept.some(({ object }) => !KEPT.includes(object.kind) && isIn(object, record.objects))
    if (!stays && (await findOwnRelease(helm, releaseRef(record.release, record.namespace))) !== undefined)
      found.push(record.release)
  }
  return found
}

const keep = (finding: Finding, why: string): Finding => (finding.verdict === 'ours' ? { ...finding, why } : finding)
const isVolume = ({ object }: Finding): boolean => object.kind === 'PersistentVolumeClaim'

/** More than an installation has: whether there are any others is all that matters. */
const FEW = 50

/** EtcdClusters that are not the installation's own, as "name -n namespace"; what may not be listed counts as one. */
async function otherEtcdClusters(kube: Kube, own: readonly Finding[]): Promise<string[]> {
  const all = await unlessForbidden(kube.list('EtcdCluster', { limit: FEW }))
  if (all === undefined) return ['(no permission to list them)']
  const isOwn = ({ metadata }: KubeObject) =>
    own.some(({ live, verdict }) => verdict === 'ours' && live?.metadata.uid === metadata.uid)
  return all.filter(cluster => !isOwn(cluster)).map(({ metadata }) => `${metadata.name} -n ${metadata.namespace}`)
}

/** Removes what the plan says, dependants first, and waits until it is gone (`deadline` in ms since the epoch); returns what stays. */
export async function uninstall(
  own: Pick<Lock, 'kube' | 'leave'>,
  removal: Removal,
  { deadline, reporter, io }: Omit<TimedRun, 'kube'>,
): Promise<Finding[]> {
  const { records, remove, keep: kept, releases } = removal
  const options = { removal, deadline, reporter, io }
  // Who may not even look at the operator's record has none.
  const [eg, ego] = [records.eg, records.ego].map(record => (record?.objects.length ? record : undefined))
  const isOf = (record: InstallRecord) => (finding: Finding) => isIn(finding.object, record.objects)
  const stays = eg === undefined ? [] : await removeRelease(own, eg, { remove: remove.filter(isOf(eg)), kept }, options)
  const shared = ego === undefined ? [] : remove.filter(isOf(ego))
  if (shared.length === 0 && !releases.includes('ego')) return [...kept, ...stays]
  const lock = await takeLock(own.kube.connection, { lease: OPERATOR_LOCK, deadline }, reporter, io)
  try {
    if (lock.isForbidden) {
      const { name, namespace } = OPERATOR_LOCK
      const why = `another run may need it, and you have no permission to lock it (lease/${name} in namespace ${namespace})`
      return [...kept, ...stays, ...shared.map(finding => keep(finding, why))]
    }
    // Asked again: deleting the definition would delete every EtcdCluster there is, and others may have changed the operator.
    const latest = await findShared(lock.kube, own.kube.connection.namespace)
    const { remove: unused, keep: used } = await planRemoval(lock.kube, { ego: latest }, false)
    const confirmed = unused.filter(({ object }) => shared.some(finding => sameObject(finding.object, object)))
    const left =
      confirmed.length === 0 && !releases.includes('ego')
        ? []
        : await removeRelease(lock, latest, { remove: confirmed, kept: used }, options)
    const isNew = ({ object }: Finding) => !kept.some(finding => sameObject(finding.object, object))
    return [...kept, ...stays, ...used.filter(isNew), ...left]
  } finally {
    await lock.release()
  }
}

type Options = Omit<TimedRun, 'kube'> & { removal: Removal }

/** Removes what is of one release, and its record unless something stays; gives what stays beyond what is kept. */
async function removeRelease(
  { kube, leave }: Pick<Lock, 'kube' | 'leave'>,
  record: InstallRecord,
  { remove, kept }: Pick<Removal, 'remove'> & { kept: readonly Finding[] },
  { removal: { helm, releases }, deadline, reporter, io }: Options,
): Promise<Finding[]> {
  const run = { kube, deadline, reporter, io }
  const removeAll = async (findings: readonly Finding[]) => {
    for (const wave of inWaves(findings)) await removeWave(run, wave)
  }
  const isNamespace = ({ object }: Finding) => object.kind === 'Namespace'
  await removeAll(remove.filter(finding => !isNamespace(finding)))
  if (helm && releases.includes(record.release)) {
    const target = { ...releaseRef(record.release, record.namespace), deadline }
    await findOwnRelease(helm, target)
    await uninstallRelease(helm, target, io)
  }
  const [namespace] = remove.filter(isNamespace)
  const keptHere = kept.filter(({ object }) => isIn(object, record.objects))
  const occupied = namespace && (await whyNamespaceStays(kube, namespace, keptHere, record))
  if (namespace !== undefined && occupied === undefined) {
    leave()
    await removeAll([namespace])
  } else await closeRecord(run, record, [...keptHere, ...(namespace ? [namespace] : [])])
  return namespace !== undefined && occupied !== undefined ? [keep(namespace, occupied)] : []
}

/** Why a namespace of eg-setup must be kept; undefined if nothing in it would be lost. */
async function whyNamespaceStays(kube: Kube, { object }: Finding, kept: readonly Finding[], record: InstallRecord) {
  if (kept.length > 0) return 'contains objects that are kept'
  const ours = [recordRef(record.release, record.namespace), lockRef(object.name), OPERATOR_LOCK]
  try {
    const contents = await findContents(kube, object.name, (kind, name) =>
      ours.some(one => one.kind === kind && one.name === name),
    )
    return contents.length === 0 ? undefined : `contains other objects: ${contents.slice(0, 5).join(', ')}`
  } catch (error) {
    const why = cannotLook(error)
    if (why === undefined) throw error
    return why
  }
}

/** Removes the record, or lets it remember what is left for a later cleanup. */
async function closeRecord(run: TimedRun, record: InstallRecord, kept: readonly Finding[]): Promise<void> {
  const { kube } = run
  const left = kept.filter(({ verdict }) => verdict === 'ours' || verdict === 'unverifiable')
  // A namespace alone is found by its label.
  if (left.some(({ object }) => object.kind !== 'Namespace')) {
    await writeRecord(kube, { ...record, objects: left.map(({ object, live }) => ({ ...object, ...uidOf(live) })) })
    return
  }
  const live = await kube.read(recordRef(record.release, record.namespace))
  if (live !== undefined) await removeWave(run, [{ object: toRef(live), live, verdict: 'ours', why: '' }])
}

const uidOf = (live: KubeObject | undefined) => (live?.metadata.uid === undefined ? {} : { uid: live.metadata.uid })
