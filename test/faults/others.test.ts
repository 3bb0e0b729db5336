import { setTimeout as sleep } from 'node:timers/promises'
import { expect, onTestFinished, test } from 'vitest'
import { until } from '../bed/objects.ts'
import type { Asked, Fault } from './faulty-api.ts'
import { checkGone, checkInstalled, checkPrefix, checkRun, wantedIn } from './invariants.ts'
import { status } from './status.ts'
import { type Strike, sweep } from './sweep.ts'
import { CLEANUP, NAMESPACE, openWorld, SETUP, type World } from './world.ts'

const SERVICE = `/api/v1/namespaces/${NAMESPACE}/services/eg-event-gateway`

async function emptyWorld(): Promise<World & { wanted: string[] }> {
  const world = await openWorld()
  onTestFinished(() => world.bed.close())
  const wanted = await wantedIn(world)
  await checkGone(world, await world.run(CLEANUP))
  return { ...world, wanted }
}

test('an object that is deleted while setup runs exists after the next run', async ({ task }) => {
  const strike: Strike = (world, args, index) => {
    let applied = ''
    let count = 0
    return world.run([...args, '--timeout', '60s'], asked => {
      if (args[0] !== SETUP[0]) return undefined
      if (
        asked.method === 'PATCH' &&
        !asked.path.includes('dryRun') &&
        !/\/namespaces\/[^/]+$|\/configmaps\//.test(path(asked))
      )
        applied = path(asked)
      if (applied === '' || count++ !== index) return undefined
      void world.bed.api('DELETE', applied)
      return 'pass'
    })
  }
  // Most of them wait for what does not come again.
  const { setup } = await sweep(strike, { worlds: 6 })
  Object.assign(task.meta, { faults: setup })
  expect(setup).toBeGreaterThan(20)
})
const path = (asked: Asked) => asked.path.split('?')[0] ?? ''

test('a Service that replaces the installed one at any moment of cleanup is kept', async ({ task }) => {
  const world = await emptyWorld()
  const theirs = {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'eg-event-gateway' },
    spec: { ports: [{ port: 80 }] },
  }
  let faults = 0
  for (let index = 0, isThere = true; isThere; index++) {
    await checkInstalled(world, await world.run(SETUP), world.wanted)
    isThere = false
    const replace = async (): Promise<Fault> => {
      const { status } = await world.bed.api('DELETE', SERVICE)
      isThere = status === 200
      if (isThere) await world.bed.api('POST', SERVICE.replace(/\/[^/]+$/, ''), theirs)
      return 'pass'
    }
    const cleanup = await world.run(CLEANUP, asked => (asked.index === index ? replace() : undefined))
    checkRun(cleanup)
    await checkPrefix(world, `cleanup, replaced at ${index}`)
    if (!isThere) break
    faults++
    checkRun(await world.run(CLEANUP))
    expect((await world.bed.api('GET', SERVICE)).body.spec.ports, cleanup.stderr).toMatchObject([{ port: 80 }])
    await world.bed.api('DELETE', SERVICE)
    await checkGone(world, await world.run(CLEANUP))
  }
  Object.assign(task.meta, { faults })
  expect(faults).toBeGreaterThan(20)
})

test('a finalizer that is never removed is named at the deadline, and cleanup continues once it is removed', async ({
  task,
}) => {
  const world = await emptyWorld()
  await world.run(SETUP)
  const put = (finalizers: string[] | null) =>
    world.bed.api('PATCH', SERVICE, { metadata: { finalizers } }, 'application/merge-patch+json')
  await put(['example.com/stays'])
  const cleanup = await world.run([...CLEANUP, '--timeout', '10s'])
  checkRun(cleanup, { limitMs: 20_000 })
  expect(cleanup).toMatchObject({
    code: 4,
    stderr: expect.stringMatching(/✖ {2}service\/eg-event-gateway -n egk .*example\.com\/stays/),
  })
  await put(null)
  await checkGone(world, await world.run(CLEANUP))
  Object.assign(task.meta, { faults: 1 })
})

