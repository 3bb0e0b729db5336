import type { KubeObject } from './object.ts'

/** The number in a named port of the Service: `port` in front of a load balancer, `nodePort` on a node. */
export function portOf(service: KubeObject, name: string, field: 'port' | 'nodePort'): number | undefined {
  const ports: { name?: string; port?: number; nodePort?: number }[] = service.spec?.ports ?? []
  return ports.find(port => port.name === name)?.[field] || undefined
}

/** Whether a port of a Service leads to the config API, whatever it is called. */
export const isConfigPort = ({ name, targetPort }: { name?: string; targetPort?: unknown }): boolean =>
  name === 'config' || targetPort === 'config'

/** Addresses in status.loadBalancer.ingress of a Service or an Ingress: each entry has an ip, a hostname or both. */
export function balancers({ status }: KubeObject): string[] {
  const entries: { ip?: string; hostname?: string }[] = status?.loadBalancer?.ingress ?? []
  return [
    ...new Set(entries.flatMap(({ ip, hostname }) => [ip, hostname].filter(host => typeof host === 'string'))),
  ].filter(host => host !== '')
}
