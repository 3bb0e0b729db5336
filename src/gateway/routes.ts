import { GATEWAY } from '../names.ts'
import { oneLine } from '../text/sanitize.ts'

/** A stored subscription, as far as routing goes. */
export type Stored = {
  space: string
  type: 'sync' | 'async'
  eventType: string
  method: string
  path: string
}

/** What a proof sends its event to. */
export type Probe = { method: string; path: string }

export const SUBSCRIPTIONS = '/serverless-event-gateway/subscriptions/'

/**
 * The subscription behind a key of etcd. Its id is what it is, in base64url: `type,eventType,functionId,path,METHOD`, the
 * path with its commas and slashes escaped; 0.9.1 leaves the function out. Undefined for a key that is none.
 */
export function readKey(key: string): Stored | undefined {
  const [space = '', id = '', ...more] = key.slice(SUBSCRIPTIONS.length).split('/')
  const fields = Buffer.from(id, 'base64url').toString().split(',')
  const [type, eventType = ''] = fields
  const [path = '', method = ''] = fields.slice(-2)
  if (more.length > 0 || fields.length < 4 || fields.length > 5 || (type !== 'sync' && type !== 'async'))
    return undefined
  try {
    return { space, type, eventType, method, path: decodeURIComponent(path) }
  } catch {
    return undefined
  }
}

/** Rarely used methods first: a subscription that was added in the meantime is most likely POST or GET. */
const METHODS = ['PATCH', 'PUT', 'DELETE', 'OPTIONS', 'HEAD', 'POST', 'GET']

/**
 * A method and a path that no stored sync subscription catches: one tree of paths a method serves all spaces, and the event
 * type plays no part (0.9.0). "/" comes first, since neither "*" nor ":" catches it. Where none is free, the reason as a clause.
 */
export function freeProbe(stored: readonly Stored[], id: string): Probe | { taken: string } {
  // The gateway sends its own events, on each event that it gets, to every subscriber of these types.
  const watcher = stored.find(({ eventType }) => /^(event)?gateway\./.test(eventType))
  if (watcher !== undefined) return { taken: `${nameOf(watcher)} gets every event (${watcher.eventType})` }
  const sync = stored.filter(({ type }) => type === 'sync')
  const probes = ['/', `/eg-setup-probe-${id}`].flatMap(path => METHODS.map(method => ({ method, path })))
  const free = probes.find(({ method, path }) => !sync.some(each => each.method === method && catches(each.path, path)))
  return (
    free ?? { taken: `subscriptions match every method and path, such as ${sync.slice(0, 3).map(nameOf).join(', ')}` }
  )
}

const nameOf = ({ method, path, space }: Stored): string => `${method} ${path} in space ${space}`

/** So deep is looked into a path, which may have a million segments. */
const MOST_SEGMENTS = 200
const segmentsOf = (path: string) => path.split('/', MOST_SEGMENTS).slice(1)
const isDynamic = (segment: string) => /^[:*]/.test(segment)

/** Whether a subscription's path matches a requested path; `*` matches one or more segments, `:` one. */
function catches(pattern: string, path: string): boolean {
  if (pattern === '/' || path === '/') return pattern === path
  const wanted = segmentsOf(pattern)
  const asked = segmentsOf(path)
  const star = wanted.findIndex(segment => segment.startsWith('*'))
  const fixed = star < 0 ? wanted : wanted.slice(0, star)
  return (
    (star < 0 ? asked.length === wanted.length : asked.length > star) &&
    fixed.every((segment, index) => segment.startsWith(':') || segment === asked[index])
  )
}

/** A sync subscription whose deletion may end the gateway, and one that it clashes with. */
export type Risk = { subscription: Stored; blocker: Stored }

/**
 * The sync subscriptions whose deletion may end every replica of 0.9.0. Of two that clash, the one that a replica learns
 * second is stored and never routed; its deletion follows its path down the tree and dereferences nil where a segment before
 * the last is missing (internal/pathtree, DeleteRoute). A restart may swap the two, so both count.
 */
export function findRisks(stored: readonly Stored[]): Risk[] {
  const sync = stored.filter(({ type, path }) => type === 'sync' && path !== '/')
  const trees = new Map<string, Place>()
  const rootOf = (method: string) => trees.get(method) ?? trees.set(method, newPlace()).get(method)!
  for (const subscription of sync) {
    let place = rootOf(subscription.method)
    for (const segment of segmentsOf(subscription.path)) {
      const next = place.below.get(segment) ?? { ...newPlace(), first: subscription }
      if (isDynamic(segment) && !place.below.has(segment)) place.dynamic.push(segment)
      place.below.set(segment, next)
      place = next
    }
  }
  return sync.flatMap(subscription => {
    let place = rootOf(subscription.method)
    for (const segment of segmentsOf(subscription.path).slice(0, -1)) {
      for (const rival of isDynamic(segment) ? place.below.keys() : place.dynamic)
        if (rival !== segment) return [{ subscription, blocker: place.below.get(rival)!.first }]
      place = place.below.get(segment)!
    }
    return []
  })
}

/** A node in the path tree of a method, with its children by segment. */
type Place = { below: Map<string, Place & { first: Stored }>; dynamic: string[] }
const newPlace = (): Place => ({ below: new Map(), dynamic: [] })

const MOST_WARNINGS = 5

/** What to know before any of these is deleted: sentences. */
export function riskWarnings(risks: readonly Risk[], namespace: string): string[] {
  const isRisk = (each: Stored) => risks.some(({ subscription }) => subscription === each)
  const warnings = risks.slice(0, MOST_WARNINGS).map(({ subscription, blocker }) => {
    const [name, other] = [subscription, blocker].map(each => oneLine(nameOf(each), 120))
    const advice = isRisk(blocker)
      ? 'Delete it only when every replica may restart.'
      : `Delete the conflicting subscription first, then restart deployment/${GATEWAY} in namespace ${namespace}.`
    return `Deleting subscription ${name} can crash every replica, because it conflicts with ${other}. ${advice}`
  })
  const rest = risks.length - warnings.length
  return rest > 0 ? [...warnings, `The same applies to ${rest} more subscriptions.`] : warnings
}
