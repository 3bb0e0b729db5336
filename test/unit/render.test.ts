import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { loadAll } from 'js-yaml'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { KubeObject } from '../../src/kube/object.ts'
import { run } from '../bed/command.ts'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'eg-render-'))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

// No kubeconfig, no HOME with one: a cluster is asked nothing.
const render = (...args: string[]) =>
  run(['render', ...args], { env: { KUBECONFIG: join(folder, 'none'), HOME: folder } })
const objects = async (...args: string[]) => {
  const { code, stdout, stderr } = await render(...args)
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  return loadAll(stdout) as KubeObject[]
}

test('render prints every object in the order in which setup applies them, the same each time', async () => {
  const found = await objects('-n', 'x', '--private-config')
  expect(found.map(({ kind }) => kind)).toEqual([
    ...['Namespace', 'CustomResourceDefinition', 'ServiceAccount', 'Role', 'RoleBinding', 'ClusterRole'],
    ...[
      'ClusterRoleBinding',
      'Deployment',
      'Namespace',
      'NetworkPolicy',
      'NetworkPolicy',
      'EtcdCluster',
      'Service',
      'Deployment',
      'Service',
      'Service',
    ],
  ])
  expect(found.map(({ metadata }) => metadata.labels?.['app.kubernetes.io/managed-by'])).toEqual(
    found.map(() => 'eg-setup'),
  )
  expect(await render('-n', 'x', '--private-config')).toEqual(await render('-n', 'x', '--private-config'))
})

test('render takes the settings and flags of setup', async () => {
  const flags = ['--expose', 'ingress', '--host', 'eg.example.com', '--allow-from', 'any']
  const found = await objects('-n', 'x', '--set', 'replicaCount=7', ...flags)
  expect(found.find(({ kind, metadata }) => kind === 'Deployment' && metadata.namespace === 'x')?.spec.replicas).toBe(7)
  expect(found.find(({ kind }) => kind === 'Ingress')?.spec.rules[0].host).toBe('eg.example.com')
})

test.each([
  ['nothing', [], ['--private-config', '--allow-from CIDR,...', '--internal', '--allow-from any']],
  ['node ports', ['--expose', 'node-port'], ['--private-config', '--allow-from any']],
  ['an Ingress', ['--expose', 'ingress'], ['--private-config', '--allow-from any']],
  [
    'an Ingress for some networks',
    ['--expose=ingress', '--allow-from=10.0.0.0/8'],
    ['--private-config', '--allow-from any'],
  ],
])('render asks who can access the gateway, and names what works: %s', async (_what, args, flags) => {
  const { code, stdout, stderr } = await render(...args)
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
  expect([...stderr.matchAll(/(--\S+( CIDR,\.\.\.| any)?) \(/g)].map(([, flag]) => flag)).toEqual(flags)
})

test.each([
  ['--private-config', ['--private-config'], { 'eg-event-gateway': ['events'], 'eg-event-gateway-config': ['config'] }],
  ['--allow-from CIDR,...', ['--allow-from', '10.0.0.0/8'], { 'eg-event-gateway': ['config', 'events'] }],
  ['--allow-from any', ['--allow-from', 'any'], { 'eg-event-gateway': ['config', 'events'] }],
  ['--internal', ['--internal', '--set', 'service.annotations.foo=bar'], { 'eg-event-gateway': ['config', 'events'] }],
  ['none, inside the cluster', ['--expose', 'cluster-ip'], { 'eg-event-gateway': ['config', 'events'] }],
])('render with an answer prints the Services: %s', async (_what, args, wanted) => {
  const services = (await objects(...args)).filter(
    ({ kind, metadata }) => kind === 'Service' && metadata.name.startsWith('eg-event-gateway'),
  )
  const ports = services.map(({ metadata, spec }) => [
    metadata.name,
    spec.ports.map(({ name }: { name: string }) => name),
  ])
  expect(Object.fromEntries(ports)).toEqual(wanted)
})

test.each([
  [['--set', 'replicaCount=many'], 'replicaCount'],
  [['--internal'], 'service.annotations'],
  [['--chart', 'charts', '--set', 'replicaCount=1'], 'helm install'],
])('render %j is refused with nothing on stdout', async (args, word) => {
  expect(await render(...args)).toMatchObject({ code: 2, stdout: '', stderr: expect.stringContaining(word) })
})

test('render --chart writes the charts, and again the same', async () => {
  const charts = join(folder, 'charts')
  expect(await render('--chart', charts)).toMatchObject({ code: 0, stdout: '' })
  const first = await readFile(join(charts, 'event-gateway', 'values.yaml'), 'utf8')
  expect(await render('--chart', charts)).toMatchObject({ code: 0 })
  expect(await readFile(join(charts, 'event-gateway', 'values.yaml'), 'utf8')).toBe(first)
})

test('render --chart leaves a file of somebody else as it is and writes nothing', async () => {
  expect(await render('--chart', folder)).toMatchObject({ code: 0 })
  const values = join(folder, 'event-gateway', 'values.yaml')
  await writeFile(values, 'replicaCount: 1\n')
  await rm(join(folder, 'etcd-operator'), { recursive: true })
  expect(await render('--chart', folder)).toMatchObject({ code: 3, stderr: expect.stringContaining(values) })
  expect(await readFile(values, 'utf8')).toBe('replicaCount: 1\n')
  await expect(readFile(join(folder, 'etcd-operator', 'Chart.yaml'))).rejects.toThrow('ENOENT')
})
