import { lookup } from 'node:dns/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { isPublicAddress } from '../cluster/public-address.ts'
import type { KubeObject } from '../kube/object.ts'
import { balancers } from '../kube/service.ts'
import type { Settings } from '../settings/rows.ts'
import { isIP } from '../text/ip.ts'
import { oneLine } from '../text/sanitize.ts'

/** An address of a Service or an Ingress at which the internet may reach the gateway. */
export type PublicAddress = {
  /** Why it counts as public, as the end of a sentence. */
  because: string
  /** False for a name that this machine can't resolve: the name may lead anywhere. */
  isProven: boolean
}

/** A resolver that is silent for longer counts as one that doesn't know the name. */
const LOOKUP_MS = 2000
/** A Service has one or two names. More than these aren't resolved and count as unknown. */
const MOST_NAMES = 10

/**
 * The address by which the internet may reach a Service or an Ingress: a public IP address, else a name that resolves to
 * one, else a name that can't be resolved from this machine. Undefined where every address is private, or none is there yet.
 */
export async function findPublicAddress(source: KubeObject): Promise<PublicAddress | undefined> {
  const isService = source.kind === 'Service'
  if (isService && source.spec?.type !== 'LoadBalancer') return undefined
  const where = isService ? 'the load balancer' : 'the Ingress'
  const hosts = balancers(source)
  const ip = hosts.find(isPublicAddress)
  if (ip !== undefined) return { because: `${where} has the public address ${oneLine(ip, 60)}`, isProven: true }

  // The person chose the host of an Ingress, and it may not be in the DNS at all: it counts only if it leads to the internet.
  const rules: { host?: string }[] = isService ? [] : (source.spec?.rules ?? [])
  const chosen = rules.flatMap(({ host }) => (typeof host === 'string' ? [host] : []))
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
 * The public address of a Service or an Ingress that the person has not agreed to: nobody has said who can access the
 * gateway, or `internal` was given and the address is still public. The name of an internal load balancer may take
 * minutes to resolve, so there only a proved address counts.
 */
export async function findUnwantedAddress(source: KubeObject, said: Said): Promise<PublicAddress | undefined> {
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
