import { isDnsName, isIP } from '../text/ip.ts'
import { type Read, show, type Type } from './types.ts'

/** A pod would ask itself. */
const LOOPBACK = /^(localhost\.?|127\.[\d.]+|\[::1\])$/i

/** Where an etcd answers: host:port, IPv6 in brackets; a list, or one text with commas. The gateway speaks no TLS with it. */
export const etcdEndpoints: Type<readonly string[]> = {
  schema: {
    type: 'array',
    items: { type: 'string', pattern: '^[^:/]+:[0-9]{1,5}$|^\\[[0-9a-fA-F:.]+\\]:[0-9]{1,5}$' },
  },
  read: value => {
    const items = typeof value === 'string' ? value.split(',') : value
    if (!Array.isArray(items)) return { problem: `must be a list such as etcd.example.com:2379; got ${show(value)}` }
    for (const item of items) {
      const wrong = problemOf(item)
      if (wrong) return wrong
    }
    return { value: items.map((item: string) => item.trim()).filter(item => item !== '') }
  },
}

function problemOf(item: unknown): Exclude<Read<never>, { value: never }> | undefined {
  const text = typeof item === 'string' ? item.trim() : undefined
  if (text === '') return undefined
  if (text !== undefined && /^https:/i.test(text))
    return {
      problem: `has ${show(item)}, but the gateway doesn't support TLS to etcd`,
      fix: 'Use an endpoint without TLS.',
    }
  const [, host = '', port = ''] = /^(.*):(\d{1,5})$/.exec(text ?? '') ?? []
  const isHost = host.startsWith('[')
    ? isIP(host.slice(1, -1)) === 6 && host.endsWith(']')
    : isIP(host) === 4 || isDnsName(host)
  if (!isHost || Number(port) < 1 || Number(port) > 65_535)
    return {
      problem: `has ${show(item)}, which is not HOST:PORT`,
      fix: 'Write etcd.example.com:2379 or [2001:db8::1]:2379.',
    }
  if (LOOPBACK.test(host))
    return {
      problem: `contains ${show(item)}, a loopback address: inside a pod, it reaches only the pod itself`,
      fix: 'Use a host name or address that pods can reach.',
    }
  return undefined
}
