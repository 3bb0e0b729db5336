import type { Exposure } from '../cluster/exposures.ts'
import type { NodeAddress } from '../cluster/facts.ts'
import type { Endpoint } from '../gateway/endpoint.ts'
import type { KubeObject } from '../kube/object.ts'
import { balancers, portOf } from '../kube/service.ts'

/** What there is to try, best first; `missing` says why there is nothing. */
type Candidates = { endpoints: readonly Endpoint[]; missing: string }

/** More addresses than these are not tried: one that answers is enough. */
const MOST = 10
const HTTP = 80

/** Where each exposure may answer, by its Service or Ingress and the addresses of the nodes. */
export const CANDIDATES: Readonly<Record<Exposure, (source: KubeObject, nodes: readonly NodeAddress[]) => Candidates>> =
  {
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
      const config = ingress.spec?.rules?.[0]?.http?.paths?.length > 1 ? { config: HTTP } : {}
      const endpoints = hosts.slice(0, MOST).map(name => ({ host: name, events: HTTP, ...config }))
      return { endpoints, missing: 'the Ingress has no address yet' }
    },
    'cluster-ip': () => ({ endpoints: [], missing: 'a ClusterIP Service is reachable inside the cluster only' }),
  }

/** The hosts with the Service's own ports; without a config port where that API stays inside of the cluster. */
function onPorts(service: KubeObject, field: 'port' | 'nodePort', hosts: readonly string[]): Endpoint[] {
  const config = portOf(service, 'config', field)
  const events = portOf(service, 'events', field)
  if (events === undefined) return []
  return [...new Set(hosts)].slice(0, MOST).map(host => ({ host, events, ...(config === undefined ? {} : { config }) }))
}
