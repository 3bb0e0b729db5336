import { lookup } from 'node:dns/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { isPublicAddress } from '../cluster/public-address.ts'
import type { Settings } from '../settings/setting-rows.ts'
import { isIP } from '../text/ip.ts'
import { oneLine } from '../text/sanitize.ts'
import { addressesOf, type Source } from './gateway-source.ts'

/** An address of a Service, an Ingress or a Gateway at which the internet may reach the gateway. */
export type PublicAddress = {
  /** Why it counts as public, as the end of a sentence. */
  because: string
  /** False for a name that this machine can't resolve: the name may lead anywhere. */
  isProven: boolean
}

/** What has the addresses, by the kind of the source, and where the source has the host names that a person chose. */
const PLACES: Readonly<Record<string, { where: string; hosts: (source: Source) => (string | undefined)[] }>> = {
  Service: { where: 'the load balancer', hosts: () => [] },
  Ingress: {
    where: 'the Ingress',
    hosts: ({ spec }) => (spec?.rules ?? []).map(({ host }: { host?: string }) => host),
  },
  HTTPRoute: { where: 'the Gateway', hosts: ({ spec }) => spec?.hostnames ?? [] },
  Gateway: { where: 'the Gateway', hosts: () => [] },
}

/** A resolver that is silent for longer counts as one that doesn't know the name. */
const LOOKUP_MS = 2000
/** A Service has one or two names. More than these aren't resolved and count as unknown. */
const MOST_NAMES = 10

/**
 * The address by which the internet may reach a Service, an Ingress or a Gateway: a public IP address, else a name that resolves to
 * one, else a name that can't be resolved from this machine. Undefined where every address is private, or none is there yet.
 */
export async function findPublicAddress(source: Source): Promise<PublicAddress | undefined> {
  const place = PLACES[source.kind]
  if (place === undefined || (source.kind === 'Service' && source.spec?.type !== 'LoadBalancer')) return undefined
  const { where } = place
  const hosts = addressesOf(source)
  const ip = hosts.find(isPublicAddress)
  if (ip !== undefined) return { because: `${where} has the public address ${oneLine(ip, 60)}`, isProven: true }

  // The person chose these, and they may not be in the DNS at all: one counts only if it leads to the internet.
  const chosen = place.hosts(source).filter(host => typeof host === 'string')
  const names = hosts.filter(host => isIP(host) === 0)
  const resolved = await Promise.all([...names, ...chosen].slice(0, MOST_NAMES).map(resolve))
  const found = resolved.flatMap(({ name, ips }) => ips.filter(isPublicAddress).map(ip => ({ name, ip })))[0]
  if (found !== undefined)
    return {
      because: `${where} has the name ${oneLine(found.name, 60)}, which resolves to ${found.ip}`,
      isProven: true,
    }
  const unknown = names.find(name => !resolved.some(each => each.name === name && each.ips.length > 0))
  return unknown === undefined
    ? undefined
    : {
        because: `${where} has the name ${oneLine(unknown, 60)}, which can't be resolved from this machine`,
        isProven: false,
      }
}

type Said = Pick<Settings, 'allowFrom' | 'internal' | 'privateConfig'>

/**
 * The public address of a Service, an Ingress or a Gateway that the person did not agree to: no one chose who can access the
 * gateway, or `internal` was given and the address is still public. The name of an internal load balancer may take
 * minutes to resolve, so there only a proved address counts.
 */
export async function findUnwantedAddress(source: Source, said: Said): Promise<PublicAddress | undefined> {
  if (said.allowFrom.length > 0 || said.privateConfig) return undefined
  const found = await findPublicAddress(source)
  return found?.isProven || !said.internal ? found : undefined
}

/** The addresses of a name, none where it can't be resolved. */
async function resolve(name: string): Promise<{ name: string; ips: readonly string[] }> {
  const limit = new AbortController()
  const late = sleep(LOOKUP_MS, [], { signal: limit.signal, ref: false }).catch(() => [])
  const answer = lookup(name, { all: true }).then(
    found => found.map(({ address }) => address),
    () => [],
  )
  try {
    return { name, ips: await Promise.race([answer, late]) }
  } finally {
    limit.abort()
  }
}
