import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { CHECKS } from '../../src/checks/all-checks.ts'
import { type CheckFacts, runChecks } from '../../src/checks/check.ts'
import { rightsFor } from '../../src/checks/rights.ts'
import type { NodeFacts } from '../../src/cluster/facts.ts'
import type { KubeObject } from '../../src/kube/object.ts'
import { makePlan } from '../../src/plan/plan.ts'
import { givenFrom } from '../../src/settings/given.ts'
import { settingsFrom } from '../../src/settings/settings-from.ts'

const node = (more: Partial<NodeFacts> = {}): NodeFacts => ({
  name: 'one',
  labels: {},
  providerId: '',
  architecture: 'amd64',
  kernel: '6.1.0',
  addresses: [],
  ready: true,
  schedulable: true,
  allocatable: { cpu: '2', memory: '4Gi', pods: '110' },
  ...more,
})
const namespace = (name: string): KubeObject => ({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } })
const storageClass = (name: string, isDefault: boolean): KubeObject => ({
  apiVersion: 'storage.k8s.io/v1',
  kind: 'StorageClass',
  metadata: { name, annotations: { 'storageclass.kubernetes.io/is-default-class': String(isDefault) } },
})
const pod = (cpu: string, more: object = {}): KubeObject => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'theirs', namespace: 'theirs' },
  spec: { nodeName: 'one', containers: [{ name: 'main', resources: { requests: { cpu } } }], ...more },
})
const quota = (hard: object, used: object = {}, more: object = {}): KubeObject => ({
  apiVersion: 'v1',
  kind: 'ResourceQuota',
  metadata: { name: 'q', namespace: 'egt' },
  spec: { hard, ...more },
  status: { hard, used },
})
const limitRange = (limit: object): KubeObject => ({
  apiVersion: 'v1',
  kind: 'LimitRange',
  metadata: { name: 'l', namespace: 'egt' },
  spec: { limits: [limit] },
})

const planOf = (set: readonly string[] = []) =>
  makePlan({
    engine: 'builtin',
    namespace: 'egt',
    settings: settingsFrom(givenFrom({ set })),
    exposure: 'node-port',
    etcdSize: 1,
    alreadyThere: new Set(['gateway-namespace']),
    operatorNamespace: 'etcd-operator-system',
    annotations: {},
  })

/** A cluster in which nothing stands in the way. */
const good = (set: readonly string[] = []): CheckFacts => ({
  plan: planOf(set),
  survey: {
    alreadyThere: new Set(),
    foreignOperator: undefined,
    operator: {
      workload: {
        apiVersion: 'apps/v1',
        kind: 'Deployment',
        name: 'etcd-operator-controller-manager',
        namespace: 'etcd-operator-system',
      },
      podLabels: {},
    },
    isDefined: false,
    deployment: undefined,
    namespaces: [namespace('egt')],
    ending: [],
    troubles: {},
  },
  records: {} as CheckFacts['records'],
  existing: [],
  reused: [],
  removed: [],
  troubles: {},
  cluster: {
    context: 'ctx',
    cluster: 'c',
    user: 'u',
    server: 'https://127.0.0.1:6443',
    extensions: [],
    version: 'v1.34.4',
    serverPlatform: 'linux/amd64',
    groups: ['apps'],
    clusterId: 'id',
    nodes: [node()],
  },
  clockAheadMs: 400,
  missing: [],
  storageClasses: [storageClass('standard', true)],
  quotas: [],
  limitRanges: [],
  pods: { everywhere: true, items: [] },
  corefile: '.:53 {\n    kubernetes cluster.local in-addr.arpa ip6.arpa {\n        ttl 30\n    }\n}\n',
  helmReleases: [],
  changes: [],
})

const withNodes = (...nodes: NodeFacts[]) => ({ cluster: { ...good().cluster, nodes } })
const withVersion = (version: string) => ({ cluster: { ...good().cluster, version } })
const change = { object: { apiVersion: 'v1', kind: 'Service', name: 's' }, fields: [], left: [] }

