import { isRunning, MACHINE } from '../kube/machine.ts'
import { oneLine } from '../ui/sanitize.ts'
import type { Answer, Asked, Question } from './ask.ts'
import { NotVerified } from './failures.ts'
import { SPACE } from './probe.ts'
import type { Ask } from './replicas.ts'

/** The names that one proof registers under. */
export type Names = { functionId: string; eventType: string; path: string; method: string }

const HOST = MACHINE.slice(0, 6)

/** Names that say whose they are: made when, on which machine, by which process. */
export function namesAt(now: number, method: string): Names {
  const id = `${now.toString(36)}-${HOST}-${process.pid}`
  return { functionId: `loop-${id}`, eventType: `eg-setup.ping-${id}`, path: `/eg-setup-probe/${id}`, method }
}

/** No proof takes so long. */
const OLD_MS = 10 * 60_000

/** Whether a name is that of a proof which was ended before it could remove it; one at work right now is left alone. */
export function isLeftover(name: string, now: number): boolean {
  const [, time, host, pid] = /-([0-9a-z]+)-([0-9a-f]{6})-(\d+)$/.exec(name) ?? []
  if (time === undefined || now - Number.parseInt(time, 36) > OLD_MS) return true
  return host === HOST && !isRunning(Number(pid))
}

/** Over the 10 s after which a gateway without etcd closes the connection of a POST. */
const TIMEOUT_MS = 12_000

/** The config API, for questions that have to be answered. `where` is what it is called in messages. */
export type ConfigApi = { namespace: string; where: string; ask: Ask; signal: AbortSignal }

const pathOf = (resource: string, space = SPACE) => `/v1/spaces/${space}/${resource}`

/** What the proof registers, in this order. The function is the config API of the gateway itself. */
export const toRegister = ({ functionId, eventType, path, method }: Names, functionUrl: string) => ({
  function: post('functions', { functionId, type: 'http', provider: { url: functionUrl } }),
  eventType: post('eventtypes', { name: eventType }),
  subscription: post('subscriptions', { type: 'sync', eventType, functionId, path, method }),
})

const post = (resource: string, body: object): Question => ({ method: 'POST', path: pathOf(resource), body })

/** The URL that the proof's function has: it answers every CloudEvent with a JSON object, which says that it wants a name. */
export const loopUrl = (service: string, namespace: string, port: number): string =>
  `http://${service}.${namespace}.svc:${port}${pathOf('eventtypes')}`

/** The event that it sends. */
export const eventOf = ({ functionId, eventType, path, method }: Names): Question => ({
  method,
  path,
  type: 'application/cloudevents+json',
  body: { eventType, cloudEventsVersion: '0.1', source: '/eg-setup', eventID: functionId, data: {} },
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
  const said = oneLine(messageIn(asked.text), 200)
  return said === '' ? `HTTP ${asked.status}` : `${asked.status} ${said}`
}

function messageIn(text: string): string {
  try {
    return String(JSON.parse(text).errors[0].message)
  } catch {
    return text
  }
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
  { resource: 'subscriptions', key: 'subscriptions', id: 'subscriptionId', name: 'functionId' },
  { resource: 'functions', key: 'functions', id: 'functionId', name: 'functionId' },
  { resource: 'eventtypes', key: 'eventTypes', id: 'name', name: 'name' },
] as const

/** Removes from the space of the proofs what is registered under such names. */
export async function unregister(api: ConfigApi, isWanted: (name: string) => boolean): Promise<void> {
  for (const { resource, key, id, name } of RESOURCES)
    for (const found of await list(api, resource, key)) {
      if (!isWanted(found[name] ?? '')) continue
      const path = `${pathOf(resource)}/${encodeURIComponent(found[id] ?? '')}`
      await require(api, { method: 'DELETE', path }, 204, 404)
    }
}

/** A user's catch-all is mostly POST or GET. */
const METHODS = ['PATCH', 'PUT', 'DELETE']
const MOST_SPACES = 50

/**
 * A method that no catch-all subscription takes: the gateway keeps one tree of paths for all spaces. They cannot be listed;
 * asked are `default` and those in the gateway's metrics.
 */
export async function freeMethod(api: ConfigApi): Promise<string> {
  const { text } = await require(api, { method: 'GET', path: '/v1/metrics' }, 200)
  const spaces = new Set(['default', ...[...text.matchAll(/[{,]space="([\w.-]+)"/g)].map(([, space]) => space!)])
  const lists = await Promise.all(
    [...spaces].slice(0, MOST_SPACES).map(space => list(api, 'subscriptions', 'subscriptions', space)),
  )
  const catchAlls = lists.flat().filter(({ type, path = '' }) => type === 'sync' && /^\/[*:]/.test(path))
  const method = METHODS.find(name => !catchAlls.some(each => each.method === name))
  if (method !== undefined) return method
  const said = catchAlls.map(each => `${each.method} ${oneLine(each.path ?? '', 40)}`).join(', ')
  throw new NotVerified('route-taken', { namespace: api.namespace, where: api.where, said })
}
