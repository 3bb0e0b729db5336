import type { KubeObject } from '../../kube/object.ts'
import { matches } from '../api/selectors.ts'
import type { Cluster, Controller } from '../cluster.ts'
import { isOwnedBy, ownerReference, randomSuffix } from '../cluster.ts'
import { isReady } from './replica-set.ts'

const SERVICE = 'kubernetes.io/service-name'

function portsOf(service: KubeObject, pod: KubeObject | undefined): object[] {
  const declared = pod?.['spec'].containers.flatMap((each: { ports?: object[] }) => each.ports ?? []) ?? []
  return (service['spec'].ports ?? []).flatMap(
    (port: { name?: string; protocol: string; targetPort: number | string }) => {
      const named = declared.find((each: { name?: string }) => each.name === port.targetPort)?.containerPort
      const number = typeof port.targetPort === 'number' ? port.targetPort : named
      return number === undefined ? [] : [{ name: port.name ?? '', protocol: port.protocol, port: number }]
    },
  )
}

function reconcile(service: KubeObject, cluster: Cluster): void {
  const { metadata, spec } = service
  if (metadata.deletionTimestamp || !spec.selector) return
  const { publishNotReadyAddresses = false } = spec
  const pods = cluster
    .list('Pod', metadata.namespace)
    .filter(pod => matches(spec.selector, pod.metadata.labels) && pod['status']?.podIP)
  const endpoints = pods.map(pod => {
    const terminating = Boolean(pod.metadata.deletionTimestamp)
    const serving = isReady(pod)
    const { hostname, subdomain, nodeName } = pod['spec']
    return {
      addresses: [pod['status'].podIP],
      conditions: { ready: publishNotReadyAddresses || (serving && !terminating), serving, terminating },
      ...(hostname && subdomain === metadata.name ? { hostname } : {}),
      nodeName,
      targetRef: { kind: 'Pod', name: pod.metadata.name, namespace: metadata.namespace, uid: pod.metadata.uid },
    }
  })
  const slice = cluster.list('EndpointSlice', metadata.namespace).find(each => isOwnedBy(each, service))
  const content = { addressType: 'IPv4', endpoints, ports: portsOf(service, pods[0]) }
  if (slice) {
    cluster.update({ ...slice, ...content })
    return
  }
  const headless = spec.clusterIP === 'None' ? { 'service.kubernetes.io/headless': '' } : {}
  cluster.create({
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: {
      name: `${metadata.name}-${randomSuffix()}`,
      generateName: `${metadata.name}-`,
      namespace: metadata.namespace!,
      labels: {
        ...metadata.labels,
        'endpointslice.kubernetes.io/managed-by': 'endpointslice-controller.k8s.io',
        [SERVICE]: metadata.name,
        ...headless,
      },
      ownerReferences: [ownerReference(service)],
    },
    ...content,
  })
}

/** The addresses behind each Service. */
export const endpoints: Controller = {
  kind: 'Service',
  related: ({ kind, object }, cluster) => {
    if (kind.kind !== 'Pod') return []
    const services = cluster.list('Service', object.metadata.namespace)
    return services.filter(({ spec }) => spec.selector && matches(spec.selector, object.metadata.labels))
  },
  reconcile,
}
