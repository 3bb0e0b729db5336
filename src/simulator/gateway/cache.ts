import type { Kv } from './kv.ts'
import { ROOT } from './kv.ts'
import type { PathTree } from './path-tree.ts'
import { Crash, makePathTree } from './path-tree.ts'

// biome-ignore lint/suspicious/noExplicitAny: resources of the gateway, as JSON
type Json = any

/** What one gateway process knows by itself and goes on routing by when the store is away. */
export type Cache = {
  /** Synchronous subscriptions by method and path alone: event type and space play no part (0.9.0). */
  readonly sync: (method: string, path: string) => { value: Json; params: Record<string, string> } | undefined
  readonly async: (method: string, path: string, eventType: string) => Json[]
  readonly functionOf: (space: string, id: string) => Json | undefined
  readonly stop: () => void
}

/** `crash` hears why the process ends: what makes it end was read from the store, so every replica does. */
export function makeCache(kv: Kv, log: (line: object) => void, crash: (why: string) => void): Cache {
  let known = new Map<string, string>()
  const trees = new Map<string, PathTree<Json>>()
  /** A subscription that is written again is noted twice, and called twice, until the process restarts (0.9.0). */
  const subscriptions: Json[] = []
  let stopped = false

  const treeOf = (method: string) => {
    const found = trees.get(method) ?? makePathTree<Json>()
    trees.set(method, found)
    return found
  }
  const isSubscription = (key: string) => key.startsWith(`${ROOT}/subscriptions/`)
  const forget = (value: string) => {
    const old = JSON.parse(value)
    if (old.type === 'sync') {
      const error = treeOf(old.method).remove(old.path)
      if (error) log({ level: 'error', msg: 'Could not delete path from the tree.', error, path: old.path })
      return
    }
    const at = subscriptions.findIndex(
      ({ space, subscriptionId }) => space === old.space && subscriptionId === old.subscriptionId,
    )
    if (at >= 0) subscriptions.splice(at, 1)
  }
  const learn = (value: string) => {
    const subscription = JSON.parse(value)
    if (subscription.type === 'async') subscriptions.push(subscription)
    else {
      const clash = treeOf(subscription.method).add(subscription.path, subscription)
      if (clash) log({ level: 'error', msg: 'Could not add path to the tree.', error: clash, path: subscription.path })
    }
  }
  const refresh = async () => {
    try {
      const now = await kv.read(`${ROOT}/`)
      if (stopped) return
      for (const [key, value] of known) if (isSubscription(key) && !now.has(key)) forget(value)
      for (const [key, value] of now) if (isSubscription(key) && known.get(key) !== value) learn(value)
      known = now
    } catch (error) {
      if (error instanceof Crash) return crash(error.message)
      log({ level: 'error', msg: 'Could not watch directory.', event: 'db' })
    }
  }
  const stopWatch = kv.watch(() => void refresh())
  const read = (resource: string, space: string, id: string) => {
    const value = known.get(`${ROOT}/${resource}/${space}/${id}`)
    return value === undefined ? undefined : JSON.parse(value)
  }
  return {
    sync: (method, path) => treeOf(method).find(path),
    async: (method, path, eventType) =>
      subscriptions.filter(each => each.method === method && each.path === path && each.eventType === eventType),
    functionOf: (space, id) => read('functions', space, id),
    stop: () => {
      stopped = true
      stopWatch()
    },
  }
}
