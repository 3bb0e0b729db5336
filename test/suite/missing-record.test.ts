import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { type Bed, openBed } from '../bed/bed.ts'
import { run } from '../bed/command.ts'
import { identities, names, ours, volumes } from '../bed/objects.ts'

const NAMESPACE = 'eg-lost'
const RECORD = `/api/v1/namespaces/${NAMESPACE}/configmaps/eg-setup`
const MISSING = `The record of this installation (configmap/eg-setup -n ${NAMESPACE}) is missing`
let bed: Bed
const eg = (...args: string[]) => run([...args, '-n', NAMESPACE], { env: { KUBECONFIG: bed.kubeconfig } })

beforeAll(async () => {
  bed = await openBed()
  const set = ['--set', 'replicaCount=2,resources.limits.cpu=300m']
  expect(await eg('--yes', '--etcd', 'statefulset', '--expose', 'node-port', ...set)).toMatchObject({ code: 0 })
})
beforeEach(async () => {
  expect((await bed.api('DELETE', RECORD)).status).toBe(200)
})
afterAll(async () => {
  await eg('cleanup', '--yes', '--delete-data')
  await bed.close()
})

test('setup takes the settings from the objects, changes none of them, and writes the record again', async () => {
  const before = identities(await ours(bed))
  const { code, stderr } = await eg('--yes')
  expect({ code, stderr }).toMatchObject({ code: 0, stderr: expect.stringContaining(MISSING) })
  const record = JSON.parse((await bed.api('GET', RECORD)).body.data.record)
  expect(record).toMatchObject({
    exposure: 'node-port',
    settings: { 'etcd.mode': 'statefulset', replicaCount: 2, 'resources.limits.cpu': '300m' },
  })
  expect(record).not.toHaveProperty('isMissing')
  expect(identities(await ours(bed))).toMatchObject(before)
})

test('status, env and verify find the installation, and name the command that recreates the record', async () => {
  const status = await eg('status', '-o', 'json')
  expect(status.code, status.stderr).toBe(0)
  expect(JSON.parse(status.stdout)).toMatchObject({
    installed: true,
    healthy: true,
    etcd: { mode: 'statefulset' },
    warnings: expect.arrayContaining([expect.stringContaining(`Recreate the record:\neg-setup -n ${NAMESPACE}`)]),
  })
  const env = await eg('env')
  expect(env).toMatchObject({ code: 0, stderr: expect.stringContaining(MISSING) })
  expect(env.stdout).toMatch(/^export EVENT_GATEWAY_URL=/)
  expect(await eg('verify')).toMatchObject({ code: 0, stderr: expect.stringContaining(MISSING) })
  expect(await eg('--yes')).toMatchObject({ code: 0 })
})

test("cleanup removes objects with eg-setup's labels, and the volumes only with --delete-data", async () => {
  const { code, stderr } = await eg('cleanup', '--yes')
  expect({ code, stderr }).toMatchObject({ code: 0, stderr: expect.stringContaining(MISSING) })
  expect(await volumes(bed, NAMESPACE)).toEqual(['etcd-data-eg-etcd-cluster-0'])
  expect(await eg('cleanup', '--yes', '--delete-data')).toMatchObject({ code: 0 })
  expect(await volumes(bed, NAMESPACE)).toEqual([])
  expect(names(await ours(bed))).toEqual([])
})
