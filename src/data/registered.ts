import { UserError } from '../errors.ts'
import type { Asked } from '../gateway/ask.ts'
import { saidBy } from '../gateway/registrations.ts'
import type { Ask } from '../gateway/replicas.ts'
import { limitConcurrency } from '../kube/request/limit-concurrency.ts'
import { KIND_NAMES, KINDS, type Kind, type Registration, toRegistration } from './registration.ts'

/** A registration that the gateway has, and its path in the config API. */
export type Registered = Registration & { readonly path: string }

export type ConfigApi = { namespace: string; ask: Ask; signal: AbortSignal }

/** Lists at once. */
const MOST_LISTS = 8
/** Over the 10 s after which a gateway without etcd closes the connection of a POST. */
const ANSWER_MS = 12_000

/** The segment of a path that names a registration: the id of a CORS configuration is escaped already. */
const segmentOf = (kind: Kind, entry: Readonly<Record<string, unknown>>): string => {
  if (kind === 'cors') return String(entry['corsId'])
  const id = { eventTypes: 'name', functions: 'functionId', subscriptions: 'subscriptionId' }[kind]
  return encodeURIComponent(String(entry[id]))
}

export const pathOf = (kind: Kind, space: string): string => `/v1/spaces/${space}/${KINDS[kind].resource}`

/** What the gateway has in these spaces, by the config API. Throws UserError where it does not answer. */
export async function listRegistered(api: ConfigApi, spaces: readonly string[]): Promise<Registered[]> {
  const limit = limitConcurrency(MOST_LISTS)
  const lists = spaces.flatMap(space => KIND_NAMES.map(kind => limit(() => list(api, kind, space))))
  return (await Promise.all(lists)).flat()
}

async function list(api: ConfigApi, kind: Kind, space: string): Promise<Registered[]> {
  const path = pathOf(kind, space)
  const asked = await askAgain(api, { method: 'GET', path })
  const entries = 'status' in asked && asked.status === 200 ? entriesIn(asked.text, kind) : undefined
  if (entries === undefined) throw refused(api, `GET ${path}`, saidBy(asked))
  return entries.flatMap(entry => {
    const registration = toRegistration(kind, space, entry)
    return registration === undefined ? [] : [{ ...registration, path: `${path}/${segmentOf(kind, entry as never)}` }]
  })
}

function entriesIn(text: string, kind: Kind): unknown[] | undefined {
  try {
    const listed = (JSON.parse(text) as Readonly<Record<string, unknown>> | null)?.[kind]
    return Array.isArray(listed) ? listed : undefined
  } catch {
    return undefined
  }
}

const RETRIES = 5
const PAUSE_MS = 250

/** Asks again where no answer comes, or one that the gateway gives when etcd is in trouble. */
export async function askAgain({ ask, signal }: ConfigApi, question: Parameters<Ask>[0]): Promise<Asked> {
  for (let tries = 1; ; tries++) {
    const asked = await ask(question, ANSWER_MS, signal)
    if (tries > RETRIES || ('status' in asked && asked.status < 500)) return asked
    await new Promise(wake => setTimeout(wake, PAUSE_MS * 2 ** tries))
    signal.throwIfAborted()
  }
}

export const refused = ({ namespace }: ConfigApi, what: string, said: string): UserError =>
  new UserError(`The config API of the Event Gateway in namespace ${namespace} refused ${what}: ${said}.`, {
    fix: 'Fix the cause, then run the same command again to resume.',
  })
