import type { Kv } from './kv.ts'
import { ROOT } from './kv.ts'
import { makePathTree } from './path-tree.ts'
import { corsOf, eventTypeOf, functionOf, Refused, subscriptionOf } from './resources.ts'

// biome-ignore lint/suspicious/noExplicitAny: resources of the gateway, as JSON
type Json = any

/** One of the four resources of the configuration API. Names are those in paths and metrics. */
export type Resource = 'eventtypes' | 'functions' | 'subscriptions' | 'cors'

type Rules = {
  /** The list's key in answers, and the id's key in objects. */
  list: string
  id: string
  parse: (body: Json, space: string, id?: string) => Json
  notFound: (id: string) => string
  exists: (id: string) => string
}

export const RULES: Readonly<Record<Resource, Rules>> = {
  eventtypes: {
    list: 'eventTypes',
    id: 'name',
    parse: eventTypeOf,
    notFound: id => `Event Type "${id}" not found.`,
    exists: id => `Event Type "${id}" already exists.`,
  },
  functions: {
    list: 'functions',
    id: 'functionId',
    parse: functionOf,
    notFound: id => `Function "${id}" not found.`,
    exists: id => `Function "${id}" already registered.`,
  },
  subscriptions: {
    list: 'subscriptions',
    id: 'subscriptionId',
    parse: subscriptionOf,
    notFound: id => `Subscription "${id}" not found.`,
    exists: id => `Subscription "${id}" already exists.`,
  },
  cors: {
    list: 'cors',
    id: 'corsId',
    parse: corsOf,
    notFound: id => `CORS configuration "${id}" not found.`,
    exists: id => `CORS configuration "${id}" already exists.`,
  },
}

/** What the configuration API does with the store. Rejects with Refused, or with the store's own error when it is away. */
export type ConfigService = {
  readonly list: (resource: Resource, space: string) => Promise<Json[]>
  readonly get: (resource: Resource, space: string, id: string) => Promise<Json>
  readonly create: (resource: Resource, space: string, body: Json) => Promise<Json>
  readonly update: (resource: Resource, space: string, id: string, body: Json) => Promise<Json>
  readonly remove: (resource: Resource, space: string, id: string) => Promise<void>
}

const FIXED = [
  ['Type', 'type'],
  ['EventType', 'eventType'],
  ['FunctionID', 'functionId'],
  ['Path', 'path'],
  ['Method', 'method'],
] as const

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
    if (found === undefined) throw new Refused(status, RULES[resource].notFound(id))
    return found
  }

  async function checkNew(resource: Resource, object: Json) {
    const { space } = object
    if (resource === 'eventtypes' && object.authorizerId && !(await find('functions', space, object.authorizerId)))
      throw new Refused(500, "Authorizer function doesn't exists.")
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

  async function checkUpdate(resource: Resource, object: Json) {
    const { space } = object
    if (resource === 'eventtypes' && object.authorizerId && !(await find('functions', space, object.authorizerId)))
      throw new Refused(400, "Authorizer function doesn't exists.")
    if (resource === 'subscriptions') await get('functions', space, object.functionId, 400)
  }

  async function checkRemoval(resource: Resource, space: string, id: string) {
    if (resource !== 'functions' && resource !== 'eventtypes') return
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
      if (await find(resource, space, id)) throw new Refused(409, RULES[resource].exists(id))
      await checkNew(resource, object)
      await put(resource, object)
      return object
    },
    update: async (resource, space, id, body) => {
      const object = { ...RULES[resource].parse(body, space, id), [RULES[resource].id]: id }
      const live = await get(resource, space, id)
      if (resource === 'subscriptions')
        for (const [name, field] of FIXED)
          if (object[field] !== live[field])
            throw new Refused(400, `Invalid update. '${name}' of existing subscription cannot be updated.`)
      if (resource === 'cors')
        for (const [name, field] of [
          ['Method', 'method'],
          ['Path', 'path'],
        ] as const)
          if (object[field] !== live[field])
            throw new Refused(500, `Invalid update. '${name}' of existing CORS configuration cannot be updated.`)
      await checkUpdate(resource, object)
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
