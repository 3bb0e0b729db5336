import { oneLine } from '../ui/sanitize.ts'
import type { Answer, Asked, Question } from './ask.ts'
import { NotVerified } from './failures.ts'
import { SPACE } from './probe.ts'
import type { Ask } from './replicas.ts'

/** The names that one proof registers under; those of another run of the same moment are others. */
export type Names = { functionId: string; eventType: string; path: string; method: string }

/** Over the 10 s after which a gateway without etcd closes the connection of a POST. */
const TIMEOUT_MS = 12_000

/** The config API, for questions that have to be answered. `where` is what it is called in messages. */
export type ConfigApi = { namespace: string; where: string; ask: Ask; signal: AbortSignal }

const CONTENT_TYPE = 'application/json'
const pathOf = (resource: string, space = SPACE) => `/v1/spaces/${space}/${resource}`

/** What the proof registers, in this order: an event type, and a function that is the config API of the gateway itself. */
export const toRegister = ({ functionId, eventType, path, method }: Names, functionUrl: string) => ({
  function: post('functions', { functionId, type: 'http', provider: { url: functionUrl } }),
  eventType: post('eventtypes', { name: eventType }),
  subscription: post('subscriptions', { type: 'sync', eventType, functionId, path, method }),
})

const post = (resource: string, body: object): Question => ({
  method: 'POST',
  path: pathOf(resource),
  body,
  type: CONTENT_TYPE,
})

/** The URL that the proof's function has: it answers every CloudEvent with a JSON object, which says that it wants a name. */
export const loopUrl = (service: string, namespace: string, port: number): string =>
  `http://${service}.${namespace}.svc:${port}${pathOf('eventtypes')}`

/** The event that it sends. */
export const eventOf = ({ eventType, path, method }: Names, id: string): Question => ({
  method,
  path,
  type: 'application/cloudevents+json',
  body: { eventType, cloudEventsVersion: '0.1', source: '/eg-setup', eventID: id, data: {} },
})

/** Throws NotVerified unless the answer has one of these statuses. */
export async function require(api: ConfigApi, question: Question, ...statuses: readonly number[]): Promise<Answer> {
  const asked = await api.ask(question, TIMEOUT_MS, api.signal)
  if ('status' in asked && statuses.includes(asked.status)) return asked
  const where = `${question.method} ${question.path}`
  throw new NotVerified('refused', { namespace: api.namespace, where, said: saidBy(asked) })
}

/** An answer as a clause: why there is none, or its status and what the gateway says about it. */
export function saidBy(asked: Asked): string {
  if ('reason' in asked) return asked.reason
  const { status, text } = asked
  const message = /^\{"errors":\[\{"message":("(?:[^"\\]|\\.)*")/.exec(text)?.[1]
  const said = oneLine(message === undefined ? text : JSON.parse(message), 200)
  return said === '' ? `HTTP ${status}` : `${status} ${said}`
}

type Listed = {
  functionId?: string
  name?: string
  subscriptionId?: string
  type?: string
  path?: string
  method?: string
}

async function list(api: ConfigApi, resource: string, key: string, space?: string): Promise<Listed[]> {
  const { text } = await require(api, { method: 'GET', path: pathOf(resource, space) }, 200)
  try {
    return (JSON.parse(text) as Record<string, Listed[]>)[key] ?? []
  } catch {
    return []
  }
}

export const listFunctions = (api: ConfigApi): Promise<Listed[]> => list(api, 'functions', 'functions')

/** In the order in which the gateway lets them go. */
const RESOURCES = [
  { resource: 'subscriptions', key: 'subscriptions', id: 'subscriptionId', names: 'functionId' },
  { resource: 'functions', key: 'functions', id: 'functionId', names: 'functionId' },
  { resource: 'eventtypes', key: 'eventTypes', id: 'name', names: 'name' },
] as const

/** Removes what was registered under these names; all that is in the space of the proofs where none are given. */
export async function unregister(api: ConfigApi, names?: Names): Promise<void> {
  const ours: readonly (string | undefined)[] = names ? [names.functionId, names.eventType] : []
  for (const row of RESOURCES)
    for (const found of await list(api, row.resource, row.key)) {
      if (names && !ours.includes(found[row.names])) continue
      const path = `${pathOf(row.resource)}/${encodeURIComponent(found[row.id] ?? '')}`
      // A run beside this one may be using what it has registered, or have removed it.
      await require(api, { method: 'DELETE', path }, 204, 404, ...(names ? [] : [400]))
    }
}

/** A user's catch-all is mostly POST or GET. */
const METHODS = ['PATCH', 'PUT', 'DELETE']

/**
 * A method that no catch-all subscription takes: the gateway keeps one tree of paths for all spaces. They cannot be listed;
 * asked are `default` and those in the gateway's metrics.
 */
export async function freeMethod(api: ConfigApi): Promise<string> {
  const { text } = await require(api, { method: 'GET', path: '/v1/metrics' }, 200)
  const spaces = new Set(['default', ...[...text.matchAll(/[{,]space="([\w.-]+)"/g)].map(([, space]) => space!)])
  const lists = await Promise.all([...spaces].map(space => list(api, 'subscriptions', 'subscriptions', space)))
  const catchAlls = lists.flat().filter(({ type, path = '' }) => type === 'sync' && /^\/[*:]/.test(path))
  const method = METHODS.find(name => !catchAlls.some(each => each.method === name))
  if (method !== undefined) return method
  const said = catchAlls.map(each => `${each.method} ${oneLine(each.path ?? '', 40)}`).join(', ')
  throw new NotVerified('route-taken', { namespace: api.namespace, where: api.where, said })
}
