import * as v from 'valibot'
import { ref } from '../kube/kinds.ts'
import type { KubeObject } from '../kube/object.ts'
import type { Kube } from '../kube/request/client.ts'
import { unlessForbidden } from '../kube/request/unless-forbidden.ts'
import { GATEWAY } from '../names.ts'
import type { Answer } from './ask.ts'
import type { Ask } from './replicas.ts'

export const ETCD_PORT = 2379
const ANSWER_MS = 5_000
const PAGE = 500
const MOST_MEMBERS = 20

/** The pods behind the Service that the gateway finds its etcd by; the reason where that is no Service of this cluster. */
export async function findMembers(kube: Kube, namespace: string): Promise<readonly KubeObject[] | string> {
  const deployment = await kube.read(ref('Deployment', GATEWAY, namespace))
  if (deployment === undefined) return `deployment/${GATEWAY} doesn't exist`
  const args: readonly string[] = deployment.spec?.template?.spec?.containers?.[0]?.args ?? []
  const host = [...args.join(' ').matchAll(/(?:^| )--?db-hosts[= ]([^,: ]+)/g)].at(-1)?.[1] ?? ''
  const [, name, place = namespace] = /^([a-z0-9-]+)(?:\.([a-z0-9-]+)(?:\.svc(?:\..+)?)?)?$/.exec(host) ?? []
  const service = name && (await unlessForbidden(kube.read(ref('Service', name, place))))
  const selector = service ? service.spec?.selector : undefined
  if (selector === undefined) return `etcd runs outside this cluster (${host})`
  return kube.list('Pod', { namespace: place, labels: selector, limit: MOST_MEMBERS })
}

export type Entry = { readonly key: string; readonly value: string }

type Range = {
  prefix: string
  /** Leaves the values out: they are ''. */
  keysOnly?: true
  most: number
  /** What the member itself has, though it may lack the newest: it answers without a quorum. */
  serializable?: true
  /** Hears how many entries were read so far, and how many are left. */
  onPage?: (read: number, left: number) => void
}

/** The reason for a range with more entries than `most`. */
export const TOO_MANY = 'etcd stores too many keys'
/** gRPC's OUT_OF_RANGE: the revision was compacted while its pages were read. */
const OUT_OF_RANGE = 11
const MOST_TRIES = 3

/**
 * All entries whose keys begin so, by etcd's JSON API, page by page at the revision of the first page; or why a member does
 * not give them (https://etcd.io/docs/v3.6/dev-guide/api_grpc_gateway).
 */
export async function readRange(
  ask: Ask,
  range: Range,
  signal: AbortSignal,
): Promise<{ entries: readonly Entry[] } | { reason: string }> {
  let reason = ''
  for (let tries = 0; tries < MOST_TRIES; tries++) {
    const read = await readPages(ask, range, signal)
    if ('entries' in read || !read.isCompacted) return read
    reason = read.reason
  }
  return { reason }
}

async function readPages(ask: Ask, range: Range, signal: AbortSignal) {
  const { prefix, keysOnly, serializable, most, onPage } = range
  const entries: Entry[] = []
  // The first key after all that begin so.
  const end = encode(prefix.slice(0, -1) + String.fromCharCode(prefix.charCodeAt(prefix.length - 1) + 1))
  for (let at: { revision?: string } = {}; ; ) {
    const key = encode(entries.length === 0 ? prefix : `${entries.at(-1)!.key}\0`)
    const options = { ...(keysOnly && { keys_only: true }), ...(serializable && { serializable }) }
    const body = { key, range_end: end, limit: PAGE, ...at, ...options }
    const asked = await ask({ method: 'POST', path: '/v3/kv/range', body }, ANSWER_MS, signal)
    if ('reason' in asked) return { reason: asked.reason, isCompacted: false }
    const found = parseRange(asked)
    if (found === undefined)
      return { reason: `etcd answers with HTTP ${asked.status}`, isCompacted: codeOf(asked) === OUT_OF_RANGE }
    entries.push(...found.kvs.map(({ key, value }) => ({ key: decode(key), value: decode(value) })))
    onPage?.(entries.length, Number(found.count) - found.kvs.length)
    if (!found.more || found.kvs.length === 0) return { entries }
    if (entries.length >= most) return { reason: TOO_MANY, isCompacted: false }
    at = { ...(found.header?.revision && { revision: found.header.revision }), ...at }
  }
}

const encode = (text: string) => Buffer.from(text).toString('base64')
const decode = (text: string) => Buffer.from(text, 'base64').toString()

const RANGE = v.object({
  header: v.optional(v.object({ revision: v.optional(v.string()) })),
  kvs: v.optional(v.array(v.object({ key: v.string(), value: v.optional(v.string(), '') })), []),
  more: v.optional(v.boolean(), false),
  count: v.optional(v.string(), '0'),
})

function parseRange({ status, text }: Answer): v.InferOutput<typeof RANGE> | undefined {
  const read = v.safeParse(RANGE, parsed(text))
  return status === 200 && read.success ? read.output : undefined
}

const codeOf = ({ text }: Answer) => (parsed(text) as { code?: unknown } | undefined)?.code

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
