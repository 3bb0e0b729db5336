import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Bed, openBed } from '../bed/bed.ts'
import { run } from '../bed/command.ts'
import { createNamespace, deleteNamespace, until } from '../bed/objects.ts'

const NAMESPACE = 'egt-status'
const DEPLOYMENT = `/apis/apps/v1/namespaces/${NAMESPACE}/deployments/eg-event-gateway`
const NODES = '/api/v1/nodes'

let bed: Bed
const setup = ['--yes', '--etcd', 'statefulset', '--expose', 'node-port', '-n', NAMESPACE]
const env = () => ({ env: { KUBECONFIG: bed.kubeconfig } })
const eg = (...args: string[]) => run([...args, '-n', NAMESPACE], env())
const merge = (path: string, body: object) => bed.api('PATCH', path, body, 'application/merge-patch+json')
const status = async () => {
  const { code, stdout } = await eg('status', '-o', 'json')
  return { code, ...JSON.parse(stdout) }
}
const cordon = async (unschedulable: boolean) => {
  const { body } = await bed.api('GET', NODES)
  for (const { metadata } of body.items ?? []) await merge(`${NODES}/${metadata.name}`, { spec: { unschedulable } })
}

beforeAll(async () => {
  bed = await openBed()
  await createNamespace(bed, NAMESPACE)
})
afterAll(async () => {
  await cordon(false)
  await eg('cleanup', '--yes', '--delete-data')
  await deleteNamespace(bed, NAMESPACE)
  await bed.close()
})

test('where nothing is installed status says so and exits with 3', async () => {
  expect(await eg('status')).toMatchObject({ code: 3, stdout: '', stderr: expect.stringContaining(NAMESPACE) })
  expect(await status()).toEqual({ code: 3, installed: false, healthy: false })
})

test('status of a healthy installation', async () => {
  expect(await run(setup, env())).toMatchObject({ code: 0 })
  expect(await status()).toMatchObject({
    code: 0,
    installed: true,
    healthy: true,
    namespace: NAMESPACE,
    engine: 'builtin',
    gateway: { wanted: 3, ready: 3 },
    etcd: {
      mode: 'statefulset',
      members: [{ name: 'eg-etcd-cluster-0', healthy: true }],
      volumes: [{ name: 'etcd-data-eg-etcd-cluster-0', phase: 'Bound' }],
    },
    operator: null,
    exposure: 'node-port',
    endpoints: expect.arrayContaining([expect.objectContaining({ answers: true })]),
    warnings: [expect.stringContaining('log level is debug')],
    problems: [],
  })
  const { stdout } = await eg('status')
  expect(stdout).toMatch(/^✔ Healthy {2}namespace egt-status/)
  expect(stdout).not.toMatch(/\x1b|✖/)
})

test('a node that is closed to pods is named, with what opens it', async () => {
  await cordon(true)
  await bed.api('DELETE', `/api/v1/namespaces/${NAMESPACE}/pods/eg-etcd-cluster-0`)
  const reason = expect.stringContaining('unschedulable')
  const problems = expect.arrayContaining([{ about: 'etcd', reason, fix: expect.stringContaining('uncordon') }])
  const isNamed = async () => (problems.asymmetricMatch((await status()).problems) ? true : undefined)
  await until(isNamed, 'the cordoned node', 60_000)
  expect(await status()).toMatchObject({ code: 1, healthy: false, etcd: { wanted: 1, ready: 0 } })
  await cordon(false)
  const isWell = async () => ((await status()).healthy ? true : undefined)
  await until(isWell, 'health', 60_000)
})

test('a gateway scaled to 0 is unhealthy, and setup names the command that repairs it', async () => {
  await merge(DEPLOYMENT, { spec: { replicas: 0 } })
  const isDown = async () => ((await bed.api('GET', DEPLOYMENT)).body.status.replicas ? undefined : true)
  await until(isDown, 'the replicas gone')
  const problems = [{ about: 'gateway', reason: 'scaled to 0 replicas', fix: expect.any(String) }]
  expect(await status()).toMatchObject({ code: 1, healthy: false, gateway: { wanted: 0, ready: 0 }, problems })
  expect(await run(setup, env())).toMatchObject({ code: 1, stderr: expect.stringContaining('--force-conflicts') })
  expect(await run([...setup, '--force-conflicts'], env())).toMatchObject({ code: 0 })
  expect(await status()).toMatchObject({ code: 0, healthy: true })
})

test('a Service that is gone is a problem of the address', async () => {
  await bed.api('DELETE', `/api/v1/namespaces/${NAMESPACE}/services/eg-event-gateway`)
  const problems = [{ about: 'address', reason: expect.stringContaining('was deleted'), fix: expect.any(String) }]
  expect(await status()).toMatchObject({ code: 1, endpoints: [], problems })
  expect(await run(setup, env())).toMatchObject({ code: 0 })
})

test('a StorageClass that is not there is named before anything is written', async () => {
  expect(await eg('cleanup', '--yes', '--delete-data')).toMatchObject({ code: 0 })
  const { code, stderr } = await run([...setup, '--set', 'etcd.storage.className=nope'], env())
  expect({ code, stderr }).toMatchObject({ code: 3, stderr: expect.stringContaining('nope') })
})
