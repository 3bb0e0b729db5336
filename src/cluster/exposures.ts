type ExposureRow = {
  id: string
  /** spec.type of the gateway's Service. */
  serviceType: 'LoadBalancer' | 'NodePort' | 'ClusterIP'
  label: string
  /** What it means for clients, in a few words. */
  hint: string
  /** The object that says where the gateway is reached. */
  source: 'Service' | 'Ingress' | 'HTTPRoute'
  needsNodes: boolean
}

/** How a cluster lets clients reach the gateway, a row each; `endpoints/candidates.ts` knows where each of them answers. */
export const EXPOSURES = [
  {
    id: 'load-balancer',
    serviceType: 'LoadBalancer',
    label: 'load balancer',
    hint: 'one address from the cloud or MetalLB',
    source: 'Service',
    needsNodes: false,
  },
  {
    id: 'node-port',
    serviceType: 'NodePort',
    label: 'node port',
    hint: 'one port per API on every node',
    source: 'Service',
    needsNodes: true,
  },
  {
    id: 'ingress',
    serviceType: 'ClusterIP',
    label: 'ingress',
    hint: 'host name and paths through an ingress controller',
    source: 'Ingress',
    needsNodes: false,
  },
  {
    id: 'gateway-api',
    serviceType: 'ClusterIP',
    label: 'Gateway API',
    hint: 'an HTTPRoute on a Gateway',
    source: 'HTTPRoute',
    needsNodes: false,
  },
  {
    id: 'cluster-ip',
    serviceType: 'ClusterIP',
    label: 'inside the cluster only',
    hint: 'use eg-setup forward',
    source: 'Service',
    needsNodes: false,
  },
] as const satisfies readonly ExposureRow[]

export type Exposure = (typeof EXPOSURES)[number]['id']

/** The row of an exposure. */
export const exposureRow = (id: Exposure): ExposureRow => EXPOSURES.find(row => row.id === id) ?? EXPOSURES[0]
