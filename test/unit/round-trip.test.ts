import { createServer, type IncomingMessage } from 'node:http'
import { expect, onTestFinished, test } from 'vitest'
import { addressTarget } from '../../src/gateway/event-targets.ts'
import { askAt } from '../../src/gateway/replicas.ts'
import { roundTrip } from '../../src/gateway/round-trip.ts'
import type { CallHttp } from '../../src/simulator/gateway/events-api.ts'
import { gatewayApis } from '../../src/simulator/gateway/gateway.ts'
import type { Kv } from '../../src/simulator/gateway/kv.ts'
import { listen } from './kube-server.ts'

function memory() {
  const keys = new Map<string, string>()
  const listeners = new Set<() => void>()
  const change = async (how: () => void) => {
    how()
    for (const tell of listeners) setTimeout(tell, 5)
  }
  const kv: Kv = {
    connect: async () => {},
    read: async prefix => new Map([...keys].filter(([key]) => key.startsWith(prefix)).sort()),
    put: (key, value) => change(() => keys.set(key, value)),
    remove: key => change(() => keys.delete(key)),
    watch: tell => {
      listeners.add(tell)
      return () => listeners.delete(tell)
    },
  }
  return { kv, keys }
}

const callHttp: CallHttp = async (url, event) => {
  const answer = await fetch(url, { method: 'POST', body: JSON.stringify(event) })
  return { status: answer.status, body: await answer.text() }
}

type Fault = (request: IncomingMessage) => 'lost answer' | 'lost request' | undefined

type Circumstances = { fault?: Fault; call?: CallHttp; agreeMs?: number; interrupted?: boolean }

/** A gateway of 0.9.0 in this process, and a proof of it. `fault` is asked about each request to its config API. */
async function prove({ fault, call = callHttp, agreeMs = 5000, interrupted = false }: Circumstances) {
  const { kv, keys } = memory()
  const crashes: string[] = []
  const apis = gatewayApis({ kv, call, crash: why => void crashes.push(why), patience: { read: 50, create: 50 } })
  onTestFinished(() => apis.stop())
  const config = await listen(
    createServer((request, response) => {
      const lost = fault?.(request)
      if (lost === 'lost request') return void request.socket.destroy()
      if (lost === 'lost answer') response.end = () => response.destroy()
      apis.config(request, response)
    }),
  )
  let events = 0
  const eventsPort = await listen(
    createServer((request, response) => {
      events += 1
      apis.events(request, response)
    }),
  )
  const where = `127.0.0.1:${config}`
  const over = new AbortController()
  const warnings: string[] = []
  const steps: string[] = []
  const done = (step: string) => {
    steps.push(step)
    if (interrupted) over.abort(new Error('interrupted'))
  }
  const gateway = {
    config: { namespace: 'ns', where, ask: askAt(where), signal: over.signal },
    known: { stored: [] },
    functionUrl: `http://${where}/v1/spaces/eg-setup-probe/eventtypes`,
    targets: async () => [addressTarget({ host: '127.0.0.1', config, events: eventsPort }, 1)],
  }
  const clock = { now: Date.now, sleep: (ms: number) => new Promise<void>(wake => setTimeout(wake, ms)) }
  const warn = (text: string) => void warnings.push(text)
  const outcome = await roundTrip(gateway, { agreeMs, done, warn }, { clock, signal: over.signal }).then(
    ({ targets }) => targets.length,
    (error: Error & { reason?: string }) => error.reason ?? error.message,
  )
  return { outcome, keys: [...keys.keys()], events: () => events, warnings, steps, crashes }
}

test('an event is matched, its function called and answered, and nothing is left', async () => {
  const { outcome, keys, warnings, steps, crashes } = await prove({})
  expect({ outcome, keys, warnings, crashes }).toEqual({ outcome: 1, keys: [], warnings: [], crashes: [] })
  expect(steps).toEqual([
    'Function registered',
    'Duplicate registration is rejected (409)',
    'Event type and subscription registered',
    expect.stringMatching(/^Test event delivered through 127\.0\.0\.1:\d+$/),
    'Test registrations removed',
  ])
})

/** The first so many requests of a method fail. */
const first = (count: number, method: string, how: ReturnType<Fault>): Fault => {
  let seen = 0
  return request => (request.method === method && ++seen <= count ? how : undefined)
}

test.each<[what: string, fault: Fault, outcome: unknown]>([
  ['deletes get lost', first(3, 'DELETE', 'lost request'), 1],
  ['answers to deletes get lost', first(2, 'DELETE', 'lost answer'), 1],
  ['the answer to the first registration gets lost', first(1, 'POST', 'lost answer'), 'refused'],
  [
    'a later registration gets lost',
    request => (request.url?.endsWith('/subscriptions') && request.method === 'POST' ? 'lost answer' : undefined),
    'refused',
  ],
])('where %s nothing is left', async (_what, fault, expected) => {
  const { outcome, keys, warnings } = await prove({ fault })
  expect({ outcome, keys, warnings }).toEqual({ outcome: expected, keys: [], warnings: [] })
})

test('an end in the middle leaves nothing', async () => {
  const { outcome, keys } = await prove({ interrupted: true })
  expect({ outcome, keys }).toEqual({ outcome: 'interrupted', keys: [] })
})

test('a function that cannot be called gets one event, so that the backlog of others stays free', async () => {
  const call: CallHttp = async () => Promise.reject(new Error('no route'))
  const { outcome, events, keys } = await prove({ call, agreeMs: 1500 })
  expect({ outcome, keys }).toEqual({ outcome: 'function-unreachable', keys: [] })
  expect(events()).toBeLessThan(5)
})