/** What is wrong with the facts, as "id status". */
const outcome = (facts: CheckFacts) =>
  runChecks(CHECKS, facts)
    .filter(({ status }) => status !== 'ok')
    .map(({ id, status }) => `${id} ${status}`)

test('every check passes on a cluster without problems', () => {
  expect(outcome(good())).toEqual([])
})

type Case = [what: string, facts: Partial<CheckFacts>, expected: string[], says?: RegExp | undefined, set?: string[]]

/** The objects of a plan as they live in the cluster. */
const live = (...set: string[]) => ({ existing: planOf(set).stages.flatMap(({ objects }) => objects) })

const CASES: Case[] = [
  [
    'a gateway of a version that is not known',
    {},
    ['gateway-version warning'],
    /know Event Gateway 0\.8\.2/,
    ['images.tag=0.8.2'],
  ],
  ['a known version, installed anew', {}, [], undefined, ['images.tag=0.9.1']],
  [
    'an upgrade of the gateway',
    live(),
    ['gateway-version warning'],
    /from 0\.9\.0 to 0\.9\.1: sync subscriptions get ids without the function/,
    ['images.tag=0.9.1'],
  ],
  ['an unknown gateway that runs already', live('images.tag=0.8.2'), [], undefined, ['images.tag=0.8.2']],
  ['a newer patch of etcd', live(), [], undefined, ['etcd.version=v3.6.16']],
  ['an older patch of etcd', live('etcd.version=v3.6.16'), [], undefined, ['etcd.version=v3.6.14']],
  [
    'an older minor version of etcd',
    live(),
    ['etcd-version fatal'],
    /etcd v3\.5\.9 can't read the data of etcd v3\.6/,
    ['etcd.version=v3.5.9'],
  ],
  [
    'an older minor version of etcd in a StatefulSet',
    live('etcd.mode=statefulset'),
    ['etcd-version fatal'],
    /etcd v3\.5\.9/,
    ['etcd.mode=statefulset', 'etcd.version=v3.5.9'],
  ],
  [
    'a server without server-side apply',
    withVersion('v1.21.14'),
    ['server fatal', 'operator-support warning'],
    /1\.22/,
  ],
  ['a server older than the operator knows', withVersion('v1.29.2-eks-1'), ['operator-support warning'], /1\.30/],
  ['a version in figures of their own', withVersion('v1.36+'), []],
  ['a version that is none', withVersion('weird'), ['server unknown', 'operator-support unknown']],
  ['a server whose clock is ten minutes ahead', { clockAheadMs: 600_000 }, ['clock warning'], /600s ahead of this/],
  ['a server whose clock is behind', { clockAheadMs: -31_000 }, ['clock warning'], /31s behind this/],
  ['a server that does not tell the time', { clockAheadMs: undefined }, ['clock unknown']],
  [
    'another cluster domain',
    { corefile: '  kubernetes corp.example. in-addr.arpa {\n' },
    ['cluster-domain fatal'],
    /corp\.example,/,
  ],
  ['a commented domain', { corefile: '# kubernetes corp.example\n' }, ['cluster-domain unknown']],
  ['another DNS than CoreDNS', { corefile: null }, ['cluster-domain unknown']],
  [
    'two default StorageClasses',
    { storageClasses: [storageClass('a', true), storageClass('b', true)] },
    ['default-storage-class warning'],
    /a, b/,
  ],
  [
    'two defaults, and one chosen',
    { storageClasses: [storageClass('a', true), storageClass('b', true)] },
    [],
    undefined,
    ['etcd.storage.className=b'],
  ],
  [
    'a chosen StorageClass that is not there',
    {},
    ['storage-class fatal'],
    /StorageClass fast doesn't exist/,
    ['etcd.storage.className=fast'],
  ],
  ['no StorageClass at all', { storageClasses: [] }, ['storage-class fatal'], /has no default StorageClass/],
  [
    'a Helm release of the same name',
    { helmReleases: ['eg'] },
    ['helm-release warning'],
    /Namespace egt has the Helm release eg/,
  ],
  [
    'the operator of coreos',
    { cluster: { ...good().cluster, groups: ['etcd.database.coreos.com'] } },
    ['coreos-operator warning'],
    /etcdclusters\.etcd\.database\.coreos\.com/,
  ],
  [
    'an operator of others that does not run',
    {
      survey: {
        ...good().survey,
        foreignOperator: 'deployment.apps/op -n op',
        deployment: { ...pod('1'), spec: { template: { spec: { containers: [{ image: 'etcd-operator:v0.2.0' }] } } } },
      },
    },
    ['operator-health warning'],
    /deployment\.apps\/op -n op/,
  ],
  [
    'an operator of others in another version',
    {
      survey: {
        ...good().survey,
        foreignOperator: 'deployment.apps/op -n op',
        deployment: {
          ...pod('1'),
          spec: { template: { spec: { containers: [{ image: 'etcd-operator:v0.9.9' }] } } },
          status: { availableReplicas: 1 },
        },
      },
    },
    ['operator-version warning'],
    /runs etcd-operator:v0\.9\.9\. eg-setup supports etcd operator v0\.2\.0/,
  ],
  ['arm64 nodes', withNodes(node({ architecture: 'arm64' })), ['architecture warning'], /one \(arm64\)/],
  [
    'arm64 nodes and an image of their own',
    withNodes(node({ architecture: 'arm64' })),
    [],
    undefined,
    ['images.repository=my/eg'],
  ],
  ['no node yet', withNodes(), ['nodes unknown', 'capacity unknown']],
  [
    'nodes that are not ready',
    withNodes(node({ ready: false })),
    ['nodes fatal', 'capacity unknown'],
    /not ready: one/,
  ],
  [
    'nodes too small',
    withNodes(node({ allocatable: { cpu: '450m', memory: '4Gi', pods: '9' } })),
    ['capacity warning'],
    /^1 of 5 pods/,
  ],
  [
    'a node for few pods',
    withNodes(node({ allocatable: { cpu: '4', memory: '4Gi', pods: '4' } })),
    ['capacity warning'],
    /^1 of 5 pods/,
  ],
  [
    'nodes that others fill',
    { pods: { everywhere: true, items: [pod('1900m')] } },
    ['capacity warning'],
    /^3 of 5 pods don't fit on any node: a pod of eg-event-gateway requests 200m cpu .* no node has more than 90m cpu/,
  ],
  [
    'pods of others that have ended',
    { pods: { everywhere: true, items: [{ ...pod('1900m'), status: { phase: 'Succeeded' } }] } },
    [],
  ],
  [
    'a quota that is used up',
    { quotas: [quota({ pods: '10' }, { pods: '9' })] },
    ['quota fatal'],
    /has 1 of 10 pods left, but the installation needs 4 more/,
  ],
  ['a quota with room', { quotas: [quota({ pods: '10' }, { pods: '6' })] }, []],
  ['a quota for some pods only', { quotas: [quota({ pods: '1' }, {}, { scopes: ['BestEffort'] })] }, []],
  [
    'a quota that counts objects',
    { quotas: [quota({ 'count/deployments.apps': '5', 'count/services': '9' }, { 'count/deployments.apps': '5' })] },
    ['quota fatal'],
    /0 of 5 count\/deployments\.apps left, but the installation needs 1 more/,
  ],
  [
    'a quota that counts what controllers create',
    { quotas: [quota({ 'count/replicasets.apps': '0', 'count/statefulsets.apps': '0', configmaps: '1' })] },
    ['quota fatal'],
    /1 of 1 configmaps left, .* needs 2 .* 0 of 0 count\/replicasets\.apps left, .* needs 1 .* 0 of 0 count\/statefulsets\.apps left, .* needs 1/,
  ],
  [
    'a quota that counts custom resources',
    { quotas: [quota({ 'count/etcdclusters.operator.etcd.io': '0' })] },
    ['quota fatal'],
    /0 of 0 count\/etcdclusters\.operator\.etcd\.io left, but the installation needs 1/,
  ],
  [
    'a quota of the volumes of a class',
    { quotas: [quota({ 'standard.storageclass.storage.k8s.io/persistentvolumeclaims': '0' })] },
    ['quota fatal'],
    /0 of 0 standard\.storageclass\S+ left, but the installation needs 1/,
  ],
  [
    'a quota of the volumes of another class, and of objects that nobody creates',
    { quotas: [quota({ 'gold.storageclass.storage.k8s.io/requests.storage': '0', 'count/jobs.batch': '0' })] },
    [],
  ],
  [
    'a quota of volumes',
    { quotas: [quota({ 'requests.storage': '500Mi' })] },
    ['quota fatal'],
    /500Mi of 500Mi requests\.storage left, but the installation needs 1024Mi/,
  ],
  [
    'a quota without node ports',
    { quotas: [quota({ 'services.nodeports': '0' })] },
    ['quota fatal'],
    /0 of 0 services\.nodeports left, but the installation needs 2/,
  ],
  [
    'a quota of CPU where etcd asks for none',
    { quotas: [quota({ 'requests.cpu': '9' })] },
    ['quota fatal'],
    /requests\.cpu on every container, but the containers of eg-etcd-cluster/,
  ],
  [
    'the same with a LimitRange that gives it some',
    {
      quotas: [quota({ 'requests.cpu': '9' })],
      limitRanges: [limitRange({ type: 'Container', defaultRequest: { cpu: '100m' } })],
    },
    [],
  ],
  [
    'a LimitRange of volumes',
    { limitRanges: [limitRange({ type: 'PersistentVolumeClaim', max: { storage: '512Mi' } })] },
    ['limit-range fatal'],
    /the etcd volume has a limit of 1Gi storage/,
  ],
  [
    'a LimitRange above what is asked for',
    { limitRanges: [limitRange({ type: 'Container', min: { cpu: '500m' } })] },
    ['limit-range fatal'],
    /event-gateway requests 200m cpu, .*at least 500m/,
  ],
  [
    'a refusal of the server',
    { changes: [{ ...change, action: 'create', refused: 'webhook says no' }] },
    ['dry-run fatal'],
    /rejected service\/s: webhook says no/,
  ],
  [
    'a refusal for want of rights',
    {
      missing: [{ verb: 'create', group: '', resource: 'services', namespace: 'egt' }],
      changes: [{ ...change, action: 'create', refused: 'forbidden' }],
    },
    ['rights fatal', 'dry-run unknown'],
    /You don't have permission to create services in namespace egt/,
  ],
  [
    'a field of others',
    { changes: [{ ...change, action: 'unchanged', left: ['.spec.x is left as it is.'] }] },
    ['conflicts warning'],
    /left as it is/,
  ],
]

