import { hostname } from 'node:os'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { type Bed, openBed } from '../bed/bed.ts'
import { type Outcome, run, start } from '../bed/command.ts'
import { createNamespace, deleteNamespace, names, ours, until } from '../bed/objects.ts'

const NAMESPACE = 'eg-two'
const LEASES = `/apis/coordination.k8s.io/v1/namespaces/${NAMESPACE}/leases`
let bed: Bed
const options = () => ({ env: { KUBECONFIG: bed.kubeconfig } })
const setup = ['--yes', '--expose', 'node-port', '--set', 'replicaCount=1', '-n', NAMESPACE]
const cleanup = ['cleanup', '--yes', '--delete-data', '-n', NAMESPACE]
const leaseOf = async () => {
  const { status, body } = await bed.api('GET', `${LEASES}/eg-setup`)
  return status === 200 ? body : undefined
}
const ME = (child: { pid?: number | undefined }) =>
  new RegExp(`Another eg-setup run is active in namespace ${NAMESPACE}: \\S+@${hostname()}/${child.pid}, since`)

type Left = { seconds: number; labels: object; holder?: string }

/** A Lease that says that a run on another machine holds the namespace. */
async function leaveLease({ seconds, labels, holder = 'ann@elsewhere/1' }: Left) {
  const now = new Date().toISOString().replace('Z', '000Z')
  const spec = { holderIdentity: holder, leaseDurationSeconds: seconds, acquireTime: now, renewTime: now }
  const metadata = { name: 'eg-setup', labels }
  await createNamespace(bed, NAMESPACE)
  const { status } = await bed.api('POST', LEASES, {
    apiVersion: 'coordination.k8s.io/v1',
    kind: 'Lease',
    metadata,
    spec,
  })
  expect(status).toBe(201)
}
const LABELS = { 'app.kubernetes.io/managed-by': 'eg-setup' }

beforeAll(async () => {
  bed = await openBed()
})
afterEach(async () => {
  expect(await run(cleanup, options())).toMatchObject({ code: 0 })
  expect(names(await ours(bed))).toEqual([])
})
afterAll(() => bed.close())

test('of two setups at once one works, the other names it, waits, and finds everything done', async () => {
  const runs = [start(setup, options()), start(setup, options())] as const
  const outcomes = await Promise.all(runs.map(({ ended }) => ended))
  expect(outcomes).toMatchObject([{ code: 0 }, { code: 0 }])
  const waited = outcomes.findIndex(({ stderr }) => stderr.includes('Another eg-setup run is active'))
  const [first, second] = waited === 0 ? [runs[1], outcomes[0]] : [runs[0], outcomes[1]]
  expect(second?.stderr).toMatch(ME(first.child))
  expect(second?.stderr).toContain('Planning again')
  expect(outcomes[0]?.stdout).toBe(outcomes[1]?.stdout)
  expect(await leaseOf()).toBeUndefined()
})

test('a cleanup waits for a setup that is at work until --timeout, and leaves with its name', async () => {
  const running = start(setup.with(2, 'load-balancer'), options())
  await running.says('the load balancer has no address yet')
  const before = names(await ours(bed))
  const { code, stderr } = await run([...cleanup, '--timeout', '1s'], options())
  expect({ code, stderr }).toMatchObject({ code: 4, stderr: expect.stringMatching(ME(running.child)) })
  expect(names(await ours(bed))).toEqual(before)
  running.child.kill('SIGINT')
  expect(await running.ended).toMatchObject({ code: 130 })
})

test('after a kill -9 the next run on this machine takes over at once', async () => {
  const running = start(setup, options())
  await running.says('etcd operator …')
  running.child.kill('SIGKILL')
  await running.ended
  expect(await leaseOf()).toMatchObject({ spec: { holderIdentity: expect.stringMatching(`/${running.child.pid}$`) } })
  const { code, stderr } = await run(setup, options())
  expect({ code, stderr }).toMatchObject({ code: 0, stderr: expect.not.stringContaining('Another eg-setup') })
})

test('a holder elsewhere that has died is waited for until its lease has run out', async () => {
  await leaveLease({ seconds: 2, labels: LABELS })
  const { code, stderr } = await run(setup, options())
  expect({ code, stderr }).toMatchObject({
    code: 0,
    stderr: expect.stringMatching(
      /Another eg-setup run is active in namespace eg-two: ann@elsewhere\/1, since .* Waiting for it/,
    ),
  })
  expect(await leaseOf()).toBeUndefined()
  await run(cleanup, options())
  await deleteNamespace(bed, NAMESPACE)
})

test('a holder in a container that has our host name is waited for, though no process here has its id', async () => {
  const holder = `root@${hostname()}/4194305`
  await leaveLease({ seconds: 3, labels: LABELS, holder })
  const { code, stderr } = await run([...cleanup, '--timeout', '20s'], options())
  expect({ code, stderr }).toMatchObject({
    code: 0,
    stderr: expect.stringContaining(`Another eg-setup run is active in namespace eg-two: ${holder}, since`),
  })
  await deleteNamespace(bed, NAMESPACE)
})

test('a foreign Lease with that name is not touched', async () => {
  await leaveLease({ seconds: 2, labels: {} })
  const before = await leaseOf()
  const outcome: Outcome = await run(setup, options())
  expect(outcome).toMatchObject({ code: 3, stdout: '', stderr: expect.stringContaining('not created by eg-setup') })
  expect(await leaseOf()).toEqual(before)
  await deleteNamespace(bed, NAMESPACE)
})

test.each(['SIGINT', 'SIGTERM'] as const)('%s gives the lock back', async signal => {
  const running = start(setup, options())
  await running.says('etcd operator …')
  running.child.kill(signal)
  await running.ended
  await until(async () => ((await leaseOf()) === undefined ? true : undefined), 'the Lease gone', 1000)
})
