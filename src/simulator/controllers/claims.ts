import type { KubeObject } from '../../kube/object.ts'
import type { Cluster, Controller } from '../cluster.ts'

const PROTECTION = 'kubernetes.io/pvc-protection'

export const claimsOf = (pod: KubeObject): string[] =>
  (pod['spec'].volumes ?? []).flatMap(({ persistentVolumeClaim }: { persistentVolumeClaim?: { claimName: string } }) =>
    persistentVolumeClaim ? [persistentVolumeClaim.claimName] : [],
  )

const podsWith = (claim: KubeObject, cluster: Cluster) =>
  cluster.list('Pod', claim.metadata.namespace).filter(pod => claimsOf(pod).includes(claim.metadata.name))

/** Makes a volume for a claim and binds the two. */
function bind(claim: KubeObject, storageClass: KubeObject, cluster: Cluster) {
  const { name, namespace, uid } = claim.metadata
  const volumeName = `pvc-${uid}`
  const { accessModes, resources, storageClassName } = claim['spec']
  const capacity = { storage: resources.requests.storage }
  if (!cluster.get('PersistentVolume', undefined, volumeName)) {
    const volume = cluster.create({
      apiVersion: 'v1',
      kind: 'PersistentVolume',
      metadata: { name: volumeName, finalizers: ['kubernetes.io/pv-protection'] },
      spec: {
        accessModes,
        capacity,
        claimRef: { apiVersion: 'v1', kind: 'PersistentVolumeClaim', name, namespace, uid },
        hostPath: { path: `/tmp/${namespace}/${name}`, type: '' },
        persistentVolumeReclaimPolicy: storageClass['reclaimPolicy'],
        storageClassName,
      },
    })
    cluster.setStatus(volume, { phase: 'Bound' })
  }
  cluster.update({ ...claim, spec: { ...claim['spec'], volumeName } })
  const live = cluster.get('PersistentVolumeClaim', namespace, name)
  if (live) cluster.setStatus(live, { phase: 'Bound', accessModes, capacity })
}

/** Claims get their volume, at once or with their first pod, and stay while a pod uses them. */
export const claims: Controller = {
  kind: 'PersistentVolumeClaim',
  related: ({ kind, object }, cluster) =>
    kind.kind === 'Pod'
      ? claimsOf(object)
          .map(name => cluster.get('PersistentVolumeClaim', object.metadata.namespace, name))
          .filter(claim => claim !== undefined)
      : [],
  reconcile: (claim, cluster) => {
    const { metadata, spec, status } = claim
    if (metadata.deletionTimestamp) {
      if (podsWith(claim, cluster).length > 0) return
      const finalizers = metadata.finalizers?.filter(each => each !== PROTECTION) ?? []
      return cluster.update({ ...claim, metadata: { ...metadata, finalizers } })
    }
    if (status?.phase !== 'Bound') bindWhenDue(claim, spec.storageClassName, cluster)
  },
}

function bindWhenDue(claim: KubeObject, className: string | undefined, cluster: Cluster) {
  const warn = (reason: string, message: string, type: 'Normal' | 'Warning' = 'Normal') =>
    cluster.event(claim, type, reason, message)
  if (!className)
    return warn('FailedBinding', 'no persistent volumes available for this claim and no storage class is set')
  const storageClass = cluster.get('StorageClass', undefined, className)
  if (!storageClass)
    return warn('ProvisioningFailed', `storageclass.storage.k8s.io "${className}" not found`, 'Warning')
  const waits = storageClass['volumeBindingMode'] === 'WaitForFirstConsumer'
  const scheduled = podsWith(claim, cluster).some(pod => pod['spec'].nodeName)
  if (waits && !scheduled)
    return warn('WaitForFirstConsumer', 'waiting for first consumer to be created before binding')
  cluster.after(200, () => {
    const live = cluster.get('PersistentVolumeClaim', claim.metadata.namespace, claim.metadata.name)
    if (live && live['status']?.phase !== 'Bound') bind(live, storageClass, cluster)
  })
}

/** A volume goes with its claim, or stays as "Released". */
export const volumes: Controller = {
  kind: 'PersistentVolume',
  related: ({ kind, object, type }, cluster) => {
    const name = kind.kind === 'PersistentVolumeClaim' && type === 'DELETED' ? object['spec'].volumeName : undefined
    const volume = name ? cluster.get('PersistentVolume', undefined, name) : undefined
    return volume ? [volume] : []
  },
  reconcile: (volume, cluster) => {
    const { claimRef, persistentVolumeReclaimPolicy } = volume['spec']
    const claim = claimRef && cluster.get('PersistentVolumeClaim', claimRef.namespace, claimRef.name)
    if (!claimRef || claim?.metadata.uid === claimRef.uid) return
    const { finalizers: _, ...metadata } = volume.metadata
    if (persistentVolumeReclaimPolicy !== 'Delete') return cluster.setStatus(volume, { phase: 'Released' })
    cluster.update({ ...volume, metadata } as KubeObject)
    cluster.remove(volume)
  },
}
