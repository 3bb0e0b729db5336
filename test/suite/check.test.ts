import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { KubeObject } from '../../src/kube/object.ts'
import { type Bed, openBed } from '../bed/bed.ts'
import { run } from '../bed/command.ts'
import { createNamespace, deleteNamespace, names, ours, until } from '../bed/objects.ts'

const NAMESPACE = 'egc'
const IN_IT = `/api/v1/namespaces/${NAMESPACE}`
const CLASSES = '/apis/storage.k8s.io/v1/storageclasses'
const IS_DEFAULT = 'storageclass.kubernetes.io/is-default-class'

type Finding = { id: string; title: string; status: string; message: string; fix: string | null }

let bed: Bed
const eg = (...args: string[]) => run([...args, '-n', NAMESPACE], { env: { KUBECONFIG: bed.kubeconfig } })
/** Puts an object into the namespace; gives what takes it out again. */
const create = async (collection: string, body: KubeObject) => {
  const path = `${IN_IT}/${collection}`
  expect((await bed.api('POST', path, body)).status).toBe(201)
  const object = `${path}/${body.metadata.name}`
  return async () => {
    await bed.api('DELETE', object)
    await until(async () => ((await bed.api('GET', object)).status === 404 ? true : undefined), `${object} gone`)
  }
}
const merge = (path: string, body: object) => bed.api('PATCH', path, body, 'application/merge-patch+json')
const items = async (path: string) => (await bed.api('GET', path)).body.items ?? []
const troubles = (stdout: string) =>
  (JSON.parse(stdout) as Finding[]).filter(({ status }) => status === 'fatal' || status === 'warning')

beforeAll(async () => {
  bed = await openBed()
})
afterAll(() => bed.close())

const quota = (hard: object) => ({
  apiVersion: 'v1',
  kind: 'ResourceQuota',
  metadata: { name: 'small' },
  spec: { hard },
})
const enforceRestricted = async () => {
  const label = (level: string | null) =>
    merge(IN_IT, { metadata: { labels: { 'pod-security.kubernetes.io/enforce': level } } })
  await label('restricted')
  return () => label(null)
}
const cordon = async () => {
  const nodes = await items('/api/v1/nodes')
  const mark = (unschedulable: boolean) =>
    Promise.all(nodes.map(({ metadata }) => merge(`/api/v1/nodes/${metadata.name}`, { spec: { unschedulable } })))
  await mark(true)
  return () => mark(false)
}
/** Takes the mark of the default off every StorageClass; gives what puts it back. */
const withoutDefaultClass = async () => {
  const defaults = (await items(CLASSES)).filter(({ metadata }) => metadata.annotations?.[IS_DEFAULT] === 'true')
  const mark = async (value: string) => {
    for (const { metadata } of defaults)
      await merge(`${CLASSES}/${metadata.name}`, { metadata: { annotations: { [IS_DEFAULT]: value } } })
  }
  await mark('false')
  return () => mark('true')
}
const limits = (limit: object) => ({
  apiVersion: 'v1',
  kind: 'LimitRange',
  metadata: { name: 'low' },
  spec: { limits: [limit] },
})
const volume = {
  apiVersion: 'v1',
  kind: 'PersistentVolumeClaim',
  metadata: {
    name: 'etcd-data-eg-etcd-cluster-0',
    labels: { app: 'eg-etcd-cluster', controller: 'eg-etcd-cluster' },
  },
  spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } },
}

type Case = {
  what: string
  id: string
  /** Brings it about, and gives what takes it back. */
  make: () => Promise<() => Promise<unknown>>
  says: RegExp
  fix: RegExp
}

