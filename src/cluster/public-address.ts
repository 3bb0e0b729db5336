import { BlockList, isIP } from 'node:net'

/**
 * What the internet doesn't route to a host: the entries of IANA's special-purpose registries for IPv4 and IPv6 that aren't
 * globally reachable, and multicast. The documentation ranges are missing on purpose: nobody's network should use them, so
 * an address there proves nothing.
 */
const UNROUTED = new BlockList()
for (const range of [
  '0.0.0.0/8',
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.0.0.0/24',
  '192.168.0.0/16',
  '198.18.0.0/15',
  '224.0.0.0/4',
  '240.0.0.0/4',
  '::/128',
  '::1/128',
  '64:ff9b:1::/48',
  '100::/64',
  '5f00::/16',
  'fc00::/7',
  'fe80::/10',
  'fec0::/10',
  'ff00::/8',
]) {
  const [net = '', bits] = range.split('/')
  UNROUTED.addSubnet(net, Number(bits), isIP(net) === 6 ? 'ipv6' : 'ipv4')
}

/**
 * Whether an IP address may be reachable from the internet; false for a name. An IPv4 address mapped into IPv6 is judged
 * as the IPv4 address. One that NAT64 translates (64:ff9b::/96) is public, as RFC 6052 allows no private ones there.
 */
export function isPublicAddress(address: string): boolean {
  const [host = ''] = address.split('%')
  const family = isIP(host)
  return family !== 0 && !UNROUTED.check(host, family === 6 ? 'ipv6' : 'ipv4')
}
