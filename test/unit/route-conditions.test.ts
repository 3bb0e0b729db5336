import { describe, expect, test } from 'vitest'
import { hostsMeet, whyRefused } from '../../src/cluster/listeners.ts'
import { CANDIDATES } from '../../src/endpoints/candidates.ts'
import type { Source } from '../../src/endpoints/gateway-source.ts'
import { whyNotServed } from '../../src/endpoints/route-conditions.ts'

type Condition = { type: string; status: string; reason: string; message: string; observedGeneration?: number }

const met = (type: string): Condition => ({ type, status: 'True', reason: type, message: '', observedGeneration: 1 })
const not = (type: string, reason: string, message = ''): Condition => ({
  ...met(type),
  status: 'False',
  reason,
  message,
})
const ACCEPTED = [met('Accepted'), met('ResolvedRefs')]
const READY = [met('Accepted'), met('Programmed')]

type Parts = {
  route?: Condition[]
  gateway?: Condition[]
  listener?: Condition[]
  generation?: number
  addresses?: object[]
}

const source = ({ route = ACCEPTED, gateway = READY, listener = [], generation = 1, addresses }: Parts): Source => ({
  apiVersion: 'gateway.networking.k8s.io/v1',
  kind: 'HTTPRoute',
  metadata: { name: 'eg-event-gateway', namespace: 'eg', generation },
  spec: { parentRefs: [{ name: 'web', namespace: 'infra' }], rules: [{}, {}] },
  status: { parents: [{ parentRef: { name: 'web', namespace: 'infra' }, conditions: route }] },
  gateway: {
    apiVersion: 'gateway.networking.k8s.io/v1',
    kind: 'Gateway',
    metadata: { name: 'web', namespace: 'infra', generation: 1 },
    spec: {
      listeners: [{ name: 'http', port: 8080, protocol: 'HTTP', allowedRoutes: { namespaces: { from: 'All' } } }],
    },
    status: {
      conditions: gateway,
      listeners: [{ name: 'http', conditions: listener }],
      addresses: addresses ?? [{ type: 'IPAddress', value: '10.0.0.1' }],
    },
  },
})

describe('why an HTTPRoute is not served', () => {
  test.each<[string, Parts, RegExp, boolean]>([
    [
      'another namespace',
      { route: [not('Accepted', 'NotAllowedByListeners')] },
      /allows routes from this namespace/,
      true,
    ],
    ['another host name', { route: [not('Accepted', 'NoMatchingListenerHostname')] }, /serves this host name/, true],
    ['no such listener', { route: [not('Accepted', 'NoMatchingParent')] }, /no such listener/, true],
    ['no Service', { route: [met('Accepted'), not('ResolvedRefs', 'BackendNotFound')] }, /Service doesn't exist/, true],
    ['a port in use', { listener: [not('Accepted', 'PortUnavailable')], route: [] }, /cannot listen on the port/, true],
    [
      'an address is missing',
      { gateway: [met('Accepted'), not('Programmed', 'AddressNotAssigned')] },
      /was not given an address/,
      true,
    ],
    [
      'nobody has taken the Gateway',
      { route: [], gateway: [{ ...not('Accepted', 'Pending', 'Waiting for controller'), status: 'Unknown' }] },
      /no controller has accepted the Gateway/,
      false,
    ],
    ['nobody has taken the route', { route: [] }, /no controller has accepted the Gateway/, false],
    ['the status is that of an earlier route', { generation: 2 }, /no controller has accepted the Gateway/, false],
    [
      'a reason without a row',
      { route: [not('Accepted', 'Odd', 'the moon\n is full')] },
      /\(Accepted: Odd: the moon is full\)/,
      true,
    ],
  ])('%s', (_what, parts, reason, isFinal) => {
    const trouble = whyNotServed(source(parts))
    expect(trouble).toMatchObject({ reason: expect.stringMatching(reason), isFinal })
    expect(trouble?.fix).toMatch(/^[A-Z][a-z]+ /)
    expect(CANDIDATES['gateway-api'](source(parts), []).endpoints).toEqual([])
  })

  test('a Gateway that is gone is named', () => {
    expect(whyNotServed({ ...source({}), gateway: undefined })?.reason).toContain(
      'gateway.gateway.networking.k8s.io/web',
    )
  })

  test('one listener that is not valid does not matter where the route is accepted', () => {
    expect(whyNotServed(source({ listener: [met('Accepted'), met('Programmed')] }))).toBeUndefined()
  })
})

test.each<[string, object[], string[]]>([
  ['an IP address', [{ type: 'IPAddress', value: '10.0.0.1' }], ['10.0.0.1']],
  ['a host name', [{ type: 'Hostname', value: 'lb.example.com' }], ['lb.example.com']],
  ['an address of no type', [{ value: '10.0.0.1' }], ['10.0.0.1']],
  ['a type that only one implementation knows', [{ type: 'example.com/vip', value: 'x' }], []],
  ['no address', [], []],
])('%s of a Gateway is where the gateway may answer', (_what, addresses, hosts) => {
  const { endpoints } = CANDIDATES['gateway-api'](source({ addresses }), [])
  expect(endpoints).toEqual(hosts.map(host => ({ host, config: 8080, events: 8080 })))
})

test.each([
  ['', 'a.example.com', true],
  ['a.example.com', '', true],
  ['a.example.com', 'A.example.com', true],
  ['a.example.com', 'b.example.com', false],
  ['*.example.com', 'a.example.com', true],
  ['*.example.com', 'a.b.example.com', true],
  ['*.example.com', 'example.com', false],
  ['*.example.com', 'aexample.com', false],
])('a listener for "%s" serves the host name "%s": %s', (listener, route, isServed) => {
  expect(hostsMeet(listener, route)).toBe(isServed)
})

const FROM = (from: string, selector?: object) => ({ namespaces: { from, ...(selector && { selector }) } })
test.each<[string, object, boolean]>([
  ['none said: its own namespace', {}, false],
  ['all namespaces', FROM('All'), true],
  ['its own namespace', FROM('Same'), false],
  ['no namespace', FROM('None'), false],
  ['a label that is there', FROM('Selector', { matchLabels: { team: 'a' } }), true],
  ['another label', FROM('Selector', { matchLabels: { team: 'b' } }), false],
  [
    'one of several values',
    FROM('Selector', { matchExpressions: [{ key: 'team', operator: 'In', values: ['a'] }] }),
    true,
  ],
  [
    'none of several values',
    FROM('Selector', { matchExpressions: [{ key: 'team', operator: 'NotIn', values: ['a'] }] }),
    false,
  ],
  ['a missing label', FROM('Selector', { matchExpressions: [{ key: 'x', operator: 'DoesNotExist' }] }), true],
  ['an operator that nobody knows', FROM('Selector', { matchExpressions: [{ key: 'team', operator: 'Like' }] }), false],
  ['HTTPRoutes', { ...FROM('All'), kinds: [{ kind: 'HTTPRoute' }] }, true],
  ['other routes', { ...FROM('All'), kinds: [{ kind: 'GRPCRoute' }] }, false],
])('a listener that admits %s: %j admits the route: %s', (_what, allowedRoutes, isAdmitted) => {
  const listener = { name: 'http', port: 80, protocol: 'HTTP', allowedRoutes }
  const route = { namespace: 'eg', labels: { team: 'a' }, host: '', gatewayNamespace: 'infra' }
  expect(whyRefused(listener, route) === undefined).toBe(isAdmitted)
})
