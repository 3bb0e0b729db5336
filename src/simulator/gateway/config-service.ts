import type { Kv } from './kv.ts'
import { ROOT } from './kv.ts'
import { makePathTree } from './path-tree.ts'
import { corsOf, eventTypeOf, functionOf, Refused, subscriptionOf } from './resources.ts'

// biome-ignore lint/suspicious/noExplicitAny: resources of the gateway, as JSON
type Json = any

/** A resource of the configuration API. Names are those in paths and metrics. */
export type Resource = 'eventtypes' | 'functions' | 'subscriptions' | 'cors'

type Rules = {
  /** The list's key in answers, and the id's key in objects. */
  list: string
  id: string
  /** In metrics, and in messages. */
  singular: string
  name: string
  parse: (body: Json, space: string) => Json
}

export const RULES: Readonly<Record<Resource, Rules>> = {
  eventtypes: { list: 'eventTypes', id: 'name', singular: 'eventtype', name: 'Event Type', parse: eventTypeOf },
  functions: { list: 'functions', id: 'functionId', singular: 'function', name: 'Function', parse: functionOf },
  subscriptions: {
    list: 'subscriptions',
    id: 'subscriptionId',
    singular: 'subscription',
    name: 'Subscription',
    parse: subscriptionOf,
  },
  cors: { list: 'cors', id: 'corsId', singular: 'cors', name: 'CORS configuration', parse: corsOf },
}

/** What the configuration API does with the store. Rejects with Refused, or with the store's own error when it is away. */
export type ConfigService = {
  readonly list: (resource: Resource, space: string) => Promise<Json[]>
  readonly get: (resource: Resource, space: string, id: string) => Promise<Json>
  readonly create: (resource: Resource, space: string, body: Json) => Promise<Json>
  readonly update: (resource: Resource, space: string, id: string, body: Json) => Promise<Json>
  readonly remove: (resource: Resource, space: string, id: string) => Promise<void>
}

export function makeConfigService(kv: Kv): ConfigService {
  const prefix = (resource: Resource, space: string) => `${ROOT}/${resource}/${space}/`
  const find = async (resource: Resource, space: string, id: string): Promise<Json | undefined> => {
    const key = prefix(resource, space) + id
    const found = (await kv.read(key)).get(key)
    return found === undefined ? undefined : JSON.parse(found)
  }
  const put = (resource: Resource, object: Json) =>
    kv.put(prefix(resource, object.space) + object[RULES[resource].id], JSON.stringify(object))
  const list = async (resource: Resource, space: string) =>
    [...(await kv.read(prefix(resource, space))).values()].map(value => JSON.parse(value))
  const get = async (resource: Resource, space: string, id: string, status = 404) => {
    const found = await find(resource, space, id)
    if (found === undefined) throw new Refused(status, `${RULES[resource].name} "${id}" not found.`)
    return found
  }

  async function checkNew(resource: Resource, object: Json) {
    const { space } = object
    if (resource === 'eventtypes') await checkAuthorizer(object, 500)
    if (resource !== 'subscriptions') return
    if (object.type === 'sync') {
      const tree = makePathTree<true>()
      for (const each of await list('subscriptions', space))
        if (each.type === 'sync' && each.method === object.method) tree.add(each.path, true)
      const clash = tree.add(object.path, true)
      if (clash) throw new Refused(400, `Subscription path conflict: ${clash}`)
    }
    await get('eventtypes', space, object.eventType, 400)
    await get('functions', space, object.functionId, 400)
  }

  async function checkAuthorizer({ space, authorizerId }: Json, status: number) {
    if (authorizerId !== undefined && (await find('functions', space, authorizerId)) === undefined)
      throw new Refused(status, "Authorizer function doesn't exists.")
  }

  async function checkRemoval(resource: Resource, space: string, id: string) {
    if (resource === 'subscriptions' || resource === 'cors') return
    const subscriptions = await list('subscriptions', space)
    if (resource === 'functions' && subscriptions.some(({ functionId }) => functionId === id))
      throw new Refused(400, "Function cannot be deleted because it's subscribed to a least one event.")
    if (resource === 'eventtypes' && subscriptions.some(({ eventType }) => eventType === id))
      throw new Refused(400, 'Event type cannot be deleted because there are subscriptions using it.')
  }

  return {
    list,
    get,
    create: async (resource, space, body) => {
      const object = RULES[resource].parse(body, space)
      const id = object[RULES[resource].id]
      const exists = resource === 'functions' ? 'registered' : 'exists'
      if (await find(resource, space, id)) throw new Refused(409, `${RULES[resource].name} "${id}" already ${exists}.`)
      await checkNew(resource, object)
      await put(resource, object)
      return object
    },
    update: async (resource, space, id, body) => {
      await get(resource, space, id)
      const object = RULES[resource].parse({ ...body, [RULES[resource].id]: id }, space)
      // The fields that make up the id of a subscription or CORS configuration are immutable.
      if (object[RULES[resource].id] !== id) throw new Refused(resource === 'cors' ? 500 : 400, 'Invalid update.')
      if (resource === 'eventtypes') await checkAuthorizer(object, 400)
      await put(resource, object)
      return object
    },
    remove: async (resource, space, id) => {
      await checkRemoval(resource, space, id)
      await get(resource, space, id)
      await kv.remove(prefix(resource, space) + id)
    },
  }
}
