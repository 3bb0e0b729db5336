import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { dump, load } from 'js-yaml'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { KubeObject } from '../../src/kube/object.ts'
import { type Bed, openBed } from '../bed/bed.ts'
import { run } from '../bed/command.ts'
import { createNamespace, deleteNamespace, names, ours, until } from '../bed/objects.ts'
import { openSimulatorBed } from '../bed/simulator.ts'

// Whoever may create ConfigMaps in TENANT has written a record there, and an administrator works in that namespace.
const ADMIN = 'egr-admin'
const TENANT = 'egr-tenant'
const EVIL = 'evil.example.com'
const OPERATOR = '/apis/apps/v1/namespaces/etcd-operator-system/deployments/etcd-operator-controller-manager'
const LABELS = { 'app.kubernetes.io/managed-by': 'eg-setup' }
const INSTALL = ['--yes', '--expose', 'node-port', '--set', 'replicaCount=1']

let bed: Bed
let folder: string
const eg = (args: readonly string[], env: Record<string, string> = {}) =>
  run(args, { env: { KUBECONFIG: bed.kubeconfig, ...env } })
const inTenant = (...args: string[]) => eg([...args, '-n', TENANT])

/** Everything outside of the tenant's namespace that nobody but a person changes: generation, else the version of the object. */
async function outside(): Promise<Record<string, unknown>> {
  const all = await ours(bed, '')
  const others = [...all].filter(
    ([name, { metadata }]) => metadata.namespace !== TENANT && metadata.name !== TENANT && !name.startsWith('leases '),
  )
  return Object.fromEntries(
    others.map(
      ([
        name,
        {
          metadata: { uid, generation, resourceVersion },
        },
      ]) => [name, { uid, version: generation ?? resourceVersion }],
    ),
  )
}

/** Workloads anywhere that hold something of the tenant's choosing. */
async function evilWorkloads(): Promise<string[]> {
  const paths = [
    '/apis/apps/v1/deployments',
    '/apis/apps/v1/statefulsets',
    '/apis/operator.etcd.io/v1alpha1/etcdclusters',
  ]
  const lists = await Promise.all(paths.map(path => bed.api('GET', path)))
  return lists
    .flatMap(({ body }) => body.items ?? [])
    .filter(({ spec }) => JSON.stringify(spec).includes(EVIL))
    .map(({ metadata }) => `${metadata.namespace}/${metadata.name}`)
}

/** `kubectl create configmap eg-setup --from-literal=record=TEXT` with our label. */
async function plant(record: string | object): Promise<void> {
  const body = { engine: 'builtin', release: 'eg', namespace: TENANT, cluster: '', settings: {}, objects: [] }
  const text = typeof record === 'string' ? record : JSON.stringify({ ...body, ...record })
  const labels = { ...LABELS, 'app.kubernetes.io/component': 'record', 'app.kubernetes.io/instance': 'eg' }
  const { status } = await bed.api('POST', `/api/v1/namespaces/${TENANT}/configmaps`, {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'eg-setup', labels },
    data: { record: text },
  })
  expect(status).toBe(201)
}
const forget = () => bed.api('DELETE', `/api/v1/namespaces/${TENANT}/configmaps/eg-setup`)

const NOBODYS_PODS = (name: string) => ({
  replicas: 0,
  selector: { matchLabels: { app: name } },
  template: { metadata: { labels: { app: name } }, spec: { containers: [{ name: 'main', image: 'busybox:1.35' }] } },
})
/** Objects of others that carry our label, as a careless copy of a manifest does. */
const LABELLED: readonly (readonly [collection: string, object: KubeObject])[] = [
  [
    '/apis/apps/v1/namespaces/kube-system/deployments',
    {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: 'egr-labelled', namespace: 'kube-system', labels: LABELS },
      spec: NOBODYS_PODS('egr-labelled'),
    },
  ],
  [
    '/apis/rbac.authorization.k8s.io/v1/clusterrolebindings',
    {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'ClusterRoleBinding',
      metadata: { name: 'egr-labelled', labels: LABELS },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'view' },
      subjects: [],
    },
  ],
  [
    `/api/v1/namespaces/${ADMIN}/secrets`,
    { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'egr-labelled', namespace: ADMIN, labels: LABELS } },
  ],
]

