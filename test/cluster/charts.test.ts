import { spawn } from 'node:child_process'
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { loadAll } from 'js-yaml'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { CHARTS, chartValues } from '../../src/charts/chart.ts'
import type { KubeObject } from '../../src/kube/object.ts'
import type { Release } from '../../src/names.ts'
import type { Choices } from '../../src/plan/derived-row.ts'
import { makePlan } from '../../src/plan/plan.ts'
import { givenFrom } from '../../src/settings/given.ts'
import { settingsFrom } from '../../src/settings/settings-from.ts'
import { run } from '../bed/command.ts'
import { HELMS } from '../bed/helms.ts'

const RELEASES = Object.keys(CHARTS) as Release[]
let folder: string

const start = (file: string, args: readonly string[], input = '') =>
  new Promise<{ code: number | null; stdout: string; stderr: string }>((resolve, reject) => {
    const child = spawn(file, args)
    let stdout = ''
    let stderr = ''
    child.stdout.on('data', text => {
      stdout += text
    })
    child.stderr.on('data', text => {
      stderr += text
    })
    child.on('error', reject)
    child.on('close', code => resolve({ code, stdout, stderr }))
    child.stdin.end(input)
  })
const chart = (release: Release) => join(folder, CHARTS[release].name)

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'eg-charts-'))
  expect(await run(['render', '--chart', folder])).toMatchObject({ code: 0 })
  await writeNotesChart()
})
afterAll(() => rm(folder, { recursive: true, force: true }))

/** A copy of the chart that renders its notes as an object: helm itself prints them only where it has a cluster. */
async function writeNotesChart(): Promise<void> {
  const templates = join(folder, 'notes', 'templates')
  await cp(chart('eg'), join(folder, 'notes'), { recursive: true })
  const notes = await readFile(join(templates, 'NOTES.txt'), 'utf8')
  await writeFile(join(templates, '_notes.tpl'), `{{- define "notes" -}}${notes}{{- end -}}`)
  await writeFile(join(templates, 'notes.yaml'), 'notes: {{ include "notes" . | toJson }}\n')
}

const name = fc.stringMatching(/^[a-z]([-a-z0-9]{0,10}[a-z0-9])?$/)
const text = fc.oneof(
  name,
  fc.constantFrom('', 'true', '1e3', '0.10', '0x1f', 'a: b', '"q"', "it's", '- x', '{{ .Values }}', '<&>', 'ü\n'),
)
const digest = fc.constant(`sha256:${'0a'.repeat(32)}`)
const option = fc.constantFrom(
  ...[
    ['-db-hosts=a:1,b:2'],
    ['--db-hosts', 'c:3'],
    ['-config-port=4101'],
    ['--config-port', '4102'],
    ['-events-port=4103'],
  ],
  ...[['-log-level=info'], ['-dev'], ['-plugin', 'a b'], ['-workers', '7'], ['-plugin=-db-hosts']],
)
const command = fc.array(option, { maxLength: 6 }).map(options => options.flat())

const annotations = fc.oneof(
  fc.dictionary(name, text, { maxKeys: 3 }),
  fc.array(
    fc.tuple(name, text).map(([key, value]) => `${key}: ${value}`),
    { maxLength: 3 },
  ),
)

/** Settings that go together, as somebody may write them; each may be missing. */
const settings = fc.record(
  {
    'images.repository': fc.constantFrom('serverless/event-gateway', 'registry.example.com:5000/team/eg'),
    'images.tag': fc.oneof(digest, fc.stringMatching(/^\w[-.\w]{0,80}$/)),
    'images.pullPolicy': fc.constantFrom('IfNotPresent', 'Always', 'Never'),
    'images.pullSecrets': fc.array(name, { maxLength: 3 }),
    replicaCount: fc.integer({ min: 1, max: 2_000_000 }),
    allowFrom: fc.oneof(
      fc.constant(['any']),
      fc.array(fc.constantFrom('192.0.2.0/24', '198.51.100.7', '2001:db8::/32')),
    ),
    privateConfig: fc.boolean(),
    host: fc.oneof(
      fc.constant(''),
      name.map(label => `${label}.example.com`),
    ),
    'gatewayApi.gateway': fc.oneof(
      fc.constant(''),
      name,
      fc.tuple(name, name).map(([namespace, gateway]) => `${namespace}/${gateway}`),
      fc.tuple(name, name).map(([gateway, listener]) => `${gateway}#${listener}`),
      fc.tuple(name, name, name).map(([namespace, gateway, listener]) => `${namespace}/${gateway}#${listener}`),
    ),
    'gatewayApi.className': fc.oneof(fc.constant(''), name),
    'tls.secretName': fc.oneof(fc.constant(''), name),
    'ingress.className': fc.oneof(fc.constant(''), name),
    'ingress.annotations': annotations,
    'service.annotations': annotations,
    'service.loadBalancerClass': fc.oneof(
      fc.constantFrom('', 'A_b.c'),
      name.map(label => `example.com/${label}`),
    ),
    'service.externalTrafficPolicy': fc.constantFrom('', 'Cluster', 'Local'),
    'service.ipFamilyPolicy': fc.constantFrom('', 'PreferDualStack', 'RequireDualStack'),
    'service.ipFamilies': fc.subarray(['IPv4', 'IPv6']),
    'service.config.port': fc.integer({ min: 1, max: 30_000 }),
    'service.config.nodePort': fc.constantFrom(0, 30_001),
    'service.events.port': fc.integer({ min: 30_001, max: 65_535 }),
    'service.events.nodePort': fc.constantFrom(0, 30_002),
    'resources.limits.cpu': fc.constantFrom('300m', '0.5', '2'),
    'resources.requests.cpu': fc.constant('100m'),
    'resources.requests.memory': fc.constantFrom('64Mi', '1e8'),
    command,
    etcd_cluster_name: name,
    'etcd.mode': fc.constantFrom('operator', 'statefulset', 'external'),
    'etcd.endpoints': fc.constantFrom(['etcd.example.com:2379'], ['[2001:db8::1]:2379', '192.0.2.7:2379']),
    'etcd.version': fc.constantFrom('v3.6.14', 'v3.5.33-rc.1'),
    'etcd.storage.size': fc.constantFrom('1Gi', '2500Mi'),
    'etcd.storage.className': fc.oneof(fc.constant(''), name),
    'operator.image.tag': fc.oneof(digest, fc.constantFrom('v0.2.0', 'latest')),
  },
  { requiredKeys: [] },
)

