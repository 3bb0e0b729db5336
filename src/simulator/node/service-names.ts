import type { KubeObject } from '../../kube/object.ts'
import type { Cluster } from '../cluster.ts'

export type Address = { ip: string; port: number }
type Endpoint = { addresses: string[]; conditions: { ready: boolean }; hostname?: string }

/** The addresses of ready pods behind a port of a Service, with their host names; `port` for ports without a name. */
export function readyEndpoints(cluster: Cluster, service: KubeObject['metadata'], portName: string, port?: number) {
  const slices = cluster
    .list('EndpointSlice', service.namespace)
    .filter(({ metadata }) => metadata.labels?.['kubernetes.io/service-name'] === service.name)
  return slices.flatMap(slice => {
    const named = (slice['ports'] ?? []).find(({ name = '' }: { name?: string }) => name === portName)?.port ?? port
    const ready = (slice['endpoints'] as Endpoint[]).filter(({ conditions }) => conditions.ready)
    return named === undefined
      ? []
      : ready.map(({ addresses, hostname }) => ({ ip: addresses[0]!, port: named, hostname }))
  })
}

/** Where a name inside of the cluster leads: a Service, a pod of a headless Service, an address. */
export function resolve(cluster: Cluster, host: string, port: number, namespace: string): Address | undefined {
  if (/^[\d.]+$/.test(host)) return { ip: host, port }
  const [first = '', second, third] = host.split('.').filter(part => !/^(svc|cluster|local)$/.test(part))
  const direct = cluster.get('Service', second ?? namespace, first)
  const service = direct ?? (second && cluster.get('Service', third ?? namespace, second))
  if (!service) return undefined
  const { clusterIP, ports = [] } = service['spec']
  const named = ports.find((each: { port: number }) => each.port === port)
  if (!named && clusterIP !== 'None') return undefined
  const isHeadless = clusterIP === 'None'
  const found = readyEndpoints(cluster, service.metadata, named?.name ?? '', isHeadless ? port : undefined)
  const wanted = found.filter(({ hostname }) => direct || hostname === first)
  const chosen = wanted[Math.floor(Math.random() * wanted.length)]
  return chosen && { ip: chosen.ip, port: isHeadless ? port : chosen.port }
}
