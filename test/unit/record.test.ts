import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { findOwnRelease } from '../../src/engines/helm/own-release.ts'
import type { Helm } from '../../src/engines/helm/program.ts'
import { verify } from '../../src/engines/verify-recorded.ts'
import { ref } from '../../src/kube/kinds.ts'
import type { KubeObject, Ref } from '../../src/kube/object.ts'
import type { Kube } from '../../src/kube/request/client.ts'
import { isPossible } from '../../src/plan/is-possible.ts'
import { readContents } from '../../src/record/record-schema.ts'
import { believed, givenFrom } from '../../src/settings/given.ts'
import { readSetLine, setLinesOf } from '../../src/settings/set-line.ts'

const OPERATOR = 'etcd-operator-system'

describe('a plan of namespace mine', () => {
  test.each<[Ref, 'eg' | 'ego', boolean]>([
    [ref('Deployment', 'eg-event-gateway', 'mine'), 'eg', true],
    [ref('Service', 'eg-event-gateway-config', 'mine'), 'eg', true],
    [ref('EtcdCluster', 'any-name', 'mine'), 'eg', true],
    [ref('Service', 'any-name-client', 'mine'), 'eg', true],
    [ref('Namespace', 'mine'), 'eg', true],
    [ref('Deployment', 'eg-event-gateway', 'theirs'), 'eg', false],
    [ref('Deployment', 'theirs', 'mine'), 'eg', false],
    [ref('Secret', 'eg-event-gateway', 'mine'), 'eg', false],
    [ref('ConfigMap', 'eg-setup', 'mine'), 'eg', false],
    [ref('Namespace', 'kube-system'), 'eg', false],
    [ref('ClusterRole', 'etcd-operator-manager-role'), 'eg', false],
    [ref('CustomResourceDefinition', 'etcdclusters.operator.etcd.io'), 'eg', false],
    [ref('Deployment', 'etcd-operator-controller-manager', OPERATOR), 'eg', false],
    [ref('Deployment', 'etcd-operator-controller-manager', OPERATOR), 'ego', true],
    [ref('CustomResourceDefinition', 'etcdclusters.operator.etcd.io'), 'ego', true],
    [ref('CustomResourceDefinition', 'others.example.com'), 'ego', false],
    [ref('ClusterRoleBinding', 'cluster-admin'), 'ego', false],
    [ref('Deployment', 'eg-event-gateway', 'mine'), 'ego', false],
    [{ ...ref('Deployment', 'eg-event-gateway'), apiVersion: 'apps/v1' }, 'eg', false],
  ])('%j of the release %s: %s', (object, release, isIn) => {
    expect(isPossible(object, release, 'mine')).toBe(isIn)
  })
})

test('10,000 records of any shape are read or refused in a sentence', () => {
  const part = fc.oneof(
    fc.jsonValue(),
    fc.constantFrom('builtin', 'helm', 'eg', 'node-port', '__proto__', 1e9, -1, null),
  )
  const fields = ['engine', 'cluster', 'settings', 'exposure', 'localhost', 'etcdSize', 'nodePorts', 'objects'] as const
  const object = fc.record({ kind: part, name: part, namespace: part, uid: part }, { requiredKeys: [] })
  const record = fc.record(
    { ...Object.fromEntries(fields.map(field => [field, part])), objects: fc.oneof(part, fc.array(object)) },
    { requiredKeys: [] },
  )
  fc.assert(
    fc.property(
      fc.oneof(
        record.map(one => JSON.stringify(one)),
        fc.string(),
        fc.jsonValue(),
      ),
      text => {
        const read = readContents(text)
        if ('damaged' in read) expect(read.damaged).toMatch(/^(it|its field) [\w "]+/)
        else for (const { name, uid = '' } of read.objects) expect(`${name} ${uid}`).toMatch(/^[\w.-]+ [\w-]*$/)
      },
    ),
    { numRuns: 10_000 },
  )
})

const uid = '8b2d0c9e-0000-4000-8000-000000000001'
const live = (more: object): KubeObject => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: {
    name: 'eg-event-gateway',
    namespace: 'mine',
    uid,
    labels: { 'app.kubernetes.io/managed-by': 'eg-setup' },
    creationTimestamp: '2026-01-01T00:05:00Z',
    ...more,
  },
})
test.each([
  ['with its uid and our label', { uid }, {}, ''],
  ['with another uid', { uid: 'other' }, {}, 'replaced by something else'],
  ['without our label', { uid }, { labels: {} }, 'eg-setup label is missing'],
  ['without a uid, created after the record', {}, {}, ''],
  [
    'without a uid, created before the record',
    {},
    { creationTimestamp: '2025-12-31T23:00:00Z' },
    'older than the record',
  ],
])('an object that is recorded %s', async (_, recorded, metadata, why) => {
  const object = { ...ref('Deployment', 'eg-event-gateway', 'mine'), ...recorded }
  const kube = { read: async () => live(metadata) } as unknown as Kube
  const record = { objects: [object], settings: {}, since: '2026-01-01T00:04:00Z' }
  const [finding] = await verify(kube, record)
  expect(finding).toMatchObject({ verdict: why === '' ? 'ours' : 'foreign', why: expect.stringContaining(why) })
})

