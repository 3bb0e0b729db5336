import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { loadAll } from 'js-yaml'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
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
  expect([...stderr.matchAll(/^ +(--[\w-]+( CIDR,\.\.\.| any)?): /gm)].map(([, flag]) => flag)).toEqual(flags)
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

test('render --chart keeps a foreign file unchanged and writes nothing', async () => {
  expect(await render('--chart', folder)).toMatchObject({ code: 0 })
  const values = join(folder, 'event-gateway', 'values.yaml')
  await writeFile(values, 'replicaCount: 1\n')
  await rm(join(folder, 'etcd-operator'), { recursive: true })
  expect(await render('--chart', folder)).toMatchObject({ code: 3, stderr: expect.stringContaining(values) })
  expect(await readFile(values, 'utf8')).toBe('replicaCount: 1\n')
  await expect(readFile(join(folder, 'etcd-operator', 'Chart.yaml'))).rejects.toThrow('ENOENT')
})

describe('render --chart', () => {
  const CHART = 'event-gateway'

  type Trap = [what: string, lay: (elsewhere: string) => Promise<unknown>, named: string]
  const traps: Trap[] = [
    ['a chart', elsewhere => symlink(elsewhere, join(folder, CHART)), CHART],
    [
      'a folder of a chart',
      async elsewhere => {
        await mkdir(join(folder, CHART))
        await symlink(elsewhere, join(folder, CHART, 'templates'))
      },
      join(CHART, 'templates'),
    ],
    [
      'a file of a chart',
      async elsewhere => {
        await mkdir(join(folder, CHART))
        await symlink(join(elsewhere, 'target'), join(folder, CHART, 'values.yaml'))
      },
      join(CHART, 'values.yaml'),
    ],
  ]
  test.each(traps)('writes nothing where %s is a symbolic link', async (_, lay, named) => {
    const elsewhere = await mkdtemp(join(tmpdir(), 'eg-elsewhere-'))
    await lay(elsewhere)
    const refused = `✖  ${join(folder, named)} is a symbolic link. Nothing was written.\n   `
    expect(await render('--chart', folder)).toMatchObject({ code: 3, stderr: expect.stringContaining(refused) })
    expect(await readdir(elsewhere)).toEqual([])
    await expect(readFile(join(folder, 'etcd-operator', 'Chart.yaml'))).rejects.toThrow('ENOENT')
  })

  test('writes into a directory that is named by a link', async () => {
    await mkdir(join(folder, 'real'))
    await symlink('real', join(folder, 'link'))
    expect(await render('--chart', join(folder, 'link'))).toMatchObject({ code: 0 })
    expect(await readdir(join(folder, 'real'))).toEqual(['etcd-operator', CHART])
  })

  test('leaves no unfinished file, and keeps what is beside its own', async () => {
    await mkdir(join(folder, CHART))
    await writeFile(join(folder, CHART, 'values-production.yaml'), 'replicaCount: 5\n')
    expect(await render('--chart', folder)).toMatchObject({ code: 0 })
    const files = await readdir(folder, { recursive: true })
    expect(files.filter(file => file.includes('.tmp'))).toEqual([])
    expect(await readFile(join(folder, CHART, 'values-production.yaml'), 'utf8')).toBe('replicaCount: 5\n')
  })

  test("says why a directory can't be written to", async () => {
    await writeFile(join(folder, 'file'), '')
    const { code, stderr } = await render('--chart', join(folder, 'file', 'charts'))
    expect(code).toBe(3)
    expect(stderr).toMatch(
      /^✖ {2}\S+ can't be written: .+\.\n {3}Choose a directory that you can write to: --chart DIR\n$/,
    )
  })
})
