import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Bed, openBed } from '../bed/bed.ts'
import { run } from '../bed/command.ts'
import { until } from '../bed/objects.ts'
import { registerEverything } from '../bed/registrations.ts'

const NAMESPACE = 'egq'
const ETCD = `/apis/apps/v1/namespaces/${NAMESPACE}/statefulsets/eg-etcd-cluster`
const PODS = `/api/v1/namespaces/${NAMESPACE}/pods?labelSelector=controller%3Deg-etcd-cluster`

let bed: Bed
const eg = (...args: string[]) => run([...args, '-n', NAMESPACE], { env: { KUBECONFIG: bed.kubeconfig } })
const backUp = async () => {
  const { code, stdout, stderr } = await eg('backup', '-', '--redact')
  expect({ code, stderr }).toMatchObject({ code: 0 })
  return { stdout, stderr }
}
const members = async (count: number) => {
  await bed.api('PATCH', ETCD, { spec: { replicas: count } }, 'application/merge-patch+json')
  const isThere = async () => (((await bed.api('GET', PODS)).body.items ?? []).length === count ? true : undefined)
  await until(isThere, `${count} members`, 60_000)
}

beforeAll(async () => {
  bed = await openBed()
  const shape = ['--etcd', 'statefulset', '--expose', 'node-port', '--set', 'etcd.size=3,replicaCount=1']
  const { code, stdout, stderr } = await eg('--yes', ...shape, '-o', 'json')
  expect({ code, stderr }).toMatchObject({ code: 0 })
  const { EVENT_GATEWAY_URL: host, EVENT_GATEWAY_CONFIG_API_PORT: port } = JSON.parse(stdout)
  await registerEverything({ url: `http://${host}:${port}` }, ['abc'])
})
afterAll(async () => {
  await eg('cleanup', '--yes', '--delete-data')
  await bed.close()
})

test('a backup is whole with one of three members gone, and with two of three it is what the last one has', async () => {
  const { stdout: whole } = await backUp()
  await members(2)
  expect((await backUp()).stdout).toBe(whole)
  await members(1)
  const { stdout, stderr } = await backUp()
  expect(stdout).toBe(whole)
  expect(stderr).toContain('etcd has no quorum')
  expect(stderr).toContain('Reading from eg-etcd-cluster-0 only')
})