/** Endpoints and the mode external need each other, and leave -db-hosts to them; of a Gateway and a class one is given, and TLS needs a host. */
function fit({ 'etcd.endpoints': endpoints, ...others }: Record<string, unknown>): Record<string, unknown> {
  const values: Record<string, unknown> = {
    ...others,
    ...(others['gatewayApi.gateway'] ? { 'gatewayApi.className': '', 'tls.secretName': '' } : {}),
    ...(others['host'] ? {} : { 'tls.secretName': '' }),
  }
  if (values['etcd.mode'] !== 'external') return values
  const options = (values['command'] as string[] | undefined)?.filter(option =>
    /^--?(config|events)-port=/.test(option),
  )
  return { ...values, 'etcd.endpoints': endpoints ?? ['etcd:2379'], command: options ?? [] }
}

const choices: fc.Arbitrary<Choices> = fc.record({
  engine: fc.constantFrom('builtin', 'helm'),
  namespace: fc.oneof(name, fc.constantFrom('123', 'null')),
  settings: settings.map(values =>
    settingsFrom(givenFrom({ values: [{ name: 'generated', text: JSON.stringify(fit(values)) }] })),
  ),
  exposure: fc.constantFrom('load-balancer', 'node-port', 'ingress', 'gateway-api', 'cluster-ip'),
  etcdSize: fc.constantFrom(1, 3, 5),
  alreadyThere: fc.subarray(['definition'] as const).map(parts => new Set(parts)),
  operatorNamespace: name,
  annotations: fc.constantFrom({}, { 'example.com/internal': 'true' }),
})

/** Without what names the manager, and without namespaces: Helm makes those itself. */
const comparable = (objects: readonly KubeObject[]) =>
  Object.fromEntries(
    objects
      .filter(
        ({ kind, metadata }) => kind !== 'Namespace' && metadata.labels?.['app.kubernetes.io/component'] !== 'test',
      )
      .map(object => {
        const { 'app.kubernetes.io/managed-by': _, 'helm.sh/chart': __, ...labels } = object.metadata.labels ?? {}
        const { 'helm.sh/resource-policy': ___, ...annotations } = object.metadata.annotations ?? {}
        const metadata = { ...object.metadata, labels, ...(object.metadata.annotations && { annotations }) }
        return [`${object.kind} ${metadata.name}`, { ...object, metadata }]
      }),
  )

