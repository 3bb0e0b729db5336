import { BlockList, isIP } from 'node:net'

type Env = Readonly<Record<string, string | undefined>>

/**
 * The proxy that the environment asks for on the way to `server`, as Go's golang.org/x/net/http/httpproxy decides it,
 * so that eg-setup goes where kubectl goes. undefined for none.
 */
export function proxyFor(server: URL, env: Env): string | undefined {
  const names = server.protocol === 'http:' ? ['HTTP_PROXY', 'http_proxy'] : ['HTTPS_PROXY', 'https_proxy']
  const proxy = first(env, names)
  if (!proxy || !isProxied(server, first(env, ['NO_PROXY', 'no_proxy']))) return undefined
  return /^[a-z][a-z0-9+.-]*:\/\//i.test(proxy) ? proxy : `http://${proxy}`
}

const first = (env: Env, names: readonly string[]) => names.map(name => env[name]).find(Boolean) ?? ''

function isProxied(server: URL, exceptions: string): boolean {
  const host = bare(server.hostname)
  const port = server.port || (server.protocol === 'http:' ? '80' : '443')
  if (host === 'localhost' || matches(host, '127.0.0.0/8') || host === '::1') return false
  return !exceptions.split(',').some(entry => excepts(entry.trim().toLowerCase(), host, port))
}

const bare = (host: string) => host.replace(/^\[|\]$/g, '').toLowerCase()

/** `x.io` means itself and what is below, `.x.io` and `*.x.io` only what is below; each may end in a port. */
function excepts(entry: string, host: string, port: string): boolean {
  if (entry === '*') return true
  if (entry.includes('/')) return matches(host, entry)
  const [, name = entry, itsPort] = isIP(entry) ? [] : (/^(.*?)(?::(\d+))?$/.exec(entry) ?? [])
  if (!name || (itsPort && itsPort !== port)) return false
  if (isIP(bare(name))) return isIP(host) !== 0 && matches(host, `${bare(name)}/${isIP(bare(name)) === 4 ? 32 : 128}`)
  const suffix = name.replace(/^\*/, '')
  return suffix.startsWith('.') ? host.endsWith(suffix) : host === suffix || host.endsWith(`.${suffix}`)
}

function matches(host: string, cidr: string): boolean {
  const [net = '', bits = ''] = cidr.split('/')
  const family = isIP(net)
  if (family === 0 || isIP(host) !== family || !/^\d{1,3}$/.test(bits) || Number(bits) > (family === 4 ? 32 : 128))
    return false
  const list = new BlockList()
  list.addSubnet(net, Number(bits), family === 4 ? 'ipv4' : 'ipv6')
  return list.check(host, family === 4 ? 'ipv4' : 'ipv6')
}
