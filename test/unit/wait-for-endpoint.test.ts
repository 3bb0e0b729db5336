import { PassThrough } from 'node:stream'
import { expect, test } from 'vitest'
import type { Flavour } from '../../src/cluster/detect-flavour.ts'
import type { ClusterFacts } from '../../src/cluster/facts.ts'
import { whyNoAddress } from '../../src/endpoints/load-balancer.ts'
import { waitForEndpoint } from '../../src/endpoints/resolve.ts'
import type { UserError } from '../../src/errors.ts'
import type { Io } from '../../src/io.ts'
import type { KubeObject } from '../../src/kube/object.ts'
import type { Kube } from '../../src/kube/request/client.ts'

const FLAVOUR = { loadBalancer: false, localhost: false, hint: 'Hint.' } as unknown as Flavour

/** Time that passes only by sleeping. */
function fakeIo() {
  let now = 0
  const clock = {
    now: () => now,
    sleep: async (ms: number) => {
      now += ms
    },
  }
  return { clock, signal: new AbortController().signal, stdin: new PassThrough() } as unknown as Io
}

const service = (ingress: object[]): KubeObject => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: {
    name: 'eg-event-gateway',
    namespace: 'ns',
    uid: 'u',
    finalizers: ['service.kubernetes.io/load-balancer-cleanup'],
  },
  spec: {
    // Nothing listens there.
    ports: [
      { name: 'config', port: 1 },
      { name: 'events', port: 2 },
    ],
  },
  status: { loadBalancer: { ingress } },
})

test.each([
  [0, 40_000],
  [35_000, 75_000],
])('an address that appears after %i ms and stays silent is given up after %i ms', async (appears, ends) => {
  const io = fakeIo()
  const read = async ({ kind }: { kind: string }) =>
    kind === 'Service' ? service(io.clock.now() < appears ? [] : [{ ip: '127.0.0.1' }]) : undefined
  const kube = { read, list: async () => [], connection: { server: 'https://127.0.0.1:1' } } as unknown as Kube
  const error: UserError = await waitForEndpoint(
    kube,
    { namespace: 'ns', exposure: 'load-balancer', uids: new Set(['u']) },
    { facts: {} as ClusterFacts, flavour: FLAVOUR, answers: 1, deadline: 600_000, onReason: () => {} },
    io,
  ).then(
    () => expect.fail('it answers'),
    error => error,
  )
  expect(error).toMatchObject({ code: 4, message: expect.stringContaining('connection refused') })
  expect(io.clock.now()).toBeGreaterThanOrEqual(ends)
  expect(io.clock.now()).toBeLessThan(ends + 2_000)
})

test('an event of MetalLB about an empty pool comes with the annotation that names another one', async () => {
  const message = 'Failed to allocate IP for "eg/eg-event-gateway": no available IPs'
  const kube = { list: async () => [{ metadata: {}, reason: 'AllocationFailed', message }] } as unknown as Kube
  const source = service([])
  const pending = { ...source, metadata: { ...source.metadata, finalizers: [] } }
  expect(await whyNoAddress(kube, pending, 60_000, FLAVOUR)).toBe(
    `AllocationFailed: ${message} (to use another MetalLB pool, set the annotation metallb.io/address-pool in service.annotations)`,
  )
})

test('the newest event about a Service is told, in whatever order they come', async () => {
  const event = (message: string, lastTimestamp: string, uid = 'u') => ({
    metadata: { uid: message },
    involvedObject: { kind: 'Service', name: 'eg-event-gateway', uid },
    reason: 'AllocationFailed',
    message,
    lastTimestamp,
  })
  const events = [
    event('new', '2026-01-02T00:00:00Z'),
    event('of an earlier Service', '2026-01-03T00:00:00Z', 'other'),
    event('old', '2026-01-01T00:00:00Z'),
  ]
  const kube = { list: async () => events } as unknown as Kube
  const source = service([])
  const pending = { ...source, metadata: { ...source.metadata, finalizers: [] } }
  expect(await whyNoAddress(kube, pending, 60_000, FLAVOUR)).toBe('AllocationFailed: new')
})