beforeAll(async () => {
  bed = await openBed()
  folder = mkdtempSync(join(tmpdir(), 'eg-red-'))
  expect(await eg([...INSTALL, '-n', ADMIN])).toMatchObject({ code: 0 })
  await createNamespace(bed, TENANT)
  for (const [collection, object] of LABELLED) expect((await bed.api('POST', collection, object)).status).toBe(201)
})
afterAll(async () => {
  for (const [collection, { metadata }] of LABELLED) await bed.api('DELETE', `${collection}/${metadata.name}`)
  await deleteNamespace(bed, TENANT)
  await eg(['cleanup', '--yes', '--delete-data', '-n', ADMIN])
  await bed.close()
  rmSync(folder, { recursive: true })
})

let before: Record<string, unknown>
beforeEach(async () => {
  before = await outside()
})
afterEach(async () => {
  await forget()
  expect(await outside()).toEqual(before)
  expect(await evilWorkloads()).toEqual([])
})

type Named = { kind: string; apiVersion: string; name: string; namespace?: string; uid?: string }

/** Everything that carries our label, of the administrator's installation and of others. */
async function labelled(): Promise<Named[]> {
  return [...(await ours(bed))].flatMap(([name, { metadata }]) => {
    const kind = KINDS[name.split(' ')[0] ?? '']
    const { namespace, uid = '' } = metadata
    return kind ? [{ ...kind, name: metadata.name, uid, ...(namespace && { namespace }) }] : []
  })
}
const KINDS: Readonly<Record<string, { kind: string; apiVersion: string }>> = {
  namespaces: { kind: 'Namespace', apiVersion: 'v1' },
  configmaps: { kind: 'ConfigMap', apiVersion: 'v1' },
  services: { kind: 'Service', apiVersion: 'v1' },
  serviceaccounts: { kind: 'ServiceAccount', apiVersion: 'v1' },
  secrets: { kind: 'Secret', apiVersion: 'v1' },
  deployments: { kind: 'Deployment', apiVersion: 'apps/v1' },
  networkpolicies: { kind: 'NetworkPolicy', apiVersion: 'networking.k8s.io/v1' },
  roles: { kind: 'Role', apiVersion: 'rbac.authorization.k8s.io/v1' },
  rolebindings: { kind: 'RoleBinding', apiVersion: 'rbac.authorization.k8s.io/v1' },
  clusterroles: { kind: 'ClusterRole', apiVersion: 'rbac.authorization.k8s.io/v1' },
  clusterrolebindings: { kind: 'ClusterRoleBinding', apiVersion: 'rbac.authorization.k8s.io/v1' },
  customresourcedefinitions: { kind: 'CustomResourceDefinition', apiVersion: 'apiextensions.k8s.io/v1' },
  etcdclusters: { kind: 'EtcdCluster', apiVersion: 'operator.etcd.io/v1alpha1' },
}
const volume = async (): Promise<Named> => {
  const path = `/api/v1/namespaces/${ADMIN}/persistentvolumeclaims/etcd-data-eg-etcd-cluster-0`
  const { metadata } = (await bed.api('GET', path)).body
  return {
    kind: 'PersistentVolumeClaim',
    apiVersion: 'v1',
    name: metadata.name,
    namespace: ADMIN,
    uid: metadata.uid ?? '',
  }
}
const withoutUid = ({ uid: _, ...object }: Named): Named => object

