import type { Exposure } from '../cluster/exposures.ts'
import type { NodeAddress } from '../cluster/facts.ts'
import { listenersFor, whyRefused } from '../cluster/listeners.ts'
import type { Endpoint } from '../gateway/endpoint.ts'
import type { KubeObject } from '../kube/object.ts'
import { balancers, portOf } from '../kube/service.ts'
import { addressesOf, parentOf, type Source } from './gateway-source.ts'
import { whyNotServed } from './route-conditions.ts'

/** What there is to try, best first; `missing` says why there is nothing. */
type Candidates = { endpoints: readonly Endpoint[]; missing: string }

/** More addresses than these are not tried: one that answers is enough. */
const MOST = 10
const HTTP = 80
const HTTPS = 443

/** Where each exposure may answer, by its Service, Ingress or HTTPRoute and the addresses of the nodes. */
export const CANDIDATES: Readonly<Record<Exposure, (source: Source, nodes: readonly NodeAddress[]) => Candidates>> = {
  'load-balancer': service => ({
    endpoints: onPorts(service, 'port', balancers(service)),
    missing: 'the load balancer has no address yet',
  }),
  'node-port': (service, nodes) => ({
    endpoints: onPorts(
      service,
      'nodePort',
      nodes.map(({ address }) => address),
    ),
    missing: 'the Service has no nodePorts',
  }),
  // A host that the Ingress names has to be asked for by that name: another name leads elsewhere.
  ingress: ingress => {
    const { host } = ingress.spec?.rules?.[0] ?? {}
    const addresses = balancers(ingress)
    const hosts = addresses.length > 0 && host !== undefined ? [host] : addresses
    const isSecure = (ingress.spec?.tls ?? []).length > 0
    const port = isSecure ? HTTPS : HTTP
    const more = {
      ...(ingress.spec?.rules?.[0]?.http?.paths?.length > 1 && { config: port }),
      ...(isSecure && { scheme: 'https' as const }),
    }
    const endpoints = hosts.slice(0, MOST).map(name => ({ host: name, events: port, ...more }))
    return { endpoints, missing: 'the Ingress has no address yet' }
  },
  'gateway-api': atListener,
  'cluster-ip': () => ({ endpoints: [], missing: 'a ClusterIP Service is reachable inside the cluster only' }),
}

/** The hosts with the Service's own ports; without a config port where that API stays inside of the cluster. */
function onPorts(service: KubeObject, field: 'port' | 'nodePort', hosts: readonly string[]): Endpoint[] {
  const config = portOf(service, 'config', field)
  const events = portOf(service, 'events', field)
  if (events === undefined) return []
  return [...new Set(hosts)].slice(0, MOST).map(host => ({ host, events, ...(config === undefined ? {} : { config }) }))
}

/** The host name or the addresses of the Gateway, with the port of the listener that admits the route, of HTTPS before HTTP. */
function atListener(route: Source): Candidates {
  const trouble = whyNotServed(route)
  if (trouble !== undefined) return { endpoints: [], missing: trouble.reason }
  const { namespace = '' } = route.metadata
  const [host = ''] = (route.spec?.hostnames ?? []) as string[]
  const parent = parentOf(route)
  const wanted = { namespace, host, gatewayNamespace: parent.namespace ?? namespace }
  // The controller has checked the labels of the namespace.
  const labels = undefined
  const admitting = listenersFor(route.gateway?.spec, parent.sectionName).filter(
    each => whyRefused(each, { ...wanted, labels }) === undefined,
  )
  // Nobody is led to http where https is served.
  const listener = admitting.find(({ protocol }) => protocol === 'HTTPS') ?? admitting[0]
  const addresses = addressesOf(route)
  if (listener === undefined || addresses.length === 0)
    return {
      endpoints: [],
      missing: listener ? 'the Gateway has no address yet' : "none of the Gateway's HTTP listeners allows the route",
    }
  // A host that the route or the listener names has to be asked for by that name: another name leads elsewhere.
  const name = host || listener.hostname
  const more = {
    ...((route.spec?.rules?.length ?? 0) > 1 && { config: listener.port }),
    ...(listener.protocol === 'HTTPS' && { scheme: 'https' as const }),
  }
  const hosts = name ? [name] : addresses
  const endpoints = hosts.slice(0, MOST).map(host => ({ host, events: listener.port, ...more }))
  return { endpoints, missing: '' }
}