test.each(CASES)('%s', (_what, facts, expected, says = /./, set = []) => {
  const all = { ...good(set), ...facts }
  expect(outcome(all)).toEqual(expected)
  const [first] = runChecks(CHECKS, all).filter(({ status }) => status === 'fatal' || status === 'warning')
  if (first !== undefined)
    expect(first).toMatchObject({ message: expect.stringMatching(says), fix: expect.stringMatching(/./) })
})

test('what may not be read is told as such, and stops nothing', () => {
  const unread = {
    storageClasses: undefined,
    quotas: undefined,
    limitRanges: undefined,
    pods: undefined,
    corefile: undefined,
    helmReleases: undefined,
    missing: undefined,
  }
  const facts = { ...good(), ...unread, cluster: { ...good().cluster, nodes: undefined, groups: undefined } }
  expect(outcome(facts).filter(line => !line.endsWith(' unknown'))).toEqual([])
})

test('what runs already counts once', () => {
  const gateways = Array.from({ length: 3 }, () => {
    const { metadata, ...rest } = pod('200m')
    const labels = planOf()
      .stages.at(-1)!
      .objects.find(({ kind }) => kind === 'Deployment')!.spec.selector.matchLabels
    return { ...rest, metadata: { ...metadata, namespace: 'egt', labels } }
  })
  const quotas = [quota({ pods: '4' }, { pods: '3' })]
  const pods = { everywhere: true, items: gateways }
  expect(
    outcome({
      ...good(),
      ...withNodes(node({ allocatable: { cpu: '620m', memory: '4Gi', pods: '9' } })),
      quotas,
      pods,
    }),
  ).toEqual([])
})

