import { expect, test } from 'vitest'
import type { UserError } from '../../src/errors.ts'
import { ref } from '../../src/kube/kinds.ts'
import type { KubeObject } from '../../src/kube/object.ts'
import type { Kube } from '../../src/kube/request/client.ts'
import { lastLine } from '../../src/kube/waiting/logs.ts'
import type { Readiness } from '../../src/kube/waiting/ready.ts'
import { joinFixes, waitFor } from '../../src/kube/waiting/wait.ts'
import { lookAtWorkload } from '../../src/kube/waiting/workload.ts'

/** Time that passes only by sleeping. */
function fakeIo() {
  let now = 0
  const clock = {
    now: () => now,
    sleep: async (ms: number) => {
      now += ms
    },
  }
  return { clock, signal: new AbortController().signal }
}

const wait = async (look: () => Promise<Readiness>, deadline = 600_000) => {
  const io = fakeIo()
  const reasons: string[] = []
  const error = await waitFor(
    { what: 'X', look, fix: 'See Y.', deadline, onReason: reason => reasons.push(reason) },
    io,
  ).catch((error: UserError) => error)
  return { error, reasons, took: io.clock.now() }
}

test('waiting ends where the same hopeless thing has lasted as long as it may', async () => {
  const { error, took } = await wait(async () => ({
    ready: false,
    reason: 'no.',
    fix: 'Do Z.',
    hopelessAfterMs: 15_000,
  }))
  expect(error).toMatchObject({ code: 1, message: "X can't become ready: no.", fix: 'Do Z. See Y.' })
  expect(took).toBeGreaterThanOrEqual(15_000)
  expect(took).toBeLessThan(15_500)
})

test('messages from the cluster are shown without control characters', async () => {
  const { error, reasons } = await wait(async () => ({
    ready: false,
    reason: '\x1b[31mred\nline\u202e',
    hopelessAfterMs: 0,
  }))
  expect(reasons).toEqual(['red line'])
  expect(error).toMatchObject({ message: "X can't become ready: red line." })
})

test('hope in between counts from the beginning again', async () => {
  let looks = 0
  const { took } = await wait(async () => ({
    ready: false,
    reason: 'no',
    ...(++looks === 20 ? {} : { hopelessAfterMs: 10_000 }),
  }))
  expect(took).toBeGreaterThan(12_500)
})

test('another cause has the time that waiting may take for it from its own beginning', async () => {
  let looks = 0
  const { error, took } = await wait(async () =>
    ++looks <= 100
      ? { ready: false, reason: 'no node', cause: 'node', hopelessAfterMs: 60_000 }
      : { ready: false, reason: 'no image', cause: 'image', hopelessAfterMs: 15_000 },
  )
  expect(error).toMatchObject({ code: 1, message: "X can't become ready: no image." })
  expect(took).toBeGreaterThan(60_000)
  expect(took).toBeLessThan(66_000)
})

test('a cause counts as the same while its wording changes', async () => {
  let looks = 0
  const { took } = await wait(async () => ({
    ready: false,
    reason: `try ${++looks}`,
    cause: 'image',
    hopelessAfterMs: 15_000,
  }))
  expect(took).toBeLessThan(15_500)
})

test('the deadline says the last reason', async () => {
  const { error } = await wait(async () => ({ ready: false, reason: '0 of 1 ready' }), 30_000)
  expect(error).toMatchObject({ code: 4, message: 'X was not ready after 30s: 0 of 1 ready.', fix: 'See Y.' })
})

type World = { pods?: KubeObject[]; events?: object[]; log?: string; replicas?: number }

const template = { metadata: { labels: { app: 'd' } } }

/** A cluster with one Deployment that is not ready and its ReplicaSet; gives what was asked, too. */
function fakeKube(world: () => World) {
  const asked: string[] = []
  const set = {
    apiVersion: 'apps/v1',
    kind: 'ReplicaSet',
    metadata: { name: 'd-1', namespace: 'ns', labels: { 'pod-template-hash': '1' }, ownerReferences: [{ uid: 'd' }] },
    spec: { template: { metadata: { labels: { app: 'd', 'pod-template-hash': '1' } } } },
  }
  const kube = {
    read: async () => ({
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: 'd', namespace: 'ns', uid: 'd' },
      spec: { replicas: world().replicas ?? 1, selector: { matchLabels: { app: 'd' } }, template },
      status: { updatedReplicas: 1 },
    }),
    list: async (kind: string, { fields = '' }: { fields?: string } = {}) => {
      asked.push(`${kind} ${fields}`.trim())
      return kind === 'Pod' ? (world().pods ?? []) : kind === 'ReplicaSet' ? [set] : (world().events ?? [])
    },
    connection: {
      send: async ({ path }: { path: string }) => {
        asked.push(path)
        return { status: 200, headers: {}, text: world().log ?? '' }
      },
    },
  }
  return { kube: kube as unknown as Kube, asked }
}

