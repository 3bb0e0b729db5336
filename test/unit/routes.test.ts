import { expect, test } from 'vitest'
import { findRisks, freeProbe, readKey, riskWarnings, type Stored } from '../../src/gateway/routes.ts'
import { Crash, makePathTree } from '../../src/simulator/gateway/path-tree.ts'

const METHODS = ['GET', 'POST', 'DELETE', 'PUT', 'PATCH', 'HEAD', 'OPTIONS']
const route = (path: string, given: Partial<Stored> = {}): Stored => ({
  space: 'default',
  type: 'sync',
  eventType: 'any',
  method: 'POST',
  path,
  ...given,
})
const key = (space: string, fields: string) =>
  `/serverless-event-gateway/subscriptions/${space}/${Buffer.from(fields).toString('base64url')}`

test.each<[what: string, key: string, stored: Stored | undefined]>([
  [
    'of 0.9.0',
    key('default', 'sync,a.b,f,%2Fusers%2F:id,GET'),
    route('/users/:id', { eventType: 'a.b', method: 'GET' }),
  ],
  ['of 0.9.1', key('shop', 'sync,a.b,%2F%2A,PUT'), route('/*', { space: 'shop', eventType: 'a.b', method: 'PUT' })],
  ['with a comma', key('default', 'async,any,f,%2Fa%2Cb,POST'), route('/a,b', { type: 'async' })],
  ['in no space', '/serverless-event-gateway/subscriptions/odd', undefined],
  ['of another kind', key('default', 'later,any,f,%2F,POST'), undefined],
  ['that is not escaped right', key('default', 'sync,any,f,%2,POST'), undefined],
  ['that is no base64', '/serverless-event-gateway/subscriptions/default/%%%', undefined],
])('a key of etcd %s is read', (_what, text, stored) => {
  expect(readKey(text)).toEqual(stored)
})

const ofAll = (path: string) => METHODS.map(method => route(path, { method }))

test.each<[what: string, stored: Stored[], probe: object]>([
  ['nothing is stored', [], { method: 'PATCH', path: '/' }],
  ['catch-alls of every method are', ofAll('/*rest'), { method: 'PATCH', path: '/' }],
  ['a root is', [route('/', { method: 'PATCH' })], { method: 'PUT', path: '/' }],
  ['every root is', ofAll('/'), { method: 'PATCH', path: '/eg-setup-probe-x' }],
  [
    'roots and a parameter are',
    [...ofAll('/'), route('/:p', { method: 'PATCH' })],
    { method: 'PUT', path: '/eg-setup-probe-x' },
  ],
  ['longer paths are', [...ofAll('/'), ...ofAll('/:p/b')], { method: 'PATCH', path: '/eg-setup-probe-x' }],
  [
    'async ones are, which no other event type reaches',
    ofAll('/').map(each => ({ ...each, type: 'async' as const })),
    { method: 'PATCH', path: '/' },
  ],
  [
    'roots and catch-alls are',
    [...ofAll('/'), ...ofAll('/*rest')],
    { taken: expect.stringMatching(/^subscriptions match every method and path, such as GET \/ in space default, /) },
  ],
  [
    'a subscriber of all events is',
    [route('/', { type: 'async', eventType: 'gateway.event.received', space: 'logs' })],
    { taken: 'POST / in space logs gets every event (gateway.event.received)' },
  ],
])('where an event is sent if %s', (_what, stored, probe) => {
  expect(freeProbe(stored, 'x')).toEqual(probe)
})

const PATHS = ['/', '/*x', '/:p', '/a', '/a/b', '/a/:q', '/a/*r', '/:p/b', '/b/c/d', '/b/*s', '/a/:q/c']
const ordered = PATHS.flatMap(a => PATHS.flatMap(b => PATHS.map(c => [a, b, c]))).filter(
  each => new Set(each).size === each.length,
)

/** Which of the paths ends the gateway when it is the first to be deleted, after they were learned in this order. */
const crashesIn = (order: readonly string[]) =>
  order.filter(path => {
    const tree = makePathTree<string>()
    for (const each of order) tree.add(each, each)
    try {
      tree.remove(path)
      return false
    } catch (error) {
      return error instanceof Crash
    }
  })

test('of any three subscriptions those are a risk whose deletion crashes the gateway in one order or another', () => {
  const crashes = new Map<string, Set<string>>()
  for (const order of ordered) {
    const name = [...order].sort().join(' ')
    crashes.set(name, new Set([...(crashes.get(name) ?? []), ...crashesIn(order)]))
  }
  for (const [name, expected] of crashes) {
    const risks = findRisks(name.split(' ').map(path => route(path))).map(({ subscription }) => subscription.path)
    expect({ name, risks }).toEqual({ name, risks: [...expected].sort() })
  }
})

test('what any three subscriptions catch is not where an event is sent', () => {
  for (const order of ordered) {
    const stored = [
      ...order.map(path => route(path, { method: 'PATCH' })),
      ...METHODS.flatMap(method => (method === 'PATCH' ? [] : ofAll('/'))),
    ]
    const probe = freeProbe(stored, 'x')
    if ('taken' in probe) continue
    const tree = makePathTree<string>()
    for (const path of order) tree.add(path, path)
    if (probe.method === 'PATCH') expect(tree.find(probe.path)).toBeUndefined()
  }
})

test('methods are apart, and spaces are not', () => {
  const lost = route('/a/b', { space: 'shop' })
  expect(findRisks([lost, route('/*x', { method: 'GET' })])).toEqual([])
  expect(findRisks([lost, route('/*x')])).toEqual([{ subscription: lost, blocker: route('/*x') }])
})

test('a warning names both, and what to do first', () => {
  const shop = (path: string) => route(path, { space: 'shop' })
  expect(riskWarnings(findRisks([shop('/a/b'), route('/*x')]), 'ns')).toEqual([
    'Deleting subscription POST /a/b in space shop can crash every replica, because it conflicts with POST /*x in space default. Delete the conflicting subscription first, then restart deployment/eg-event-gateway in namespace ns.',
  ])
  expect(riskWarnings(findRisks([shop('/a/b'), route('/:p/c')]), 'ns')[0]).toMatch(
    /Delete it only when every replica may restart\.$/,
  )
  const many = Array.from({ length: 9 }, (_, index) => shop(`/a${index}/b`))
  expect(riskWarnings(findRisks([...many, route('/*x')]), 'ns')).toHaveLength(6)
})

test('ten thousand subscriptions and a path of a million segments are read in a moment', () => {
  const many = Array.from({ length: 10_000 }, (_, index) => route(`/:p${index % 100}/${index}`))
  const started = performance.now()
  expect(findRisks([...many, route('/a'.repeat(1_000_000))])).toHaveLength(10_001)
  expect(performance.now() - started).toBeLessThan(20_000)
})
