import { UserError } from '../errors.ts'
import { ref } from '../kube/kinds.ts'
import type { KubeObject } from '../kube/object.ts'
import type { Kube } from '../kube/request/client.ts'
import { ApiError } from '../kube/request/connection.ts'
import { unlessForbidden } from '../kube/request/unless-forbidden.ts'
import { GATEWAY } from '../names.ts'
import type { Answer } from './ask.ts'
import { METRICS, spacesIn } from './counters.ts'
import { isReady } from './dial.ts'
import { type ConfigApi, listRoutes } from './registrations.ts'
import { type Ask, askPodPort } from './replicas.ts'
import { readKey, type Stored, SUBSCRIPTIONS } from './routes.ts'

/** Where not all of them can be known, the reason as a clause. */
export type Known = { stored: readonly Stored[]; missing?: string }

const ANSWER_MS = 5_000
const ETCD_PORT = 2379
const PAGE = 500
/** 50,000 subscriptions. */
const MOST_PAGES = 100
const MOST_MEMBERS = 20

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

/** The pods behind the Service that the gateway finds its etcd by; the reason where that is no Service of this cluster. */
async function findMembers(kube: Kube, namespace: string): Promise<readonly KubeObject[] | string> {
  const deployment = await kube.read(ref('Deployment', GATEWAY, namespace))
  const args: readonly string[] = deployment?.spec?.template?.spec?.containers?.[0]?.args ?? []
  const host = [...args.join(' ').matchAll(/(?:^| )--?db-hosts[= ]([^,: ]+)/g)].at(-1)?.[1] ?? ''
  const [, name, place = namespace] = /^([a-z0-9-]+)(?:\.([a-z0-9-]+)(?:\.svc(?:\..+)?)?)?$/.exec(host) ?? []
  const service = name && (await unlessForbidden(kube.read(ref('Service', name, place))))
  const selector = service ? service.spec?.selector : undefined
  if (selector === undefined) return `etcd runs outside this cluster (${host})`
  return kube.list('Pod', { namespace: place, labels: selector, limit: MOST_MEMBERS })
}

const encode = (text: string) => Buffer.from(text).toString('base64')
const END = `${SUBSCRIPTIONS.slice(0, -1)}0` // the first key after all that begin so

/** The keys by etcd's JSON API, page by page, or why a member does not give them. */
export async function readKeys(ask: Ask, signal: AbortSignal): Promise<string[] | string> {
  const keys: string[] = []
  for (let page = 0; page < MOST_PAGES; page++) {
    const key = encode(keys.length === 0 ? SUBSCRIPTIONS : `${keys.at(-1)}\0`)
    const body = { key, range_end: encode(END), limit: PAGE, keys_only: true }
    const asked = await ask({ method: 'POST', path: '/v3/kv/range', body }, ANSWER_MS, signal)
    if ('reason' in asked) return asked.reason
    const found = parseRange(asked)
    if (found === undefined) return `etcd answers with HTTP ${asked.status}`
    keys.push(...found.keys)
    if (!found.more || found.keys.length === 0) return keys
  }
  return `etcd stores more than ${PAGE * MOST_PAGES} subscriptions`
}

function parseRange({ status, text }: Answer): { keys: string[]; more: boolean } | undefined {
  try {
    const { kvs = [], more = false } = JSON.parse(text) as { kvs?: { key: string }[]; more?: boolean }
    if (status === 200) return { keys: kvs.map(({ key }) => Buffer.from(key, 'base64').toString()), more }
  } catch {}
  return undefined
}
