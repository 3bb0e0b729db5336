import { UserError } from '../errors.ts'
import type { Kube } from '../kube/request/client.ts'
import { ApiError } from '../kube/request/connection.ts'
import { METRICS, spacesIn } from './counters.ts'
import { ETCD_PORT, findMembers, readRange, TOO_MANY } from './etcd.ts'
import { isReady } from './pod-connection.ts'
import { type ConfigApi, listRoutes } from './registrations.ts'
import { type Ask, askPodPort } from './replicas.ts'
import { readKey, type Stored, SUBSCRIPTIONS } from './routes.ts'

/** Where not all of them can be known, the reason as a clause. */
export type Known = { stored: readonly Stored[]; missing?: string }

const MOST = 50_000

/**
 * The subscriptions of all spaces, which the gateway itself cannot list: the keys in etcd, without their values, read through
 * a port-forward to a member. What keeps them from being read is told as `missing`; throws only the signal's reason.
 */
export async function readStored(kube: Kube, namespace: string, signal: AbortSignal): Promise<Known> {
  try {
    const members = await findMembers(kube, namespace)
    if (typeof members === 'string') return { stored: [], missing: members }
    let missing = 'no etcd member is ready'
    for (const member of members.filter(isReady)) {
      const keys = await readKeys(askPodPort(kube, member, ETCD_PORT), signal)
      if (typeof keys !== 'string') return fromKeys(keys)
      missing = keys
    }
    return { stored: [], missing }
  } catch (error) {
    signal.throwIfAborted()
    if (!(error instanceof UserError || error instanceof ApiError)) throw error
    return { stored: [], missing: error.message.replace(/\.$/, '') }
  }
}

const METRICS_MS = 6_000
const MOST_SPACES = 100
const MOST_NAMED = 10

/**
 * The same, and where etcd does not tell: the subscriptions of `default` and of the spaces that the counters of these replicas
 * name, by the config API. Throws NotVerified where that refuses.
 */
export async function learnStored(kube: Kube, api: ConfigApi, replicas: readonly Ask[]): Promise<Known> {
  const known = await readStored(kube, api.namespace, api.signal)
  if (known.missing === undefined) return known
  const answers = await Promise.all(replicas.map(ask => ask(METRICS, METRICS_MS, api.signal)))
  const used = answers.flatMap(answer => ('status' in answer ? spacesIn(answer.text) : []))
  const spaces = [...new Set(['default', ...used])].slice(0, MOST_SPACES)
  const lists = await Promise.all(spaces.map(space => listRoutes(api, space)))
  const missing = `only the subscriptions in space ${spaces.slice(0, MOST_NAMED).join(', ')} were read (${known.missing})`
  return { stored: [...known.stored, ...lists.flat()], missing }
}

function fromKeys(keys: readonly string[]): Known {
  // The gateway keeps a key for the folder itself.
  const found = keys.filter(key => key !== SUBSCRIPTIONS).map(key => readKey(key))
  const stored = found.filter(each => each !== undefined)
  const strange = found.length - stored.length
  return strange === 0
    ? { stored }
    : { stored, missing: `${strange} keys in etcd don't match the format of Event Gateway 0.9` }
}

/** The keys of all subscriptions, or why a member does not give them. */
export async function readKeys(ask: Ask, signal: AbortSignal): Promise<string[] | string> {
  const read = await readRange(ask, { prefix: SUBSCRIPTIONS, keysOnly: true, most: MOST }, signal)
  if (!('reason' in read)) return read.entries.map(({ key }) => key)
  return read.reason === TOO_MANY ? `etcd stores more than ${MOST} subscriptions` : read.reason
}
