import { readFileSync } from 'node:fs'
import { load } from 'js-yaml'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Bed, openBed } from '../bed/bed.ts'
import { run } from '../bed/command.ts'
import { createNamespace, deleteNamespace } from '../bed/objects.ts'

const NAMESPACE = 'fop-mine'
const TENANT = 'fop-tenant'
const OURS = 'deploy/etcd-operator-controller-manager'
const IMAGE = 'registry.example.com/etcd-operator:v0.2.0'
const RBAC = '/apis/rbac.authorization.k8s.io/v1'
const DEFINITIONS = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions'
let bed: Bed
const eg = (...args: string[]) => run([...args, '-n', NAMESPACE], { env: { KUBECONFIG: bed.kubeconfig } })

async function create(path: string, body: { metadata: object } & Record<string, unknown>) {
  const { status } = await bed.api('POST', path, body)
  expect(status, path).toBe(201)
}

/** A role of the cluster for the tenant's ServiceAccount, as only an administrator can give it. */
async function bind(name: string, rules: readonly object[]) {
  const metadata = { name }
  await create(`${RBAC}/clusterroles`, { apiVersion: RBAC.slice(6), kind: 'ClusterRole', metadata, rules })
  await create(`${RBAC}/clusterrolebindings`, {
    apiVersion: RBAC.slice(6),
    kind: 'ClusterRoleBinding',
    metadata,
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name },
    subjects: [{ kind: 'ServiceAccount', name: 'operator', namespace: TENANT }],
  })
}

beforeAll(async () => {
  bed = await openBed()
  await createNamespace(bed, NAMESPACE)
  await createNamespace(bed, TENANT)
  const file = new URL('../../templates/etcd-operator/custom-resource-definition.yaml', import.meta.url)
  await create(DEFINITIONS, load(readFileSync(file, 'utf8')) as { metadata: object })
  const labels = { 'app.kubernetes.io/name': 'etcd-operator', 'control-plane': 'controller-manager' }
  const template = {
    metadata: { labels },
    spec: { serviceAccountName: 'operator', containers: [{ name: 'manager', image: IMAGE }] },
  }
  await create(`/apis/apps/v1/namespaces/${TENANT}/deployments`, {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'etcd-operator', labels },
    spec: { replicas: 0, selector: { matchLabels: labels }, template },
  })
})
afterAll(async () => {
  await eg('cleanup', '--yes', '--delete-data')
  for (const kind of ['clusterrolebindings', 'clusterroles'])
    for (const name of ['fop-some', 'fop-all']) await bed.api('DELETE', `${RBAC}/${kind}/${name}`)
  await bed.api('DELETE', `${DEFINITIONS}/etcdclusters.operator.etcd.io`)
  await deleteNamespace(bed, NAMESPACE)
  await deleteNamespace(bed, TENANT)
  await bed.close()
})

const operatorCheck = async () => {
  const { stdout } = await eg('check', '-o', 'json')
  return stdout.split('\n').find(line => line.includes(`${TENANT}`) && line.includes(IMAGE))
}

test("a tenant's Deployment that looks like an operator is not used, and etcd stays closed to its namespace", async () => {
  const dryRun = await eg('--dry-run', '--expose', 'cluster-ip')
  expect(dryRun.stdout).toMatch(new RegExp(`^ +create +${OURS}$`, 'm'))
  expect(await operatorCheck()).toBeUndefined()
  const setup = await eg('--yes', '--expose', 'cluster-ip', '--set', 'replicaCount=1,etcd.size=1')
  expect(setup).toMatchObject({ code: 0 })
  expect(setup.stderr).not.toContain(TENANT)
  const policies = `/apis/networking.k8s.io/v1/namespaces/${NAMESPACE}/networkpolicies`
  const { body } = await bed.api('GET', `${policies}/eg-etcd-cluster-operator`)
  const from = { 'kubernetes.io/metadata.name': 'etcd-operator-system' }
  expect(body).toMatchObject({ spec: { ingress: [{ from: [{ namespaceSelector: { matchLabels: from } }] }] } })
  expect(await eg('cleanup', '--yes', '--delete-data')).toMatchObject({ code: 0 })
})

test('nor with a role that lets it look at etcd clusters, but create nothing', async () => {
  await bind('fop-some', [{ apiGroups: ['operator.etcd.io'], resources: ['*'], verbs: ['*'] }])
  expect((await eg('--dry-run', '--expose', 'cluster-ip')).stdout).toMatch(new RegExp(`^ +create +${OURS}$`, 'm'))
})

test('with the role that lets it work it is used, and named with its image', async () => {
  await bind('fop-all', [{ apiGroups: ['*'], resources: ['*'], verbs: ['*'] }])
  const dryRun = await eg('--dry-run', '--expose', 'cluster-ip')
  expect(dryRun).toMatchObject({ code: 0 })
  expect(dryRun.stdout).not.toContain(OURS)
  expect(await operatorCheck()).toContain(`deployment.apps/etcd-operator -n ${TENANT}`)
  const setup = await eg('--yes', '--expose', 'cluster-ip', '--timeout', '2s')
  expect(setup.stderr).toContain(`existing etcd operator deployment.apps/etcd-operator -n ${TENANT}, image ${IMAGE}`)
})