const CASES: Case[] = [
  {
    what: 'a quota too small',
    id: 'quota',
    make: () => create('resourcequotas', quota({ 'requests.memory': '600Mi', pods: '3', services: '9' })),
    says: /resourcequota\/small -n egc has 3 of 3 pods left, but the installation needs 4 more; .* 600Mi of 600Mi requests\.memory left, but the installation needs 768Mi more/,
    fix: /kubectl edit resourcequota small -n egc/,
  },
  {
    what: 'a quota that wants limits of every container',
    id: 'quota',
    make: () => create('resourcequotas', quota({ 'limits.cpu': '10' })),
    says: /requires limits\.cpu on every container, but the containers of eg-etcd-cluster have none/,
    fix: /kubectl edit resourcequota/,
  },
  {
    what: 'a LimitRange below what the gateway asks for',
    id: 'limit-range',
    make: () => create('limitranges', limits({ type: 'Container', max: { memory: '128Mi' } })),
    says: /event-gateway has a limit of 256Mi memory, but limitrange\/low -n egc allows at most 128Mi/,
    fix: /resources\.\*/,
  },
  {
    what: 'a namespace that enforces the level restricted',
    id: 'pod-security',
    make: enforceRestricted,
    says: /Namespace egc enforces the Pod Security level restricted, which the pods of eg-etcd-cluster don't meet/,
    fix: /--etcd statefulset.*\n *kubectl label namespace egc/,
  },
  {
    what: 'no default StorageClass',
    id: 'storage-class',
    make: withoutDefaultClass,
    says: /has no default StorageClass/,
    fix: /--set etcd\.storage\.className=/,
  },
  {
    what: 'every node cordoned',
    id: 'nodes',
    make: cordon,
    says: /No node can run pods: cordoned or tainted: /,
    fix: /kubectl uncordon /,
  },
  {
    what: 'a volume that an earlier etcd left',
    id: 'leftovers',
    make: () => create('persistentvolumeclaims', volume),
    says: /Volumes of an earlier etcd eg-etcd-cluster exist.*etcd-data-eg-etcd-cluster-0/,
    fix: /kubectl delete persistentvolumeclaims -n egc etcd-data-eg-etcd-cluster-0/,
  },
]

