import { isDnsName, isIP } from '../text/ip.ts'
import { choice, listOf, matching, scalar, show, type Type } from './types.ts'

/** Everybody, as an entry of `allowFrom`. */
export const ANY = 'any'

/** Whether `allowFrom` names networks. */
export const isLimited = (allowFrom: readonly string[]): boolean => allowFrom.length > 0 && allowFrom[0] !== ANY

/** A network as loadBalancerSourceRanges takes it; an address alone is a network of one. undefined for what is none. */
function networkOf(text: string): string | undefined {
  const [address = '', prefix, ...more] = text.split('/')
  const longest = isIP(address) === 4 ? 32 : 128
  if (isIP(address) === 0 || more.length > 0) return undefined
  if (prefix === undefined) return `${address}/${longest}`
  return /^\d{1,3}$/.test(prefix) && Number(prefix) <= longest ? text : undefined
}

/** Who can reach the gateway: networks, or "any" alone; [] if not set. */
export const networks: Type<readonly string[]> = {
  schema: { type: 'array', items: { type: 'string', pattern: `^${ANY}$|^[0-9a-fA-F.:]+/[0-9]+$` } },
  read: value => {
    const items = Array.isArray(value)
      ? value
      : typeof value === 'string'
        ? value.split(',').filter(item => item !== '')
        : undefined
    if (items === undefined) return { problem: `must be CIDRs such as 192.0.2.0/24, or any; got ${show(value)}` }
    if (items.includes(ANY))
      return items.length === 1
        ? { value: [ANY] }
        : { problem: 'combines any with networks, but any includes all networks' }
    const found: string[] = []
    for (const item of items) {
      const network = typeof item === 'string' ? networkOf(item.trim()) : undefined
      if (network === undefined)
        return { problem: `has ${show(item)}, which is not a CIDR`, fix: 'Write 192.0.2.0/24, 2001:db8::/32 or any.' }
      found.push(network)
    }
    return { value: found }
  },
}

const families = listOf(choice('IPv4', 'IPv6'), '[IPv4, IPv6]')

/** The IP families of a Service, the primary one first; [] if not set. */
export const ipFamilies: typeof families = {
  schema: { ...families.schema, uniqueItems: true },
  read: value => {
    const read = families.read(value)
    const isRepeated = 'value' in read && new Set(read.value).size < read.value.length
    return isRepeated ? { problem: `must list each IP family only once; got ${show(value)}` } : read
  },
}

/** A host of an Ingress or an HTTPRoute: a DNS name; empty for every host. */
export const hostName = scalar(
  'a DNS name such as gateway.example.com, or empty',
  text => (text === '' || (isDnsName(text) && /^[-.a-z0-9]+(?<!\.)$/.test(text)) ? text : undefined),
  undefined,
  { type: 'string', pattern: '^$|^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$', maxLength: 253 },
)

export const ingressClass = matching(
  'the name of an IngressClass, or empty for the default class',
  /^$|^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/,
  253,
)

export const gatewayClass = matching(
  'the name of a GatewayClass, or empty if the cluster has only one',
  /^$|^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/,
  253,
)

/** A Gateway, with its namespace and one of its listeners where they matter. */
export const gatewayName = matching(
  'a Gateway as [NAMESPACE/]NAME[#LISTENER], or empty',
  /^$|^([a-z0-9][-a-z0-9]*\/)?[a-z0-9][-a-z0-9.]*(#[a-z0-9][-a-z0-9.]*)?$/,
  571,
)

/** The parts of a Gateway's name; undefined for one that is not given. */
export function gatewayParts(text: string): { namespace?: string; name?: string; section?: string } {
  const [place = '', section] = text.split('#')
  const [name, namespace] = place.split('/').reverse()
  return { ...(namespace && { namespace }), ...(name && { name }), ...(section && { section }) }
}