test('every right is asked for once, and creating only where nothing is there', () => {
  const rights = rightsFor(good())
  expect(new Set(rights.map(right => JSON.stringify(right))).size).toBe(rights.length)
  const services = (facts: CheckFacts) =>
    rightsFor(facts)
      .filter(({ resource }) => resource === 'services')
      .map(({ verb }) => verb)
  expect(services(good())).toEqual(['get', 'patch', 'create'])
  const existing = good().plan.stages.flatMap(({ objects }) => objects)
  expect(services({ ...good(), existing })).toEqual(['get', 'patch'])
})

test('the role that an administrator is asked for is complete', () => {
  const missing = rightsFor(good())
  const finding = runChecks(CHECKS, { ...good(), missing }).find(({ id }) => id === 'rights')
  expect(finding?.fix).toContain('{"apiGroups":["operator.etcd.io"],"resources":["etcdclusters"],"verbs":["list"]}')
  expect(finding?.fix).toMatch(
    /"resources":\[[^\]]*"clusterroles"[^\]]*\],"verbs":\["create","get","patch","bind","escalate"\]/,
  )
  expect(finding?.fix).toContain('kubectl create namespace etcd-operator-system\n')
  expect(finding?.fix).not.toContain('kubectl create namespace egt\n')
  expect(finding?.fix).toContain('kubectl create rolebinding eg-setup -n egt --role=eg-setup --user=NAME')
})