describe('obstacles are named before anything is written', () => {
  beforeAll(() => createNamespace(bed, NAMESPACE))
  afterAll(() => deleteNamespace(bed, NAMESPACE))

  test.each(CASES)('$what: by check and by setup', async ({ id, make, says, fix }) => {
    const undo = await make()
    try {
      const checked = await eg('check', '-o', 'json')
      expect(checked).toMatchObject({ code: 3 })
      expect(troubles(checked.stdout)).toEqual([
        {
          id,
          title: expect.any(String),
          status: 'fatal',
          message: expect.stringMatching(says),
          fix: expect.stringMatching(fix),
        },
      ])
      const outcome = await eg('--yes', '--expose', 'node-port')
      expect(outcome).toMatchObject({ code: 3, stdout: '' })
      expect(outcome.stderr).toMatch(new RegExp(`✖  .*${says.source}`))
      expect(outcome.stderr).toMatch(new RegExp(`^ {3,}[^]*${fix.source}`, 'm'))
      expect(names(await ours(bed))).toEqual([])
    } finally {
      await undo()
    }
  })

  test('several are named at once, each with its fix', async () => {
    const undo = [await enforceRestricted(), await create('resourcequotas', quota({ pods: '1' }))]
    const { code, stderr } = await eg('--yes', '--expose', 'node-port')
    for (const each of undo) await each()
    expect(code).toBe(3)
    expect(stderr).toMatch(/^✖ {2}.*restricted.*\n {3}\S.*\n/m)
    expect(stderr).toMatch(
      /\n✖ {2}resourcequota\/small .*\n(?: {3}.*\n)* {3}.*kubectl edit.*\n(?: {3}.*\n)*✖ {2}2 checks failed\. Nothing was changed\.\n {3}Fix these problems/,
    )
    expect(names(await ours(bed))).toEqual([])
  })

  test('a Helm release of the same name is a warning, and no reason to stop', async () => {
    const metadata = { name: 'sh.helm.release.v1.eg.v1', labels: { owner: 'helm', name: 'eg', version: '1' } }
    const undo = await create('secrets', { apiVersion: 'v1', kind: 'Secret', metadata, type: 'helm.sh/release.v1' })
    const { code, stdout } = await eg('check', '-o', 'json')
    await undo()
    expect(code).toBe(0)
    expect(troubles(stdout)).toMatchObject([{ id: 'helm-release', status: 'warning' }])
  })

  test('a read-only user gets all missing permissions at once, with the role that grants them', async () => {
    await bed.asViewer(async KUBECONFIG => {
      const viewer = (...args: string[]) => run([...args, '-n', NAMESPACE], { env: { KUBECONFIG } })
      const { code, stdout } = await viewer('check')
      expect(code).toBe(3)
      expect(stdout).toMatch(
        /^ {2}✖ [^:\n]+: You don't have permission to .*create.* deployments\.apps.* in namespace egc/m,
      )
      expect(stdout).toMatch(/clusterroles\.rbac\.authorization\.k8s\.io.* at the cluster scope/)
      expect(stdout).toMatch(/"resources":\["etcdclusters"\],"verbs":\["create"/)
      expect(stdout).toMatch(/--etcd statefulset/)
      expect(stdout).toMatch(/^ {2}\? StorageClass[^:\n]*: .*StorageClasses$/m)
      expect(await viewer('--yes', '--expose', 'node-port', '--private-config')).toMatchObject({
        code: 3,
        stdout: '',
        stderr: expect.stringMatching(/✖ {2}You don't have permission to create/),
      })
    })
    expect(names(await ours(bed))).toEqual([])
  })

  test('a gateway with public addresses requires an answer to who can access it', async () => {
    const checked = await eg('check', '-o', 'json', '--internal', '--expose', 'node-port')
    expect(checked.code).toBe(3)
    expect(troubles(checked.stdout)).toMatchObject([{ id: 'reach', fix: expect.stringContaining('--allow-from') }])
  })
})

test('check of an unreachable cluster is one finding', async () => {
  const { code, stdout } = await run(['check', '-o', 'json'], { env: { KUBECONFIG: '/nonexistent' } })
  expect(code).toBe(3)
  expect(troubles(stdout)).toMatchObject([{ id: 'cluster', status: 'fatal', fix: expect.stringMatching(/./) }])
})

describe('the dry run of setup', () => {
  afterAll(() => eg('cleanup', '--yes', '--delete-data'))
  const dryRun = async (...args: string[]) => {
    const { code, stdout, stderr } = await eg('--dry-run', ...args)
    expect({ code, stderr }).toMatchObject({ code: 0 })
    return stdout
  }
  const resourceVersions = async () =>
    [...(await ours(bed))].map(([name, { metadata }]) => `${name} ${metadata.resourceVersion}`)

  test('lists what would be created, and writes nothing', async () => {
    const check = await eg('check')
    expect(check).toMatchObject({ code: 0 })
    expect(check.stdout).toMatch(/^✔ Cluster {2}\d+ checks$/m)
    expect(check.stdout).toMatch(/^\d+ passed(, \d+ warnings?)?\n$/m)
    const verbose = await eg('check', '-v')
    expect(verbose.stdout).toMatch(
      /^ {2}✔ Dry run: \d+ of \d+ objects accepted; the rest can't be tested yet: namespace /m,
    )
    const stdout = await dryRun('--expose', 'node-port')
    expect(stdout).toMatch(/^Cluster-wide\n(?: .*\n)* {2}create {2}crd\/etcdclusters\.operator\.etcd\.io$/m)
    expect(stdout).toMatch(
      /^Namespace egc\n(?: .*\n)* {2}create {2}deploy\/eg-event-gateway\n {12}dry run skipped: namespace egc /m,
    )
    expect(stdout).toMatch(/^\d+ to create\. Nothing was changed\.\n$/m)
    expect(names(await ours(bed))).toEqual([])
  })

  test('of what is installed finds nothing to change', async () => {
    expect(await eg('--yes', '--expose', 'node-port', '--private-config')).toMatchObject({ code: 0 })
    const stdout = await dryRun()
    expect(stdout.match(/^ {2}(?!unchanged)\S.*/gm)).toBeNull()
    expect(stdout).toMatch(/^\d+ unchanged\. Nothing was changed\.\n$/m)
    const checked = await eg('check', '-o', 'json')
    expect(checked).toMatchObject({ code: 0 })
    expect(troubles(checked.stdout)).toEqual([])
  })

  test('of other settings shows each field that changes, and what is no longer needed', async () => {
    const before = await resourceVersions()
    const changed = ['--set', 'replicaCount=2,images.pullPolicy=Never,privateConfig=false']
    const stdout = await dryRun(...changed)
    expect(stdout).toContain(
      '  update     deploy/eg-event-gateway\n               .spec.replicas: 3 → 2\n               .spec.template.spec.containers[event-gateway].imagePullPolicy: "IfNotPresent" → "Never"\n',
    )
    expect(stdout).toContain('  remove     svc/eg-event-gateway-config\n')
    expect(JSON.parse(await dryRun(...changed, '-o', 'json'))).toContainEqual({
      object: { apiVersion: 'v1', kind: 'Service', name: 'eg-event-gateway-config', namespace: NAMESPACE },
      action: 'remove',
      fields: [],
      left: [],
    })
    expect(await resourceVersions()).toEqual(before)
  })
})
