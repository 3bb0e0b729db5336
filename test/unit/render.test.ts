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
  const found = await objects('-n', 'x')
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
    ],
  ])
  expect(found.map(({ metadata }) => metadata.labels?.['app.kubernetes.io/managed-by'])).toEqual(
    found.map(() => 'eg-setup'),
  )
  expect(await render('-n', 'x')).toEqual(await render('-n', 'x'))
})

test('render takes the settings and flags of setup', async () => {
  const found = await objects('-n', 'x', '--set', 'replicaCount=7', '--expose', 'ingress', '--host', 'eg.example.com')
  expect(found.find(({ kind, metadata }) => kind === 'Deployment' && metadata.namespace === 'x')?.spec.replicas).toBe(7)
  expect(found.find(({ kind }) => kind === 'Ingress')?.spec.rules[0].host).toBe('eg.example.com')
})

test.each([
  [['--set', 'replicaCount=many'], 'replicaCount'],
  [['--internal'], 'annotation'],
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