test('a definition that is served late is waited for', async ({ task }) => {
  const world = await emptyWorld()
  let late = 20
  const setup = await world.run(SETUP, asked =>
    /etcdclusters\?limit/.test(asked.path) && late-- > 0 ? { status: 404, body: '404 page not found\n' } : undefined,
  )
  await checkInstalled(world, setup, world.wanted)
  await checkGone(world, await world.run(CLEANUP))
  Object.assign(task.meta, { faults: setup.struck })
})

test.for(['namespaces/egk/configmaps/eg-setup', 'statefulsets/eg-etcd-cluster', 'deployments/eg-event-gateway'])(
  'a namespace that is deleted when setup asks for %s: setup ends or makes it again, and the next one finds all well',
  async (moment, { task }) => {
    const world = await emptyWorld()
    let isMade = false
    let struck = false
    const setup = await world.run([...SETUP, '--timeout', '30s'], asked => {
      isMade ||= asked.method === 'POST' && path(asked).endsWith('/leases') && asked.index > 0
      if (struck || !isMade || !path(asked).endsWith(moment)) return undefined
      struck = true
      return world.bed.api('DELETE', `/api/v1/namespaces/${NAMESPACE}`).then(() => 'pass' as const)
    })
    checkRun(setup)
    expect({ struck, code: setup.code, stderr: setup.stderr }).toMatchObject({
      struck: true,
      code: expect.toBeOneOf([0, 1, 3, 4]),
    })
    const isSettled = async () => {
      const { body } = await world.bed.api('GET', `/api/v1/namespaces/${NAMESPACE}`)
      return body.metadata.deletionTimestamp === undefined ? true : undefined
    }
    await until(isSettled, 'the namespace gone')
    await checkInstalled(world, await world.run(SETUP), world.wanted)
    await checkGone(world, await world.run(CLEANUP))
    Object.assign(task.meta, { faults: 1 })
  },
)

const LEASE = `/apis/coordination.k8s.io/v1/namespaces/${NAMESPACE}/leases/eg-setup`

test('a run whose lock was taken over by another run stops', async ({ task }) => {
  const world = await emptyWorld()
  const now = new Date().toISOString().replace('Z', '000Z')
  const spec = { holderIdentity: 'ann@elsewhere/1', acquireTime: now, renewTime: now }
  let isTaken = false
  const setup = await world.run(SETUP, asked => {
    if (asked.index < 40 || !asked.path.includes('/statefulsets/')) return undefined
    if (!isTaken) void world.bed.api('PATCH', LEASE, { spec }, 'application/merge-patch+json')
    isTaken = true
    return { status: 404, body: status404 }
  })
  checkRun(setup, { limitMs: 60_000 })
  expect(setup).toMatchObject({
    code: 1,
    stderr: expect.stringMatching(/^✖ {2}Another eg-setup run is active in namespace egk: ann@elsewhere\/1/m),
  })
  expect((await world.bed.api('GET', LEASE)).body.spec.holderIdentity).toBe('ann@elsewhere/1')
  await world.bed.api('DELETE', LEASE)
  await checkInstalled(world, await world.run(SETUP), world.wanted)
  Object.assign(task.meta, { faults: setup.struck + 1 })
})
const status404 = {
  kind: 'Status',
  apiVersion: 'v1',
  status: 'Failure',
  reason: 'NotFound',
  message: 'not found',
  code: 404,
}