describe('a record that names objects of others', () => {
  test.each([
    ['without a uid', (object: Named) => withoutUid(object)],
    ['with its uid', (object: Named) => object],
  ])('cleanup removes none of everything that carries our label, named %s', async (_, as) => {
    const objects = [...(await labelled()), await volume()].map(as)
    expect(objects.map(({ kind }) => kind)).toEqual(
      expect.arrayContaining(['CustomResourceDefinition', 'ClusterRole', 'EtcdCluster', 'Secret', 'Deployment']),
    )
    await plant({ objects })
    const { code, stderr } = await inTenant('cleanup', '--yes', '--delete-data')
    expect({ code, stderr }).toMatchObject({ code: 0 })
    expect(stderr).toContain(`Ignored entries of configmap/eg-setup -n ${TENANT} that are not allowed: `)
    expect(stderr).toContain('and 1')
  })

  const inNamespace = (kind: string, apiVersion: string, name: string) => ({
    kind,
    apiVersion,
    name,
    namespace: TENANT,
  })
  test.each([
    ['of a name that no plan has', inNamespace('Deployment', 'apps/v1', 'theirs'), LABELS, 'Ignored'],
    ['of our name, without our label', inNamespace('Deployment', 'apps/v1', 'eg-event-gateway'), {}, 'label'],
    [
      'that is a volume without the labels of its etcd',
      inNamespace('PersistentVolumeClaim', 'v1', 'etcd-data-eg-etcd-cluster-0'),
      LABELS,
      'etcd labels are missing',
    ],
    [
      'that is a volume of another etcd',
      inNamespace('PersistentVolumeClaim', 'v1', 'etcd-data-theirs-0'),
      { app: 'theirs', controller: 'theirs' },
      'different etcd',
    ],
  ])('cleanup keeps an object in the namespace %s', async (_, object, labels, why) => {
    const isClaim = object.kind === 'PersistentVolumeClaim'
    const collection = isClaim
      ? `/api/v1/namespaces/${TENANT}/persistentvolumeclaims`
      : `/apis/apps/v1/namespaces/${TENANT}/deployments`
    const spec = isClaim
      ? { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Mi' } } }
      : NOBODYS_PODS(object.name)
    const { apiVersion, kind, name } = object
    const created = await bed.api('POST', collection, { apiVersion, kind, metadata: { name, labels }, spec })
    expect(created.status).toBe(201)
    try {
      await plant({ objects: [object] })
      const { stderr } = await inTenant('cleanup', '--yes', '--delete-data')
      expect(stderr).toContain(why)
      expect((await bed.api('GET', `${collection}/${name}`)).status).toBe(200)
    } finally {
      await bed.api('DELETE', `${collection}/${name}`)
      const gone = async () => ((await bed.api('GET', `${collection}/${name}`)).status === 404 ? true : undefined)
      await until(gone, `${name} gone`)
    }
  })

  test('a record that claims to be the release ego of the engine helm has helm uninstall nothing', async () => {
    const log = join(folder, 'helm.log')
    const ego = '[{"name":"ego","revision":"1","status":"deployed","chart":"etcd-operator-0.1.0"}]'
    const script = `echo "$*" >>${log}\ncase "$1" in version) echo v4.3.1 ;; list) echo '${ego}' ;; esac`
    writeFileSync(join(folder, 'helm'), `#!/bin/sh\n${script}\n`)
    chmodSync(join(folder, 'helm'), 0o755)
    await plant({ release: 'ego', engine: 'helm', objects: (await labelled()).map(withoutUid) })
    const PATH = `${folder}${delimiter}${process.env['PATH']}`
    const { code, stderr } = await eg(['cleanup', '--yes', '--delete-data', '-n', TENANT], { PATH })
    expect({ code, stderr }).toMatchObject({ code: 0 })
    expect(existsSync(log) ? readFileSync(log, 'utf8') : '').not.toContain('uninstall')
  })
})

test('setup installs with the usual operator, prunes nothing of others and leaves the record of the operator', async () => {
  const objects = [...(await labelled()), await volume()].map(withoutUid)
  const operator = { repository: `${EVIL}/operator`, tag: 'v6.6.6' }
  await plant({
    release: 'ego',
    settings: { 'operator.image.repository': operator.repository, operator: { image: operator } },
    objects,
  })
  const { image } = (await bed.api('GET', OPERATOR)).body['spec'].template.spec.containers[0]
  const { code, stderr } = await inTenant(...INSTALL)
  expect({ code, stderr }).toMatchObject({ code: 0 })
  expect(stderr).not.toContain(EVIL)
  expect(stderr).toContain(`etcd operator ${image.split(':').at(-1)}, cluster-wide`)
  expect(stderr).toContain(`Ignored entries of configmap/eg-setup -n ${TENANT} that are not allowed: `)
  expect(await outside()).toEqual(before)
  expect(await inTenant('status')).toMatchObject({ code: 0 })
  expect(await inTenant('env')).toMatchObject({ code: 0 })
  expect(await inTenant('cleanup', '--yes', '--delete-data')).toMatchObject({ code: 0 })
})

describe('a record with settings of the tenant’s choosing', () => {
  test.each<[setting: string, settings: object]>([
    ['images.repository', { 'images.repository': `${EVIL}/gateway` }],
    ['images.repository', { image: { repository: `${EVIL}/gateway` } }],
    ['images.tag', { 'images.tag': '6.6.6' }],
    ['etcd.imageRegistry', { 'etcd.imageRegistry': `${EVIL}/etcd` }],
    ['etcd.version', { 'etcd.version': 'v3.6.6' }],
    ['command', { command: [`-db-hosts=${EVIL}:2379`] }],
    ['etcd.endpoints', { 'etcd.mode': 'external', 'etcd.endpoints': [`${EVIL}:2379`] }],
    ['etcd_cluster_name', { etcd_cluster_name: 'theirs' }],
    ['service.annotations', { 'service.annotations': { 'example.com/open': 'yes' } }],
    ['allowFrom', { expose: 'load-balancer', allowFrom: ['192.0.2.0/24'] }],
    ['host', { expose: 'ingress', host: 'bank.example.com' }],
  ])('setup --yes asks for the setting %s again and names the whole command: %j', async (setting, settings) => {
    await plant({ settings })
    const { code, stdout, stderr } = await inTenant('--yes')
    expect({ code, stdout, stderr }).toMatchObject({ stdout: '', code: expect.toBeOneOf([2, 3]) })
    expect(stderr).toMatch(RegExp(`Confirmation required: the record of an earlier run sets .*${setting}[=.]`))
    expect(stderr).toMatch(RegExp(`^ +eg-setup .*--yes .*--set .*${setting}[=.]`, 'm'))
    expect(names(await ours(bed)).filter(name => name.includes(` ${TENANT}/`))).toEqual([
      `configmaps ${TENANT}/eg-setup`,
    ])
  })

  test('the plan names every setting with its source and what goes, and what already runs is taken over', async () => {
    await plant({})
    const given = ['--set', 'command={-log-level=info}', '--private-config']
    expect(await inTenant(...INSTALL, ...given)).toMatchObject({ code: 0 })
    const again = await inTenant('--yes', '--set', 'replicaCount=1,privateConfig=false')
    expect(again).toMatchObject({ code: 0 })
    expect(again.stderr).toMatch(/Remove +service\/eg-event-gateway-config [\s\S]*etcd operator …/)
    expect(again.stderr).toContain('command: ["-log-level=info"] (recorded by an earlier run)')
    expect(again.stderr).toMatch(/^ {2}Change +privateConfig true → false$/m)
    expect(await inTenant('cleanup', '--yes', '--delete-data')).toMatchObject({ code: 0 })
  })
})

describe('env without -n', () => {
  /** The kubeconfig with another namespace of its context. */
  const inNamespace = (namespace: string) => {
    const config = load(readFileSync(bed.kubeconfig, 'utf8')) as { contexts: { context: object }[] }
    for (const { context } of config.contexts) Object.assign(context, { namespace })
    const file = join(folder, 'kubeconfig')
    writeFileSync(file, dump(config), { mode: 0o600 })
    return { KUBECONFIG: file }
  }

  test("takes no installation outside of the context's namespace, and names those to choose from", async () => {
    await plant({})
    const { code, stdout, stderr } = await eg(['env'], inNamespace('kube-public'))
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
    expect(stderr).toMatch(RegExp(`${ADMIN}, .*${TENANT}|${TENANT}, .*${ADMIN}`))
    expect(stderr).toMatch(/^ {3}Choose a namespace: -n /m)
  })

  test("says the namespace where it takes that of the context's", async () => {
    await plant({})
    const { code, stderr } = await eg(['env'], inNamespace(ADMIN))
    expect({ code, stderr }).toMatchObject({ code: 0, stderr: expect.stringContaining(`namespace ${ADMIN}`) })
  })
})

const whole = (more: object) =>
  JSON.stringify({
    engine: 'builtin',
    release: 'eg',
    namespace: TENANT,
    cluster: '',
    settings: {},
    objects: [],
    ...more,
  })

describe('a damaged record', () => {
  test.each([
    ['that is no JSON', '{', 3],
    ['that is null', 'null', 3],
    ['of 900 kB', whole({ settings: { x: 'x'.repeat(900_000) } }), 3],
    ['whose settings are null', whole({ settings: null }), 3],
    ['of an etcd with a billion members', whole({ etcdSize: 1_000_000_000 }), 3],
    ['of an engine that does not exist', whole({ engine: 'rm -rf' }), 3],
    ['of an exposure that does not exist', whole({ exposure: 'everybody' }), 3],
    ['with 100,000 objects', whole({ objects: Array.from({ length: 100_000 }, () => 0) }), 3],
    ['with an object that is null', whole({ objects: [null] }), 0],
    [
      'with an object of an unknown kind',
      whole({ objects: [{ kind: 'constructor', apiVersion: 'v1', name: 'x' }] }),
      0,
    ],
    [
      'with an object whose name is a path',
      whole({ objects: [{ kind: 'Pod', apiVersion: 'v1', name: '../../x' }] }),
      0,
    ],
  ])('%s is said in a sentence with the way out, and nobody else notices', async (_, record, cleanupCode) => {
    await plant(record)
    const cleanup = await inTenant('cleanup', '--yes', '--timeout', '5s')
    const status = await inTenant('status')
    const other = await eg(['env', '-n', ADMIN])
    const unnamed = await eg(['env'])
    expect({ ...cleanup, other, unnamed, status }).toMatchObject({
      code: cleanupCode,
      status: { code: 3 },
      other: { code: 0 },
      unnamed: { code: 2, stdout: '', stderr: expect.stringContaining(ADMIN) },
    })
    for (const { stderr } of [cleanup, status]) expect(stderr).not.toMatch(/^ +at |a mistake in eg-setup/m)
    const way = `     kubectl delete configmap/eg-setup -n ${TENANT}\n     eg-setup -n ${TENANT}\n`
    if (cleanupCode !== 0) expect(cleanup.stderr).toContain(way)
  })
})

test('on a public cluster "any" of a record alone opens nothing', async () => {
  const mine = bed
  const nodes = [{ name: 'one', addresses: [{ type: 'ExternalIP' as const, address: '203.0.113.7' }] }]
  bed = await openSimulatorBed({ nodes })
  try {
    await createNamespace(bed, TENANT)
    await plant({ settings: { expose: 'load-balancer', allowFrom: ['any'] } })
    const { code, stderr } = await inTenant('--yes')
    expect({ code, stderr }).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('Choose who can access the gateway.'),
    })
  } finally {
    await bed.close()
    bed = mine
  }
})
