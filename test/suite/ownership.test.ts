import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Bed, openBed } from '../bed/bed.ts'
import { run } from '../bed/command.ts'
import { createNamespace, deleteNamespace, names, ours, until } from '../bed/objects.ts'

const NAMESPACE = 'ego-mine'
const THEIRS = 'ego-theirs'
let bed: Bed
const eg = (...args: string[]) => run([...args, '-n', NAMESPACE], { env: { KUBECONFIG: bed.kubeconfig } })
const create = (path: string, body: object) => bed.api('POST', path, body)
const statusOf = async (path: string) => (await bed.api('GET', path)).status

const CRD = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions/etcdclusters.operator.etcd.io'
const OPERATOR = '/apis/apps/v1/namespaces/etcd-operator-system/deployments/etcd-operator-controller-manager'
const CONFIG_MAP = `/api/v1/namespaces/${NAMESPACE}/configmaps/theirs`
const ETCD_CLUSTER = `/apis/operator.etcd.io/v1alpha1/namespaces/${THEIRS}/etcdclusters/theirs`

beforeAll(async () => {
  bed = await openBed()
  await createNamespace(bed, NAMESPACE)
  await createNamespace(bed, THEIRS)
})
afterAll(async () => {
  await bed.api('DELETE', ETCD_CLUSTER)
  await eg('cleanup', '--yes', '--delete-data')
  await deleteNamespace(bed, NAMESPACE)
  await deleteNamespace(bed, THEIRS)
  await bed.close()
})

test('setup stops before it writes anything if a foreign object has the same name', async () => {
  const path = `/apis/apps/v1/namespaces/${NAMESPACE}/deployments`
  const labels = { app: 'theirs' }
  const template = {
    metadata: { labels },
    spec: { containers: [{ name: 'main', image: 'busybox:1.35', command: ['sleep', '1000'] }] },
  }
  const spec = { replicas: 0, selector: { matchLabels: labels }, template }
  await create(path, { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'eg-event-gateway' }, spec })
  const { code, stdout, stderr } = await eg('--yes', '--expose', 'node-port')
  expect({ code, stdout }).toEqual({ code: 3, stdout: '' })
  expect(stderr).toContain(`deployment.apps/eg-event-gateway -n ${NAMESPACE}`)
  expect(names(await ours(bed))).toEqual([])
  await bed.api('DELETE', `${path}/eg-event-gateway`)
  await until(
    async () => ((await statusOf(`${path}/eg-event-gateway`)) === 404 ? true : undefined),
    'the Deployment gone',
  )
})

test('cleanup leaves the objects of others, and the operator while their EtcdCluster needs it', async () => {
  expect(await eg('--yes', '--expose', 'node-port')).toMatchObject({ code: 0 })
  await create(`/api/v1/namespaces/${NAMESPACE}/configmaps`, {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'theirs' },
    data: { a: 'b' },
  })
  const theirs = {
    apiVersion: 'operator.etcd.io/v1alpha1',
    kind: 'EtcdCluster',
    metadata: { name: 'theirs' },
    spec: { size: 1, version: 'v3.6.14' },
  }
  expect((await create(`/apis/operator.etcd.io/v1alpha1/namespaces/${THEIRS}/etcdclusters`, theirs)).status).toBe(201)
  const before = (await bed.api('GET', ETCD_CLUSTER)).body

  const { code, stderr } = await eg('cleanup', '--yes', '--delete-data')
  expect({ code, stderr }).toMatchObject({ code: 0 })
  expect(stderr).toMatch(
    RegExp(`^  keep  crd/etcdclusters\\.operator\\.etcd\\.io\\n +.*etcdcluster/theirs -n ${THEIRS}$`, 'm'),
  )
  expect(await statusOf(CONFIG_MAP)).toBe(200)
  expect(await statusOf(CRD)).toBe(200)
  expect(await statusOf(OPERATOR)).toBe(200)
  const after = (await bed.api('GET', ETCD_CLUSTER)).body
  expect({ uid: after.metadata.uid, spec: after.spec }).toEqual({ uid: before.metadata.uid, spec: before.spec })
  expect(await eg('cleanup', '--yes', '--delete-data')).toMatchObject({ code: 0 })
})

test('cleanup removes an operator that is no longer used, and keeps foreign namespaces', async () => {
  await bed.api('DELETE', ETCD_CLUSTER)
  await until(async () => ((await statusOf(ETCD_CLUSTER)) === 404 ? true : undefined), 'the EtcdCluster gone')
  expect(await eg('cleanup', '--yes', '--delete-data')).toMatchObject({ code: 0 })
  expect(names(await ours(bed))).toEqual([])
  expect(await statusOf(CRD)).toBe(404)
  expect(await statusOf(CONFIG_MAP)).toBe(200)
  expect(await statusOf(`/api/v1/namespaces/${NAMESPACE}`)).toBe(200)
})

test('cleanup --dry-run lists on stdout what would go, and removes nothing', async () => {
  expect(await eg('--yes', '--expose', 'node-port')).toMatchObject({ code: 0 })
  const before = names(await ours(bed))
  const { code, stdout } = await eg('cleanup', '--dry-run')
  expect(code).toBe(0)
  expect(stdout).toMatch(RegExp(`^Namespace ${NAMESPACE}\\n(  .*\\n)*  remove  deploy/eg-event-gateway\\n`, 'm'))
  expect(stdout).toMatch(/^ {2}keep {4}pvc\/etcd-data-eg-etcd-cluster-0\n +.*--delete-data/m)
  expect(stdout).toMatch(/^\d+ to remove, 1 kept\. Nothing was changed\.\n$/m)
  expect(names(await ours(bed))).toEqual(before)
})

test('an object that was replaced under its name is not removed', async () => {
  const path = `/api/v1/namespaces/${NAMESPACE}/services/eg-event-gateway`
  const { body } = await bed.api('GET', path)
  await bed.api('DELETE', path)
  const { uid: _, resourceVersion: __, labels: ___, ...metadata } = body.metadata
  const { clusterIP: ____, clusterIPs: _____, ...spec } = body.spec
  expect(
    (await create(`/api/v1/namespaces/${NAMESPACE}/services`, { ...body, metadata, spec, status: {} })).status,
  ).toBe(201)
  const { code, stderr } = await eg('cleanup', '--yes', '--delete-data')
  expect({ code, stderr }).toMatchObject({ code: 0 })
  expect(stderr).toMatch(/^ {2}keep {2}svc\/eg-event-gateway\n +replaced by something else/m)
  expect(await statusOf(path)).toBe(200)
})
