import { ref } from '../kube/kinds.ts'
import type { Ref } from '../kube/object.ts'
import { clusterName } from '../settings/names.ts'
import { MOST_MEMBERS } from './record-schema.ts'

/** The labels that the operator gives the pods and volumes of an EtcdCluster; our own StatefulSet has the same. */
export const etcdLabels = (etcdName: string): Record<string, string> => ({ app: etcdName, controller: etcdName })

/** The volume claims of an etcd, by the claim template `etcd-data` that the operator and our own StatefulSet have. */
export const volumeRefs = (etcdName: string, namespace: string, size: number): Ref[] =>
  Array.from({ length: size }, (_, member) =>
    ref('PersistentVolumeClaim', `etcd-data-${etcdName}-${member}`, namespace),
  )

/** The etcd that a volume claim of that name belongs to; undefined where it belongs to none. */
export function etcdOfVolume(name: string): string | undefined {
  const [, etcd = '', member] = /^etcd-data-(.+)-(\d)$/.exec(name) ?? []
  return Number(member) < MOST_MEMBERS && 'value' in clusterName.read(etcd) ? etcd : undefined
}
