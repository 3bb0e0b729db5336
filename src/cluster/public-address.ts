import { BlockList, isIP } from 'node:net'

/** What the internet does not route (RFC 6890): private, shared, loopback, link-local, benchmarking (OrbStack's nodes). */
const UNROUTED = new BlockList()
for (const range of [
  '10.0.0.0/8',
  '172.16.0.0/12',
  '192.168.0.0/16',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '169.254.0.0/16',
  '198.18.0.0/15',
  '::1/128',
  'fc00::/7',
  'fe80::/10',
]) {
  const [net = '', bits] = range.split('/')
  UNROUTED.addSubnet(net, Number(bits), isIP(net) === 6 ? 'ipv6' : 'ipv4')
}

/** Whether an IP address may be reached from anywhere; false for a name. */
export function isPublicAddress(address: string): boolean {
  const family = isIP(address)
  return family !== 0 && !UNROUTED.check(address, family === 6 ? 'ipv6' : 'ipv4')
}
