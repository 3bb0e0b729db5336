import type { KubeObject } from '../../kube/object.ts'
import type { Cluster, Controller } from '../cluster.ts'

/** What the simulated cloud gives a Service of type LoadBalancer, and after how many real ms. */
export type CloudAddress = { ip?: string; hostname?: string; delayMs?: number }

const FINALIZER = 'service.kubernetes.io/load-balancer-cleanup'
const note = (service: KubeObject, reason: string, message: string, cluster: Cluster) =>
  cluster.event(service, 'Normal', reason, message, 'service-controller')

function withoutFinalizer(service: KubeObject, cluster: Cluster) {
  const live = cluster.get('Service', service.metadata.namespace, service.metadata.name)
  const finalizers = live?.metadata.finalizers?.filter(each => each !== FINALIZER)
  if (!live || !finalizers) return
  note(live, 'DeletedLoadBalancer', 'Deleted load balancer', cluster)
  cluster.update({ ...live, metadata: { ...live.metadata, finalizers } })
}

/** A cloud's service controller. */
export function cloud({ ip, hostname, delayMs = 0 }: CloudAddress): Controller {
  return {
    kind: 'Service',
    reconcile: (service, cluster) => {
      const { metadata, spec, status } = service
      const marked = metadata.finalizers?.includes(FINALIZER) ?? false
      const wanted = spec.type === 'LoadBalancer' && !spec.loadBalancerClass && !metadata.deletionTimestamp
      if (!wanted) {
        if (!marked) return
        if (!metadata.deletionTimestamp) cluster.setStatus(service, { loadBalancer: {} })
        cluster.after(1000, () => withoutFinalizer(service, cluster))
      } else if (!marked) {
        note(service, 'EnsuringLoadBalancer', 'Ensuring load balancer', cluster)
        cluster.update({
          ...service,
          metadata: { ...metadata, finalizers: [...(metadata.finalizers ?? []), FINALIZER] },
        })
      } else if (!status?.loadBalancer?.ingress) {
        cluster.after(delayMs / cluster.real(1), () => {
          const live = cluster.get('Service', metadata.namespace, metadata.name)
          if (live?.['spec'].type !== 'LoadBalancer' || live.metadata.deletionTimestamp) return
          const entry = { ...(ip ? { ip } : {}), ...(hostname ? { hostname } : {}) }
          cluster.setStatus(live, { loadBalancer: { ingress: [entry] } })
          note(live, 'EnsuredLoadBalancer', 'Ensured load balancer', cluster)
        })
      }
    },
  }
}
