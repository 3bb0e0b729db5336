import { type Exposure, exposureRow } from '../cluster/exposures.ts'
import { ref } from '../kube/kinds.ts'
import type { KubeObject } from '../kube/object.ts'
import type { Kube } from '../kube/request/client.ts'
import { unlessForbidden } from '../kube/request/unless-forbidden.ts'
import { balancers } from '../kube/service.ts'
import { GATEWAY } from '../names.ts'

/**
 * The object that says where the gateway is reached: a Service, an Ingress, or an HTTPRoute with the Gateway that it attaches
 * to (undefined where that doesn't exist or can't be read).
 */
export type Source = KubeObject & { gateway?: KubeObject | undefined }

/** Reads the source; undefined if it doesn't exist. */
export async function findSource(kube: Kube, exposure: Exposure, namespace: string): Promise<Source | undefined> {
  const found = await kube.read(ref(exposureRow(exposure).source, GATEWAY, namespace))
  return found?.kind === 'HTTPRoute' ? withGateway(kube, found) : found
}

/** The HTTPRoute with its Gateway. */
async function withGateway(kube: Kube, route: KubeObject): Promise<Source> {
  const { name, namespace = route.metadata.namespace } = parentOf(route)
  const gateway = name === undefined ? undefined : await unlessForbidden(kube.read(ref('Gateway', name, namespace)))
  return { ...route, gateway }
}

/** The Gateway that an HTTPRoute names; its namespace unless it is the route's own. */
export const parentOf = ({ spec }: KubeObject): { name?: string; namespace?: string; sectionName?: string } =>
  spec?.parentRefs?.[0] ?? {}

/** Gateway API has more types of addresses, which only one implementation understands each. */
const ADDRESS_TYPES = ['IPAddress', 'Hostname']

/** The addresses that a controller has given the gateway: IPs and host names. */
export function addressesOf(source: Source): string[] {
  const gateway = source.kind === 'HTTPRoute' ? source.gateway : source.kind === 'Gateway' ? source : undefined
  if (gateway === undefined) return source.kind === 'HTTPRoute' ? [] : balancers(source)
  const addresses: { type?: string; value?: string }[] = gateway.status?.addresses ?? []
  return [
    ...new Set(
      addresses.flatMap(({ type = 'IPAddress', value = '' }) => (ADDRESS_TYPES.includes(type) && value ? [value] : [])),
    ),
  ]
}
