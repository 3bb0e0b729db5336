import * as v from 'valibot'
import { isRunning, MACHINE } from '../kube/login/this-machine.ts'
import { oneLine } from '../text/sanitize.ts'
import type { Answer, Asked, Question } from './ask.ts'
import { NotVerified } from './failures.ts'
import { SPACE } from './probe.ts'
import type { Ask } from './replicas.ts'
import type { Probe, Stored } from './routes.ts'

/** The names that one proof registers under. */
export type Names = { functionId: string; eventType: string }

const HOST = MACHINE.slice(0, 6)

/** What tells a proof from all others: when it began, on which machine, by which process. */
export const proofId = (now: number): string => `${now.toString(36)}-${HOST}-${process.pid}`

export const namesOf = (id: string): Names => ({ functionId: `loop-${id}`, eventType: `eg-setup.ping-${id}` })

/** No proof takes so long. */
const OLD_MS = 10 * 60_000

const PROOF_NAME = /^(?:loop|eg-setup\.ping)-([0-9a-z]+)-([0-9a-f]{6})-(\d+)$/

/** Whether a test of the gateway uses this name. */
export const isProofName = (name: string): boolean => PROOF_NAME.test(name)

/** Whether a name is that of a proof which was ended before it could remove it; one at work right now is left alone. */
export function isLeftover(name: string, now: number): boolean {
  const [, time, host, pid] = PROOF_NAME.exec(name) ?? []
  if (time === undefined) return false
  if (now - Number.parseInt(time, 36) > OLD_MS) return true
  return host === HOST && !isRunning(Number(pid))
}

/** Over the 10 s after which a gateway without etcd closes the connection of a POST. */
const TIMEOUT_MS = 12_000

/** The config API, for questions that have to be answered. `where` is what it is called in messages. */
export type ConfigApi = { namespace: string; where: string; ask: Ask; signal: AbortSignal }

const pathOf = (resource: string, space = SPACE) => `/v1/spaces/${space}/${resource}`

/**
 * What the proof registers, in this order. The function is the config API of the gateway itself. The subscription is async:
 * a sync one would enter the tree of paths that all spaces share, and could keep a user's route out of it.
 */
export const toRegister = ({ functionId, eventType }: Names, probe: Probe, functionUrl: string) => ({
  functionId,
  eventType,
  function: post('functions', { functionId, type: 'http', provider: { url: functionUrl } }),
  type: post('eventtypes', { name: eventType }),
  subscription: post('subscriptions', { type: 'async', eventType, functionId, ...probe }),
})

const post = (resource: string, body: object): Question => ({ method: 'POST', path: pathOf(resource), body })

/** The URL that the proof's function has: it answers every CloudEvent with a JSON object, which says that it wants a name. */
export const loopUrl = (service: string, namespace: string, port: number): string =>
  `http://${service}.${namespace}.svc:${port}${pathOf('eventtypes')}`

/** The event that it sends: a CloudEvent in headers, since not every method may have a body. */
export const eventOf = ({ functionId, eventType }: Names, probe: Probe): Question => ({
  ...probe,
  headers: {
    'ce-eventtype': eventType,
    'ce-cloudeventsversion': '0.1',
    'ce-source': '/eg-setup',
    'ce-eventid': functionId,
  },
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

const text = v.optional(v.string())
const LISTED = v.looseObject({
  functionId: text,
  name: text,
  subscriptionId: text,
  eventType: text,
  type: text,
  path: text,
  method: text,
})
type Listed = v.InferOutput<typeof LISTED>

/** What is something else is passed over: the proof needs its own entries only. */
const isListed = (entry: unknown): entry is Listed => v.is(LISTED, entry)

async function list(api: ConfigApi, resource: string, key: string, space?: string): Promise<Listed[]> {
  const { text } = await require(api, { method: 'GET', path: pathOf(resource, space) }, 200)
  try {
    const listed: unknown = (JSON.parse(text) as Record<string, unknown> | null)?.[key]
    return Array.isArray(listed) ? listed.filter(isListed) : []
  } catch {
    return []
  }
}

export const listFunctions = (api: ConfigApi): Promise<Listed[]> => list(api, 'functions', 'functions')

/** The subscriptions of a space as routes. */
export async function listRoutes(api: ConfigApi, space: string): Promise<Stored[]> {
  const listed = await list(api, 'subscriptions', 'subscriptions', space)
  return listed.map(({ type, eventType = '', path = '/', method = 'POST' }) => {
    return { space, type: type === 'async' ? 'async' : 'sync', eventType, path, method }
  })
}

/**
 * Removes from the space of the proofs what is registered under such names, in the order in which the gateway lets them go.
 * A sync subscription is nobody's who proves: it stays, and so do its function and event type.
 */
export async function unregister(api: ConfigApi, isWanted: (name: string) => boolean): Promise<void> {
  const remove = (resource: string, id = '') =>
    require(api, { method: 'DELETE', path: `${pathOf(resource)}/${encodeURIComponent(id)}` }, 204, 404)
  const subscriptions = await list(api, 'subscriptions', 'subscriptions')
  const isOurs = ({ type, functionId = '' }: Listed) => type === 'async' && isWanted(functionId)
  for (const { subscriptionId } of subscriptions.filter(isOurs)) await remove('subscriptions', subscriptionId)
  const kept = subscriptions.filter(each => !isOurs(each))
  const isFree = (name: string) =>
    isWanted(name) && !kept.some(({ functionId, eventType }) => [functionId, eventType].includes(name))
  for (const { functionId = '' } of await listFunctions(api))
    if (isFree(functionId)) await remove('functions', functionId)
  for (const { name = '' } of await list(api, 'eventtypes', 'eventTypes'))
    if (isFree(name)) await remove('eventtypes', name)
}
