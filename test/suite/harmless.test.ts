import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { KubeObject } from '../../src/kube/object.ts'
import { type Bed, openBed } from '../bed/bed.ts'
import { run } from '../bed/command.ts'
import { until } from '../bed/objects.ts'

const NAMESPACE = 'egh'
const RUNS = Number(process.env['EG_RUNS'] ?? 2)
const PODS = `/api/v1/namespaces/${NAMESPACE}/pods`
const GATEWAY_PODS = `${PODS}?labelSelector=${encodeURIComponent('app.kubernetes.io/component=gateway')}`
const METHODS = ['GET', 'POST', 'DELETE', 'PUT', 'PATCH', 'HEAD', 'OPTIONS']

let bed: Bed
let users: Server
let calls: string[] = []
let configApi: string
let eventsApi: string
const eg = (...args: string[]) => run([...args, '-n', NAMESPACE], { env: { KUBECONFIG: bed.kubeconfig } })
const COMMANDS = {
  verify: () => eg('verify', '-o', 'json'),
  setup: () => eg('--yes', '--expose', 'node-port'),
  status: () => eg('status'),
}

async function ask(method: string, path: string, body?: object) {
  const init = { method, headers: { connection: 'close' }, ...(body ? { body: JSON.stringify(body) } : {}) }
  const response = await fetch(`${configApi}/v1/spaces/${path}`, init)
  return { status: response.status, body: JSON.parse((await response.text()) || '{}') }
}

/** A user's sync subscription; gives its path in the config API. */
async function subscribe(space: string, method: string, path: string, type = 'sync', eventType = 'any') {
  await ask('POST', `${space}/eventtypes`, { name: eventType })
  const { address, port } = { address: bed.machine, ...portOf(users) }
  const provider = { url: `http://${address}:${port}/${space}` }
  await ask('POST', `${space}/functions`, { functionId: 'mine', type: 'http', provider })
  const answer = await ask('POST', `${space}/subscriptions`, { type, eventType, functionId: 'mine', path, method })
  expect(answer.status).toBe(201)
  return `${space}/subscriptions/${answer.body.subscriptionId}`
}
const portOf = (server: Server) => ({ port: (server.address() as AddressInfo).port })

const listPods = async () =>
  ((await bed.api('GET', GATEWAY_PODS)).body.items ?? []).filter(
    ({ metadata }) => metadata.deletionTimestamp === undefined,
  )
const isReady = ({ status }: KubeObject) =>
  status?.conditions?.some((each: { type: string; status: string }) => each.type === 'Ready' && each.status === 'True')
/** The three replicas with their restarts, once all are ready. */
const replicas = (accept = (_restarts: number[]) => true) =>
  until(
    async () => {
      const pods = await listPods()
      const restarts = pods.map(({ status }) => status?.containerStatuses?.[0]?.restartCount)
      if (pods.length !== 3 || !pods.every(isReady) || !accept(restarts)) return undefined
      return Object.fromEntries(pods.map(({ metadata }, index) => [metadata.name, restarts[index]]))
    },
    'three replicas are ready',
    60_000,
  )

/** What the proofs have left in the gateway. */
const traces = async () => {
  const resources = { functions: 'functions', eventtypes: 'eventTypes', subscriptions: 'subscriptions' }
  const lists = Object.entries(resources).map(async ([resource, key]) => {
    return (await ask('GET', `eg-setup-probe/${resource}`)).body[key]
  })
  return (await Promise.all(lists)).flat()
}

beforeAll(async () => {
  bed = await openBed()
  users = createServer((request, response) => {
    calls.push(request.url ?? '')
    response.end('{}')
  }).listen(0, '0.0.0.0')
  await once(users, 'listening')
  const outcome = await eg('--yes', '--expose', 'node-port', '-o', 'json')
  expect(outcome).toMatchObject({ code: 0 })
  const exports = JSON.parse(outcome.stdout)
  const at = (port: string) => `http://${exports.EVENT_GATEWAY_URL}:${port}`
  configApi = at(exports.EVENT_GATEWAY_CONFIG_API_PORT)
  eventsApi = at(exports.EVENT_GATEWAY_EVENTS_API_PORT)
  // Of every method one catch-all, in a space that the gateway's counters name no more once it has restarted.
  for (const [index, method] of METHODS.entries())
    await subscribe(['default', 'orders', 'a.third-space'][index % 3]!, method, '/*rest')
})
afterAll(async () => {
  users.close()
  await eg('cleanup', '--yes', '--delete-data')
  await bed.close()
})

