import type { KubeObject } from '../kube/object.ts'
import type { Endpoint } from './endpoint.ts'

/** What of the cluster's nodes matters for reaching a nodePort. */
export type NodeAddress = { type: string; address: string }

/** What there is to try, best first; `missing` says why there is nothing. */
type Candidates = { endpoints: readonly Endpoint[]; missing: string }

type ExposureRow = {
  id: string
  /** spec.type of the gateway's Service. */
  serviceType: 'LoadBalancer' | 'NodePort' | 'ClusterIP'
  label: string
  needsNodes: boolean
  candidates: (service: KubeObject, nodes: readonly NodeAddress[]) => Candidates
}

/** More addresses than these are not tried: one that answers is enough. */
const MOST = 10

/** How the gateway can be reached, a row each. */
export const EXPOSURES = [
  {
    id: 'load-balancer',
    serviceType: 'LoadBalancer',
    label: 'a load balancer',
    needsNodes: false,
    candidates(service) {
      const ingress: { ip?: string; hostname?: string }[] = service.status?.loadBalancer?.ingress ?? []
      const hosts = ingress
        .flatMap(({ ip, hostname }) => [ip, hostname])
        .filter(host => host !== undefined && host !== '')
      return { endpoints: onPorts(service, 'port', hosts), missing: 'no load balancer has given it an address' }
    },
  },
  {
    id: 'node-port',
    serviceType: 'NodePort',
    label: 'a port on every node',
    needsNodes: true,
    candidates(service, nodes) {
      const hosts = nodes.map(({ address }) => address)
      const endpoints = onPorts(service, 'nodePort', hosts).filter(({ config }) => config !== 0)
      return { endpoints, missing: 'the Service has no nodePorts' }
    },
  },
  {
    id: 'cluster-ip',
    serviceType: 'ClusterIP',
    label: 'an address inside of the cluster',
    needsNodes: false,
    candidates: () => ({ endpoints: [], missing: 'a ClusterIP Service is reached from inside the cluster only' }),
  },
] as const satisfies readonly ExposureRow[]

export type Exposure = (typeof EXPOSURES)[number]['id']

/** The row of an exposure. */
export const exposureRow = (id: Exposure): ExposureRow => EXPOSURES.find(row => row.id === id) ?? EXPOSURES[0]

const onPorts = (service: KubeObject, field: 'port' | 'nodePort', hosts: readonly (string | undefined)[]): Endpoint[] =>
  [...new Set(hosts)].slice(0, MOST).map(host => ({
    host: host ?? '',
    config: portOf(service, 'config', field),
    events: portOf(service, 'events', field),
  }))

/** The number in a named port of the Service: `port` in front of a load balancer, `nodePort` on a node; 0 for none. */
export function portOf(service: KubeObject, name: string, field: 'port' | 'nodePort'): number {
  const ports: { name?: string; port?: number; nodePort?: number }[] = service.spec?.ports ?? []
  return ports.find(port => port.name === name)?.[field] ?? 0
}
