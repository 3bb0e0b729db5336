import { EXIT, type Trouble, UserError } from '../errors.ts'
import { kubectlName, ref } from '../kube/kinds.ts'
import type { KubeObject, Ref } from '../kube/object.ts'
import type { Kube } from '../kube/request/client.ts'
import { unlessForbidden } from '../kube/request/unless-forbidden.ts'
import type { EtcdMode, Plan } from '../plan/plan.ts'
import { etcdLabels, volumeRefs } from '../record/etcd-volumes.ts'
import { etcdModeOf, type InstallRecord, isInstalled, sameObject, toRef } from '../record/record.ts'
import { PROGRAM } from '../text/program.ts'
import { sh } from '../text/shell-words.ts'

type Wanted = Pick<Plan, 'namespace' | 'etcdMode' | 'etcdName' | 'etcdSize'>

/**
 * The volumes of an earlier etcd that a new one of the same name would start on; [] where there are none or that etcd is
 * still there. Trouble where a new etcd could not work with them (three members of the operator's on old volumes wait for
 * each other for ever), where they, or what the operator would take over, are somebody else's, and where the etcd that is
 * there cannot become the one that is wanted.
 */
export async function findLeftovers(
  kube: Kube,
  wanted: Wanted,
  record: InstallRecord | undefined,
): Promise<{ reused: Ref[]; trouble?: Trouble }> {
  const { namespace, etcdMode, etcdName, etcdSize } = wanted
  if (etcdMode === 'external') return { reused: [] }
  // Listed before the etcd is read: where another run is just making one, it is seen with its claims.
  const claims = await unlessForbidden(
    kube.list('PersistentVolumeClaim', { namespace, labels: etcdLabels(etcdName), limit: 20 }),
  )
  const { running, ...found } = await (etcdMode === 'operator'
    ? findEtcdCluster(kube, wanted)
    : findStatefulSet(kube, wanted))
  if (running || found.trouble) return { reused: [], ...found }
  const volumes = (claims ?? []).map(({ metadata }) => ref('PersistentVolumeClaim', metadata.name, namespace))
  if (volumes.length === 0) return { reused: [] }
  const isRecorded = volumes.every(volume => record?.objects.some(object => sameObject(object, volume)))
  const expected = volumeRefs(etcdName, namespace, etcdSize)
  const isComplete =
    volumes.length === etcdSize && expected.every(each => volumes.some(({ name }) => name === each.name))
  const isReusable = isComplete && (etcdMode === 'statefulset' || etcdSize === 1)
  if (record !== undefined && isRecorded && isReusable && etcdModeOf(record) === etcdMode) return { reused: volumes }
  const names = volumes.map(({ name }) => name).join(', ')
  const remove = isRecorded
    ? sh`${PROGRAM} cleanup --delete-data -n ${namespace}`
    : sh`kubectl delete persistentvolumeclaims -n ${namespace} ${volumes.map(({ name }) => name)}`
  const message = `Volumes of an earlier etcd ${etcdName} exist, and a new etcd can't start on them: ${names}.`
  const fix = `Choose another etcd name with --set etcd_cluster_name=NAME, or delete the volumes with their data:\n${remove}`
  return { reused: [], trouble: { message, fix } }
}

const isOfAnEtcdCluster = (object: KubeObject): boolean =>
  object.metadata.ownerReferences?.some(({ kind }) => kind === 'EtcdCluster') ?? false

type ExistingEtcd = { running: boolean; trouble?: Trouble }

async function findEtcdCluster(kube: Kube, { namespace, etcdName }: Wanted): Promise<ExistingEtcd> {
  const [cluster, ...others] = await Promise.all([
    unlessForbidden(kube.read(ref('EtcdCluster', etcdName, namespace))),
    // The operator takes over objects with these names, no matter who created them.
    unlessForbidden(kube.read(ref('StatefulSet', etcdName, namespace))),
    unlessForbidden(kube.read(ref('Service', etcdName, namespace))),
    unlessForbidden(kube.read(ref('ConfigMap', `${etcdName}-state`, namespace))),
  ])
  if (cluster !== undefined) return { running: true }
  const taken = others.filter(object => object !== undefined).filter(object => !isOfAnEtcdCluster(object))
  if (taken.length === 0) return { running: false }
  const names = taken.map(object => kubectlName(toRef(object))).join(', ')
  const fix = 'Choose another etcd name: --set etcd_cluster_name=NAME'
  return {
    running: false,
    trouble: { message: `etcd ${etcdName} would overwrite existing objects that it doesn't own: ${names}.`, fix },
  }
}

/** A StatefulSet's members are given from the start: theirs is the size that it stays with. */
async function findStatefulSet(kube: Kube, { namespace, etcdName, etcdSize }: Wanted): Promise<ExistingEtcd> {
  const replicas = (await unlessForbidden(kube.read(ref('StatefulSet', etcdName, namespace))))?.spec?.replicas
  if (replicas === undefined || replicas === etcdSize) return { running: replicas !== undefined }
  const message = `etcd ${etcdName} has ${replicas} members. etcd in a StatefulSet can't be resized to ${etcdSize}.`
  const fix = sh`Keep the current size with --set etcd.size=${replicas}, or delete etcd and its data:\n${PROGRAM} cleanup --delete-data -n ${namespace}`
  return { running: true, trouble: { message, fix } }
}

/** Throws UserError where another kind of etcd is installed than the one wanted now: its data would be left behind. */
export function requireSameMode(record: InstallRecord, wanted: EtcdMode): void {
  const installed = etcdModeOf(record)
  if (!isInstalled(record) || installed === wanted) return
  const { namespace } = record
  throw new UserError(
    `This installation runs etcd in ${installed} mode. Switching to ${wanted} mode would lose its data.`,
    {
      fix: sh`Keep --etcd ${installed}, choose another namespace with -n, or delete the installation with its data:\n${PROGRAM} cleanup --delete-data -n ${namespace}`,
      code: EXIT.precondition,
    },
  )
}