describe('commands of fixes, pasted into a shell', () => {
  const folder = mkdtempSync(join(tmpdir(), 'eg-pasted-'))
  const log = join(folder, 'log')
  afterAll(() => rmSync(folder, { recursive: true }))
  // Each program writes down its words, and what it is given to read.
  for (const program of ['kubectl', 'helm', 'eg-setup']) {
    const script = `#!/bin/sh\n{ printf '%s ' ${program} "$@"; case "$*" in *'-f -'*) cat ;; esac; echo; } >>'${log}'\n`
    writeFileSync(join(folder, program), script, { mode: 0o755 })
  }
  /** The lines after the first that begin like a command. */
  const commandsIn = (fix: string | null) =>
    (fix ?? '')
      .split('\n')
      .slice(1)
      .filter(line => /^[^A-Z\s]/.test(line))
  const missing = rightsFor(good())
  const fixes = [...CASES.map(([, facts, , , set]) => ({ ...good(set), ...facts })), { ...good(), missing }].flatMap(
    facts => runChecks(CHECKS, facts).flatMap(({ fix }) => commandsIn(fix)),
  )
  const pasted = (line: string) => {
    writeFileSync(log, '')
    const env = { PATH: `${folder}:/usr/bin:/bin` }
    // What follows an incomplete command becomes a part of it.
    const { stdout, stderr } = spawnSync('sh', { input: `${line}\necho complete\n`, env, encoding: 'utf8' })
    return { stdout, stderr, log: readFileSync(log, 'utf8') }
  }

  test.each([...new Set(fixes)])('%s', line => {
    expect(pasted(line)).toEqual({
      stdout: 'complete\n',
      stderr: '',
      log: expect.stringMatching(/^(kubectl|helm|eg-setup) /),
    })
  })

  test('a role reaches kubectl whole', () => {
    const line = fixes.find(fix => fix.startsWith('echo'))!
    const [, json = ''] = /^kubectl apply -f - (.*)/.exec(pasted(line).log) ?? []
    expect(JSON.parse(json)).toMatchObject({ metadata: { name: 'eg-setup' }, rules: expect.any(Array) })
  })

  test('a command that is not complete is noticed', () => {
    expect(pasted("kubectl apply -f - <<'EOF'").stdout).toBe('')
  })
})