describe.each(HELMS)('%s', helm => {
  test('the charts render the objects of the builtin engine, for 50 generated settings', async () => {
    await fc.assert(
      fc.asyncProperty(choices, async chosen => {
        const { stages } = makePlan(chosen)
        for (const release of RELEASES) {
          const wanted = stages.filter(stage => stage.release === release).flatMap(stage => stage.objects)
          if (wanted.length === 0) continue // Nobody installs that release then.
          const args = ['template', release, chart(release), '-f', '-']
          // The operator's objects are in the namespace of their release.
          const namespace = release === 'ego' ? chosen.operatorNamespace : chosen.namespace
          const rendered = await start(helm, [...args, '-n', namespace], JSON.stringify(chartValues(release, chosen)))
          expect(rendered).toMatchObject({ code: 0, stderr: '' })
          const objects = loadAll(rendered.stdout).filter(document => document !== null) as KubeObject[]
          expect(comparable(objects)).toEqual(comparable(wanted))
        }
      }),
      { numRuns: 50 },
    )
  })

  test.each(RELEASES)('lint --strict has nothing against the chart of %s', async release => {
    expect(await start(helm, ['lint', '--strict', chart(release)])).toMatchObject({ code: 0 })
  })

  test.each([
    ['nothing', 'replicaCount=1', true],
    ['node ports', 'service.type=NodePort', true],
    ['an Ingress', 'expose=ingress', true],
    ['networks that node ports ignore', 'expose=node-port,allowFrom={10.0.0.0/8}', true],
    ['Gateway API', 'expose=gateway-api,gatewayApi.className=a', true],
    ['networks that an Ingress ignores', 'expose=ingress,allowFrom={10.0.0.0/8}', true],
    ['networks', 'allowFrom={10.0.0.0/8}', false],
    ['anyone', 'allowFrom={any}', false],
    ['a private config API', 'privateConfig=true', false],
    ['an Ingress without the config API', 'expose=ingress,privateConfig=true', false],
    ['a Service inside the cluster', 'service.type=ClusterIP', false],
    ['an exposure inside the cluster', 'expose=cluster-ip', false],
  ])(
    'the first line of the notes warns unless someone has said who can access the gateway: %s',
    async (_what, set, isWarned) => {
      const args = ['template', 'eg', join(folder, 'notes'), '-s', 'templates/notes.yaml', '--set', set]
      const { code, stdout, stderr } = await start(helm, args)
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
      const [{ notes } = { notes: '' }] = loadAll(stdout) as { notes: string }[]
      expect(notes.startsWith('WARNING: Anyone who can reach')).toBe(isWarned)
      expect(notes.split('\n')[0]).toMatch(
        isWarned ? /no authentication\.$/ : /^Event Gateway becomes ready once etcd answers/,
      )
    },
  )

  test.each([
    ['replicaCount=two', "'/replicaCount': got string, want integer"],
    ['service.config.port=70000', "'/service/config/port': maximum: got 70,000, want 65,535"],
    ['serviceType=NodePort', "additional properties 'serviceType' not allowed"],
    ['internal=true', "additional properties 'internal' not allowed"],
  ])('--set %s is refused by the schema', async (value, reason) => {
    const { code, stderr } = await start(helm, ['template', 'eg', chart('eg'), '--set', value])
    expect({ code, stderr }).toEqual({ code: 1, stderr: expect.stringContaining(reason) })
  })

  test('a Kubernetes that knows no such test gets none', async () => {
    const kinds = async (version: string) =>
      (await start(helm, ['template', 'eg', chart('eg'), '--kube-version', version])).stdout.match(/^kind: .*/gm)
    expect(await kinds('1.29.0')).toContain('kind: Pod')
    expect(await kinds('1.28.9')).not.toContain('kind: Pod')
  })

  const GUIDE = [
    ['images.repository=example.com/eg,images.tag=1.2', 'Deployment', 'image: "example.com/eg:1.2"'],
    ['image.repository=example.com/eg,image.tag=1.2', 'Deployment', 'image: "example.com/eg:1.2"'],
    ['replicaCount=2', 'Deployment', 'replicas: 2'],
    ['service.type=NodePort', 'Service', 'type: "NodePort"'],
    ['service.config.port=80', 'Service', 'port: 80'],
    ['service.events.port=81', 'Service', 'port: 81'],
    ['resources.limits.cpu=1', 'Deployment', 'cpu: 1'],
    ['resources.limits.memory=1Gi', 'Deployment', 'memory: "1Gi"'],
    ['resources.requests.cpu=50m', 'Deployment', 'cpu: "50m"'],
    ['resources.requests.memory=64Mi', 'Deployment', 'memory: "64Mi"'],
    ['command={-db-hosts=a:1,-log-level=info}', 'Deployment', 'args: ["-db-hosts=a:1","-log-level=info"]'],
    ['etcd_cluster_name=mine', 'Deployment', '"-db-hosts=mine-client:2379"'],
  ]
  test.each(GUIDE)("the guide's --set %s ends on the %s", async (value, kind, line) => {
    const { stdout, stderr } = await start(helm, ['template', 'eg', chart('eg'), '--set', value!])
    expect(stderr).toBe('')
    expect(
      stdout
        .split('\n---\n')
        .filter(text => text.includes(`\nkind: ${kind}\n`))
        .join(),
    ).toContain(line)
  })

  test.each([
    ['a list of strings', '["service.beta.kubernetes.io/aws-load-balancer-internal: 0.0.0.0/0", "foo: bar"]'],
    ['a mapping', '{"service.beta.kubernetes.io/aws-load-balancer-internal": "0.0.0.0/0", "foo": "bar"}'],
  ])("the guide's annotations, as %s, end on the Service", async (_, annotations) => {
    const values = `{"service": {"annotations": ${annotations}}}`
    const { stdout, stderr } = await start(
      helm,
      ['template', 'eg', chart('eg'), '-s', 'templates/service.yaml', '-f', '-'],
      values,
    )
    expect(stderr).toBe('')
    expect((loadAll(stdout) as KubeObject[])[0]?.metadata.annotations).toEqual({
      'service.beta.kubernetes.io/aws-load-balancer-internal': '0.0.0.0/0',
      foo: 'bar',
    })
  })
})
