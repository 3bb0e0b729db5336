import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Bed, openBed } from '../bed/bed.ts'
import { run } from '../bed/command.ts'
import { createNamespace, deleteNamespace, identities, names, ours, volumes } from '../bed/objects.ts'

const NAMESPACE = 'egt-sts'
const BORROWER = 'egt-ext'
const RESTRICTED = { 'pod-security.kubernetes.io/enforce': 'restricted' }

let bed: Bed
const inNamespace =
  (namespace: string) =>
  (...args: string[]) =>
    run([...args, '-n', namespace], { env: { KUBECONFIG: bed.kubeconfig } })
const eg = inNamespace(NAMESPACE)
const borrower = inNamespace(BORROWER)

const EVENT_TYPES = '/v1/spaces/default/eventtypes'
async function gateway(path: string, body?: object): Promise<unknown> {
  const { stdout } = await eg('env', '-o', 'json')
  const { EVENT_GATEWAY_URL: host, EVENT_GATEWAY_CONFIG_API_PORT: port } = JSON.parse(stdout)
  const answer = await fetch(`http://${host}:${port}${path}`, body && { method: 'POST', body: JSON.stringify(body) })
  return answer.json()
}

beforeAll(async () => {
  bed = await openBed()
  await createNamespace(bed, NAMESPACE, RESTRICTED)
  await createNamespace(bed, BORROWER, RESTRICTED)
})
afterAll(async () => {
  await borrower('cleanup', '--yes')
  await eg('cleanup', '--yes', '--delete-data')
  await deleteNamespace(bed, NAMESPACE)
  await deleteNamespace(bed, BORROWER)
  await bed.close()
})

test('a StatefulSet of three members works where Pod Security is restricted, and leaves the cluster alone', async () => {
  const before = names(await ours(bed))
  const { code, stderr } = await eg('--yes', '--expose', 'node-port', '--etcd', 'statefulset', '--set', 'etcd.size=3')
  expect({ code, stderr }).toMatchObject({ code: 0, stderr: expect.not.stringContaining('warning') })
  const made = names(await ours(bed)).filter(name => !before.includes(name))
  expect(made.filter(name => !name.includes(` ${NAMESPACE}/`))).toEqual([])
  expect(await gateway(EVENT_TYPES, { name: 'kept' })).toMatchObject({ name: 'kept' })
  const { stdout } = await eg('status', '-o', 'json')
  expect(JSON.parse(stdout)).toMatchObject({ healthy: true, etcd: { mode: 'statefulset', wanted: 3, ready: 3 } })
})

test('a second run keeps the recorded mode and changes no object', async () => {
  const before = identities(await ours(bed))
  expect(await eg('--yes')).toMatchObject({ code: 0 })
  expect(identities(await ours(bed))).toEqual(before)
})

test.each<[what: string, args: string[], says: string]>([
  ['another size', ['--set', 'etcd.size=1'], 'has 3 members'],
  ['the operator', ['--etcd', 'operator'], 'runs etcd in statefulset mode'],
  ['an etcd elsewhere', ['--etcd', 'external', '--etcd-endpoints', 'a:2379'], 'runs etcd in statefulset mode'],
])('%s is refused while that etcd is there, and nothing changes', async (_what, args, says) => {
  const before = identities(await ours(bed))
  expect(await eg('--yes', ...args)).toMatchObject({ code: 3, stdout: '', stderr: expect.stringContaining(says) })
  expect(identities(await ours(bed))).toEqual(before)
})

test('another installation uses that etcd from outside, and its cleanup leaves it alone', async () => {
  const endpoints = `eg-etcd-cluster-client.${NAMESPACE}:2379`
  const outcome = await borrower('--yes', '--expose', 'node-port', '--etcd', 'external', '--etcd-endpoints', endpoints)
  expect(outcome).toMatchObject({ code: 0 })
  const { stdout } = await borrower('status', '-o', 'json')
  expect(JSON.parse(stdout)).toMatchObject({
    healthy: true,
    etcd: { mode: 'external', hosts: [endpoints], members: [] },
  })
  expect(await borrower('cleanup', '--yes')).toMatchObject({ code: 0 })
  expect(await gateway(EVENT_TYPES)).toMatchObject({ eventTypes: [{ name: 'kept' }] })
})

test('an endpoint that does not answer is named', async () => {
  const args = ['--yes', '--etcd', 'external', '--etcd-endpoints', 'nobody:2379', '--set', 'replicaCount=1']
  const { code, stderr } = await borrower(...args, '--timeout', '30s')
  expect([1, 4]).toContain(code)
  expect(stderr).toContain('etcd at nobody:2379 does not answer from inside the cluster')
  const { stdout } = await borrower('status', '-o', 'json')
  expect(JSON.parse(stdout)).toMatchObject({ healthy: false, problems: [{ about: 'gateway' }] })
})

test('cleanup keeps the volumes, setup reuses their data, and --delete-data leaves nothing', async () => {
  expect(await eg('cleanup', '--yes')).toMatchObject({ code: 0 })
  expect(await volumes(bed, NAMESPACE)).toHaveLength(3)
  expect(await eg('status')).toMatchObject({
    code: 3,
    stdout: '',
    stderr: expect.stringContaining('etcd-data-eg-etcd-cluster-0'),
  })
  expect(await eg('--yes', '--etcd', 'operator')).toMatchObject({
    code: 3,
    stderr: expect.stringContaining('--delete-data'),
  })
  expect(await eg('--yes', '--set', 'etcd.size=1')).toMatchObject({
    code: 3,
    stderr: expect.stringContaining('--delete-data'),
  })
  expect(await eg('--yes')).toMatchObject({ code: 0 })
  expect(await gateway(EVENT_TYPES)).toMatchObject({ eventTypes: [{ name: 'kept' }] })
  expect(await eg('cleanup', '--yes', '--delete-data')).toMatchObject({ code: 0 })
  expect(await volumes(bed, NAMESPACE)).toEqual([])
  expect(names(await ours(bed)).filter(name => name.includes(` ${NAMESPACE}/`))).toEqual([])
})