const DEPLOYMENT = ref('Deployment', 'd', 'ns')
const crashed = (restartCount: number, uid = 'u'): KubeObject => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: `d-1-${uid}`, namespace: 'ns', uid, labels: { 'pod-template-hash': '1' } },
  status: {
    phase: 'Running',
    containerStatuses: [
      {
        name: 'c',
        restartCount,
        ready: false,
        state: { waiting: { reason: 'CrashLoopBackOff' } },
        lastState: { terminated: { exitCode: 1, reason: 'Error', finishedAt: `t${restartCount}` } },
      },
    ],
  },
})

test('a crash comes with the last line of its log, read once', async () => {
  const { kube, asked } = fakeKube(() => ({
    pods: [crashed(1)],
    log: '{"level":"fatal","msg":"Cannot create KV client.","error":"no etcd"}\n',
  }))
  const look = lookAtWorkload(kube, DEPLOYMENT, {})
  for (let looks = 0; looks < 9; looks++)
    expect(await look()).toMatchObject({
      reason:
        '0 of 1 replicas available, pod d-1-u exited with code 1, restarted once: Cannot create KV client: no etcd',
    })
  expect(asked.filter(path => path.includes('/log'))).toEqual([
    '/api/v1/namespaces/ns/pods/d-1-u/log?container=c&tailLines=20',
  ])
})

test('what was so before the first look gets the time to be tried again, and fails once it was', async () => {
  let restarts = 7
  const { kube } = fakeKube(() => ({ pods: [crashed(restarts)] }))
  const look = lookAtWorkload(kube, DEPLOYMENT, {})
  expect(await look()).toMatchObject({ hopelessAfterMs: 330_000 })
  restarts = 8
  for (let looks = 0; looks < 6; looks++) await look()
  expect(await look()).toMatchObject({ hopelessAfterMs: 0 })
})

test('pods that merely start are no reason; those that do not for long are asked for their warnings', async () => {
  const starting = {
    ...crashed(0),
    status: {
      phase: 'Pending',
      containerStatuses: [{ name: 'c', state: { waiting: { reason: 'ContainerCreating' } } }],
    },
  }
  const events = [{ metadata: { uid: 'e' }, type: 'Warning', reason: 'FailedMount', message: 'secret "s" not found' }]
  const { kube } = fakeKube(() => ({ pods: [starting], events }))
  const look = lookAtWorkload(kube, DEPLOYMENT, {})
  expect(await look()).toEqual({ ready: false, reason: '0 of 1 replicas available' })
  for (let looks = 0; looks < 24; looks++) await look()
  expect(await look()).toMatchObject({
    reason: '0 of 1 replicas available, pod d-1-u: FailedMount: secret "s" not found',
  })
})

test('a Deployment that was scaled to 0 is reported at once', async () => {
  const { kube } = fakeKube(() => ({ replicas: 0 }))
  expect(await lookAtWorkload(kube, DEPLOYMENT, {})()).toMatchObject({
    reason: 'scaled to 0 replicas',
    hopelessAfterMs: 0,
  })
})

test.each([
  ['plain\nlast\n\n', 'last'],
  ['{"level":"info","msg":"a"}\n{"level":"fatal","msg":"b.","error":"c"}\nexit', 'b: c'],
  ['panic: boom\n\ngoroutine 1 [running]:\nmain.main()', 'panic: boom'],
  ['exec /event-gateway: exec format error', 'exec /event-gateway: exec format error'],
  ['\x1b[31mred\x1b[0m', 'red'],
  ['', ''],
])('of the log %j the telling line is %j', (log, line) => {
  expect(lastLine(log)).toBe(line)
})

test.each([
  [undefined, 'See Y: y', 'See Y: y'],
  ['Do Z.', 'See Y: y', 'Do Z. See Y: y'],
  ['Do Z: z', 'See Y: y', 'Do Z: z'],
])('a fix that ends with its command stands alone: %s', (specific, general, fix) => {
  expect(joinFixes(specific, general)).toBe(fix)
})