test('a run that holds the lock for long is waited for until --timeout', async ({ task }) => {
  const world = await emptyWorld()
  await checkInstalled(world, await world.run(SETUP), world.wanted)
  const started = new Date().toISOString().replace('Z', '000Z')
  const spec = { holderIdentity: 'ann@elsewhere/1', leaseDurationSeconds: 15, acquireTime: started, renewTime: started }
  const metadata = { name: 'eg-setup', labels: { 'app.kubernetes.io/managed-by': 'eg-setup' } }
  const body = { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', metadata, spec }
  expect((await world.bed.api('POST', LEASE.replace(/\/[^/]+$/, ''), body)).status).toBe(201)
  let looks = 0
  // One look a second.
  const renew = async (): Promise<Fault> => {
    const renewed = { spec: { leaseTransitions: ++looks } }
    if (looks > 100) await world.bed.api('DELETE', LEASE)
    else await world.bed.api('PATCH', LEASE, renewed, 'application/merge-patch+json')
    return 'pass'
  }
  const setup = await world.run([...SETUP, '--timeout', '5m'], ({ method, path }) =>
    method === 'GET' && path === LEASE && looks <= 100 ? renew() : undefined,
  )
  await checkInstalled(world, setup, world.wanted)
  expect(setup.stderr).toMatch(/ann@elsewhere\/1, since .* Waiting for it to finish, at most 300s\./)
  await checkGone(world, await world.run(CLEANUP))
  Object.assign(task.meta, { faults: looks })
})

test('a cleanup that lost the lock of its namespace to another run continues with the operator', async ({ task }) => {
  const world = await emptyWorld()
  await checkInstalled(world, await world.run(SETUP), world.wanted)
  const now = new Date().toISOString().replace('Z', '000Z')
  const spec = { holderIdentity: 'ann@elsewhere/1', leaseDurationSeconds: 15, acquireTime: now, renewTime: now }
  const lease = { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', metadata: { name: 'eg-setup' }, spec }
  const namespace = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: NAMESPACE } }
  let isTaken = false
  const takeNamespace = async (): Promise<Fault> => {
    expect((await world.bed.api('POST', '/api/v1/namespaces', namespace)).status).toBe(201)
    expect((await world.bed.api('POST', LEASE.replace(/\/[^/]+$/, ''), lease)).status).toBe(201)
    // Long enough for the cleanup to renew what it takes for its Lease.
    await sleep(500)
    return 'pass'
  }
  const cleanup = await world.run(CLEANUP, ({ method, path }) => {
    if (isTaken || method !== 'DELETE' || !path.includes('/etcd-operator-system/')) return undefined
    isTaken = true
    return takeNamespace()
  })
  checkRun(cleanup)
  expect({ isTaken, code: cleanup.code, stderr: cleanup.stderr }).toMatchObject({ isTaken: true, code: 0 })
  expect((await world.bed.api('GET', LEASE)).body.spec.holderIdentity).toBe('ann@elsewhere/1')
  await world.bed.api('DELETE', `/api/v1/namespaces/${NAMESPACE}`)
  Object.assign(task.meta, { faults: 1 })
})

test('a user without permission to create Leases is warned once for each and continues', async ({ task }) => {
  const world = await emptyWorld()
  const setup = await world.run(SETUP, ({ path }) =>
    path.includes('/leases')
      ? status(403, 'leases.coordination.k8s.io is forbidden', { reason: 'Forbidden' })
      : undefined,
  )
  await checkInstalled(world, setup, world.wanted)
  expect(setup.stderr.match(/▲ {2}Other eg-setup runs can't be detected/g)).toHaveLength(2)
  Object.assign(task.meta, { faults: setup.struck })
})

test('an API server that is busy is spoken of once, without -v', async ({ task }) => {
  const world = await emptyWorld()
  const tooMany = status(429, 'too many requests', { headers: { 'retry-after': '5' } })
  const setup = await world.run(
    SETUP.filter(arg => arg !== '-v'),
    ({ index }) => (index % 10 === 5 ? tooMany : undefined),
  )
  await checkInstalled(world, setup, world.wanted)
  expect(setup.stderr.match(/Retrying: too many requests/g)).toHaveLength(1)
  Object.assign(task.meta, { faults: setup.struck })
})