test.each([
  [{ recorded: { allowFrom: ['any'] } }, undefined],
  [{ recorded: { allowFrom: ['0.0.0.0/0'] } }, undefined],
  [{ recorded: { allowFrom: ['10.0.0.0/8', '::/0'] } }, undefined],
  [{ recorded: { allowFrom: ['10.0.0.0/8'] } }, ['10.0.0.0/8']],
  [{ recorded: { allowFrom: ['any'] }, flags: { 'allow-from': ['any'] } }, ['any']],
  [{ set: ['allowFrom=any'] }, ['any']],
])('of %j it is believed that clients may come from %j', (sources, networks) => {
  expect(believed(givenFrom(sources)).allowFrom?.value).toEqual(networks)
})

test("the operator's settings count from the operator's record alone", () => {
  const settings = { 'operator.image.repository': 'example.com/x', replicaCount: 1 }
  expect(Object.keys(givenFrom({ recorded: settings }))).toEqual(['replicaCount'])
  expect(Object.keys(givenFrom({ operator: settings }))).toEqual(['operator.image.repository'])
})

test('repeating one annotation does not confirm the others', () => {
  const recorded = { 'service.annotations': { evil: 'yes', good: 'yes' } }
  const given = (set: string[]) => givenFrom({ recorded, set })['service.annotations']?.from
  expect(given(['service.annotations.good=yes'])).toBe('recorded by an earlier run')
  expect(given(['service.annotations.good=yes', 'service.annotations.evil=yes'])).toBe('from --set')
})

test('every value can be said again by --set', () => {
  const text = fc.string({ minLength: 1 })
  fc.assert(
    fc.property(fc.oneof(text, fc.array(text, { minLength: 1 })), value => {
      const [line = ''] = setLinesOf('command', value)
      expect(readSetLine(line)).toEqual({ value: [['command', value]] })
    }),
  )
})

const manifest = (metadata: string, kind = 'Deployment', apiVersion = 'apps/v1') =>
  `---\n# Source: x\napiVersion: ${apiVersion}\nkind: ${kind}\nmetadata: ${metadata}\n`
describe('a Helm release in namespace mine', () => {
  const helmWith = (text: string) =>
    ({
      run: async ({ args }: { args: string[] }) =>
        args[0] === 'list'
          ? '[{"name":"eg","revision":"1","status":"deployed","chart":"event-gateway-0.1.0"}]'
          : args[0] === 'history'
            ? '[{"revision":1}]'
            : text,
    }) as unknown as Helm
  const target = { release: 'eg', namespace: 'mine' } as const

  test.each([
    ['what our chart has', manifest('{name: eg-event-gateway, namespace: mine}')],
    ['what our chart has, without its namespace', manifest('{name: eg-event-gateway}')],
  ])('is taken with %s', async (_, text) => {
    expect(await findOwnRelease(helmWith(text), target)).toMatchObject({ name: 'eg' })
  })

  test.each([
    ['a Deployment elsewhere', manifest('{name: eg-event-gateway, namespace: theirs}')],
    ['a Deployment elsewhere by a merge key', manifest('{<<: &x {namespace: theirs}, name: eg-event-gateway}')],
    ['a ClusterRole', manifest('{name: cluster-admin}', 'ClusterRole', 'rbac.authorization.k8s.io/v1')],
    ['its namespace', manifest('{name: mine}', 'Namespace', 'v1')],
    ['a List', manifest('{name: x}', 'List', 'v1')],
    ['a kind of our name in another group', manifest('{name: eg-event-gateway}', 'Deployment', 'example.com/v1')],
    ['a document that only helm sees', `${manifest('{name: eg-event-gateway}')}x: |\n---{"kind":"Secret"}\n`],
    ['invalid YAML', 'a: [\n'],
  ])('is refused with %s', async (_, text) => {
    await expect(findOwnRelease(helmWith(text), target)).rejects.toMatchObject({ code: 3 })
  })
})
