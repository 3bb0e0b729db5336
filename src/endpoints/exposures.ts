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
  /** What it means for clients, in a few words. */
  hint: string
  /** The object that says where the gateway is reached. */
  source: 'Service' | 'Ingress'
  needsNodes: boolean
  candidates: (source: KubeObject, nodes: readonly NodeAddress[]) => Candidates
}

/** More addresses than these are not tried: one that answers is enough. */
const MOST = 10
const HTTP = 80

/** How the gateway can be reached, a row each. */
export const EXPOSURES = [
  {
    id: 'load-balancer',
    serviceType: 'LoadBalancer',
    label: 'load balancer',
    hint: 'one address from the cloud or MetalLB',
    source: 'Service',
    needsNodes: false,
    candidates: service => ({
      endpoints: onPorts(service, 'port', balancers(service)),
      missing: 'no load balancer has given it an address',
    }),
  },
  {
    id: 'node-port',
    serviceType: 'NodePort',
    label: 'node port',
    hint: 'one port per API on every node',
    source: 'Service',
    needsNodes: true,
    candidates: (service, nodes) => ({
      endpoints: onPorts(service, 'nodePort', hostsOf(nodes)),
      missing: 'the Service has no nodePorts',
    }),
  },
  {
    id: 'ingress',
    serviceType: 'ClusterIP',
    label: 'ingress',
    hint: 'host name and paths through an ingress controller',
    source: 'Ingress',
    needsNodes: false,
    // A host that the Ingress names has to be asked for by that name: another name leads elsewhere.
    candidates: ingress => {
      const { host } = ingress.spec?.rules?.[0] ?? {}
      const addresses = balancers(ingress)
      const hosts = addresses.length > 0 && host !== undefined ? [host] : addresses
      const config = ingress.spec?.rules?.[0]?.http?.paths?.length > 1 ? { config: HTTP } : {}
      const endpoints = hosts.slice(0, MOST).map(name => ({ host: name, events: HTTP, ...config }))
      return { endpoints, missing: 'no ingress controller has given the Ingress an address' }
    },
  },
  {
    id: 'cluster-ip',
    serviceType: 'ClusterIP',
    label: 'inside the cluster only',
    hint: 'use eg-setup forward',
    source: 'Service',
    needsNodes: false,
    candidates: () => ({ endpoints: [], missing: 'a ClusterIP Service is reached from inside the cluster only' }),
  },
] as const satisfies readonly ExposureRow[]

export type Exposure = (typeof EXPOSURES)[number]['id']

/** The row of an exposure. */
export const exposureRow = (id: Exposure): ExposureRow => EXPOSURES.find(row => row.id === id) ?? EXPOSURES[0]

const hostsOf = (nodes: readonly NodeAddress[]): string[] => nodes.map(({ address }) => address)

/** Addresses in status.loadBalancer.ingress of a Service or an Ingress: each entry has an ip, a hostname or both. */
export function balancers({ status }: KubeObject): string[] {
  const entries: { ip?: string; hostname?: string }[] = status?.loadBalancer?.ingress ?? []
  return [
    ...new Set(entries.flatMap(({ ip, hostname }) => [ip, hostname].filter(host => typeof host === 'string'))),
  ].filter(host => host !== '')
}

/** The hosts with the Service's own ports; without a config port where that API stays inside of the cluster. */
function onPorts(service: KubeObject, field: 'port' | 'nodePort', hosts: readonly string[]): Endpoint[] {
  const config = portOf(service, 'config', field)
  const events = portOf(service, 'events', field)
  if (events === undefined) return []
  return [...new Set(hosts)].slice(0, MOST).map(host => ({ host, events, ...(config === undefined ? {} : { config }) }))
}

/** The number in a named port of the Service: `port` in front of a load balancer, `nodePort` on a node. */
export function portOf(service: KubeObject, name: string, field: 'port' | 'nodePort'): number | undefined {
  const ports: { name?: string; port?: number; nodePort?: number }[] = service.spec?.ports ?? []
  return ports.find(port => port.name === name)?.[field] || undefined
}

/** Whether a port of a Service leads to the config API, whatever it is called. */
export const isConfigPort = ({ name, targetPort }: { name?: string; targetPort?: unknown }): boolean =>
  name === 'config' || targetPort === 'config'

/** Whether a Service or an Ingress leads to the config API from outside of the cluster. */
export const exposesConfig = ({ kind, spec }: KubeObject): boolean =>
  kind === 'Ingress'
    ? (spec?.rules?.[0]?.http?.paths?.length ?? 0) > 1
    : spec?.type !== 'ClusterIP' && (spec?.ports ?? []).some(isConfigPort)
