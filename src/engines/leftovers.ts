import { allowed } from '../cluster/facts.ts'
import type { Trouble } from '../cluster/trouble.ts'
import type { Kube } from '../kube/client.ts'
import { kubectlName, ref } from '../kube/kinds.ts'
import type { KubeObject, Ref } from '../kube/object.ts'
import { type InstallRecord, sameObject, toRef } from './record.ts'

/** The labels that the operator gives the pods and volumes of an EtcdCluster. */
export const etcdLabels = (etcdName: string): Record<string, string> => ({ app: etcdName, controller: etcdName })

/** The volume claims of an etcd, by the operator's claim template `etcd-data`. */
export const volumeRefs = (etcdName: string, namespace: string, size: number): Ref[] =>
  Array.from({ length: size }, (_, member) =>
    ref('PersistentVolumeClaim', `etcd-data-${etcdName}-${member}`, namespace),
  )

type Wanted = { namespace: string; etcdName: string; etcdSize: number }

/**
 * The volumes of an earlier etcd that a new one of the same name would start on; [] where there are none or that etcd is
 * still there. Trouble where a new etcd could not work with them (three members on old volumes wait for each other for
 * ever), and where they, or what the operator would take over, are somebody else's.
 */
export async function findLeftovers(
  kube: Kube,
  wanted: Wanted,
  record: InstallRecord | undefined,
): Promise<{ reused: Ref[]; trouble?: Trouble }> {
  const { namespace, etcdName, etcdSize } = wanted
  const [cluster, claims, ...others] = await Promise.all([
    allowed(kube.read(ref('EtcdCluster', etcdName, namespace))),
    allowed(kube.list('PersistentVolumeClaim', { namespace, labels: etcdLabels(etcdName), limit: 20 })),
    // The operator takes over objects of these names, whoever made them.
    allowed(kube.read(ref('StatefulSet', etcdName, namespace))),
    allowed(kube.read(ref('Service', etcdName, namespace))),
    allowed(kube.read(ref('ConfigMap', `${etcdName}-state`, namespace))),
  ])
  if (cluster !== undefined) return { reused: [] }
  const taken = others.filter(object => object !== undefined).filter(object => !isOfAnEtcdCluster(object))
  if (taken.length > 0) {
    const names = taken.map(object => kubectlName(toRef(object))).join(', ')
    const fix = 'Give the etcd another name: --set etcd_cluster_name=NAME.'
    return { reused: [], trouble: { message: `The etcd ${etcdName} would take over ${names}.`, fix } }
  }
  const volumes = (claims ?? []).map(({ metadata }) => ref('PersistentVolumeClaim', metadata.name, namespace))
  if (volumes.length === 0) return { reused: [] }
  const isRecorded = volumes.every(volume => record?.objects.some(object => sameObject(object, volume)))
  const isReusable = etcdSize === 1 && volumes.length === 1 && volumes[0]!.name === `etcd-data-${etcdName}-0`
  if (isRecorded && isReusable) return { reused: volumes }
  const names = volumes.map(({ name }) => name).join(', ')
  const remove = isRecorded
    ? `eg-setup cleanup --delete-data -n ${namespace}`
    : `kubectl delete persistentvolumeclaims -n ${namespace} ${volumes.map(({ name }) => name).join(' ')}`
  const message = `Volumes of an earlier etcd ${etcdName} are there, and a new one cannot start on them: ${names}.`
  const fix = `Delete them if nobody needs their data (${remove}), or take another name: --set etcd_cluster_name=NAME.`
  return { reused: [], trouble: { message, fix } }
}

const isOfAnEtcdCluster = (object: KubeObject): boolean =>
  object.metadata.ownerReferences?.some(({ kind }) => kind === 'EtcdCluster') ?? false