async function staysHarmless(name: keyof typeof COMMANDS) {
  const before = await replicas()
  calls = []
  const outcomes = []
  for (let round = 0; round < RUNS; round++) outcomes.push(await COMMANDS[name]())
  expect(outcomes.filter(({ code }) => code !== 0).map(({ stderr }) => stderr)).toEqual([])
  expect(calls).toEqual([])
  expect(await replicas()).toEqual(before)
  expect(await traces()).toEqual([])
  return outcomes
}
const NAMES = Object.keys(COMMANDS) as (keyof typeof COMMANDS)[]

describe("beside a user's catch-all of every method", () => {
  test('the catch-alls do catch', async () => {
    await until(async () => {
      await fetch(`${eventsApi}/eg-setup-probe`, { method: 'PATCH', headers: { connection: 'close' } })
      return calls.length > 0 ? true : undefined
    }, 'a call')
  })

  test.each(NAMES)('%s calls no function, ends no replica and leaves nothing', async name => {
    for (const { stdout } of await staysHarmless(name))
      if (name === 'verify') expect(JSON.parse(stdout)).toMatchObject({ verified: true, eventSent: true })
  })
})

describe('once the replicas have restarted', () => {
  beforeAll(async () => {
    for (const { metadata } of await listPods()) await bed.api('DELETE', `${PODS}/${metadata.name}`)
    await replicas()
  })

  test.each(NAMES)('%s calls no function, ends no replica and leaves nothing', async name => {
    for (const { stdout } of await staysHarmless(name))
      if (name === 'verify') expect(JSON.parse(stdout)).toMatchObject({ verified: true, eventSent: true })
  })
})

test('an event that a user would get is not sent, and verify says so', async () => {
  const watcher = await subscribe('watchers', 'POST', '/', 'async', 'gateway.event.received')
  const outcomes = await staysHarmless('verify')
  await ask('DELETE', watcher)
  expect(JSON.parse(outcomes[0]!.stdout)).toMatchObject({ verified: true, eventSent: false, replicas: [] })
  expect(outcomes[0]!.stderr).toContain(
    'No test event was sent: POST / in space watchers gets every event (gateway.event.received).',
  )
})

test('where every method and path is taken, setup and verify send no event', async () => {
  const roots = []
  for (const method of METHODS) roots.push(await subscribe('roots', method, '/'))
  const [verified] = await staysHarmless('verify')
  const [installed] = await staysHarmless('setup')
  for (const root of roots) await ask('DELETE', root)
  expect(JSON.parse(verified!.stdout)).toMatchObject({ verified: true, eventSent: false })
  expect(installed!.stderr).toContain('No test event was sent: subscriptions match every method and path')
})

test('a subscription whose deletion crashes the gateway is warned of, and does crash it', async () => {
  const lost = await subscribe('shop', 'POST', '/a/b')
  const warning =
    /Deleting subscription POST \/a\/b in space shop can crash every replica, because it conflicts with POST \/\*rest in space orders\./
  const verified = await eg('verify')
  expect(verified.stderr).toMatch(warning)
  const { stdout } = await eg('status', '-o', 'json')
  expect(JSON.parse(stdout).warnings).toContainEqual(expect.stringMatching(warning))
  const before = await replicas()
  await ask('DELETE', lost)
  const after = await replicas(restarts => restarts.every(count => count > 0))
  expect(Object.keys(after).sort()).toEqual(Object.keys(before).sort())
  expect((await eg('verify')).stderr).not.toMatch(warning)
})
