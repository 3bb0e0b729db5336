import { expect } from 'vitest'
import type { KubeObject } from '../../src/kube/object.ts'
import { names, ours } from '../bed/objects.ts'
import { NAMESPACE, type Ran, SETUP, TOKEN, type World } from './world.ts'

const THEIRS = 'theirs'
const SCRIPT =
  /^export EVENT_GATEWAY_URL='([\d.]+)';\nexport EVENT_GATEWAY_CONFIG_API_PORT='(\d+)';\nexport EVENT_GATEWAY_EVENTS_API_PORT='\d+';\n$/

/** Names that eg-setup uses too, in a namespace of somebody else's. */
const FOREIGN: readonly (readonly [collection: string, body: object])[] = [
  ['/api/v1/namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name: THEIRS } }],
  [
    '/api/v1/namespaces/theirs/configmaps',
    { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'eg-setup' }, data: { record: 'theirs' } },
  ],
  [
    '/api/v1/namespaces/theirs/services',
    { apiVersion: 'v1', kind: 'Service', metadata: { name: 'eg-event-gateway' }, spec: { ports: [{ port: 4000 }] } },
  ],
  [
    '/apis/coordination.k8s.io/v1/namespaces/theirs/leases',
    { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', metadata: { name: 'eg-setup' }, spec: {} },
  ],
  [
    '/apis/rbac.authorization.k8s.io/v1/clusterroles',
    { apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'ClusterRole', metadata: { name: 'etcd-operator' }, rules: [] },
  ],
]

async function plantForeign({ bed }: World): Promise<void> {
  for (const [collection, body] of FOREIGN) expect((await bed.api('POST', collection, body)).status).toBe(201)
}

/** I2: nothing of anybody else's was touched. */
async function checkForeign({ bed }: World): Promise<void> {
  for (const [collection, body] of FOREIGN) {
    const { name } = (body as KubeObject).metadata
    const { metadata } = (await bed.api('GET', `${collection}/${name}`)).body
    const managers = metadata.managedFields?.map(({ manager }) => manager) ?? []
    expect({ name, managers, going: metadata.deletionTimestamp }).toMatchObject({
      managers: expect.not.arrayContaining(['eg-setup']),
      going: undefined,
    })
  }
}

/** What and why, its further lines deeper; then the next step, and the commands of it; nothing after them. */
const PROBLEM_AND_FIX = /^✖ {2}\S.*\n( {5}.*\n)* {3}\S.*\n( {3,}.*\n)*$/m

/** What holds for every run, whatever became of it: I4, I6, I7, I8. */
export function checkRun({ args, code, stdout, stderr, ms }: Ran, { ended = false, limitMs = 605_000 } = {}): void {
  const about = `${args.join(' ')} → ${code}\n${stderr}`
  expect(`${stdout}${stderr}`, 'I8').not.toMatch(new RegExp(`${TOKEN}|${Buffer.from(TOKEN).toString('base64')}`))
  if (args[0] !== 'cleanup') expect(stdout === '' || SCRIPT.test(stdout), `I4: ${stdout}`).toBe(true)
  if (code !== 0) expect(stdout, `I4: it failed, and still\n${about}`).toBe('')
  if (code !== 0 && !ended) expect(about, 'I6').toMatch(PROBLEM_AND_FIX)
  expect(about, 'I6: no stack').not.toMatch(/^ +at |a bug in eg-setup/m)
  expect(ms, `I7\n${about}`).toBeLessThan(limitMs)
}

/** I3 and I5 after a setup that has succeeded: all is there once, recorded, and answers. */
export async function checkInstalled(world: World, ran: Ran, wanted: readonly string[]): Promise<void> {
  checkRun(ran)
  const { code, stdout, stderr } = ran
  expect(code, stderr).toBe(0)
  const [, host, port] = SCRIPT.exec(stdout) ?? []
  // A connection of its own: a kept one would lead to the gateway of before.
  const answer = await fetch(`http://${host}:${port}/v1/spaces/default/functions`, { headers: { connection: 'close' } })
  expect(await answer.json(), 'I5').toEqual({ functions: [] })
  const objects = await ours(world.bed)
  expect(names(objects), 'I3').toEqual(wanted)
  const recorded = new Set((await readRecords(world)).map(({ uid }) => uid))
  for (const [name, { metadata }] of objects)
    if (!isBookkeeping(name)) expect(recorded.has(metadata.uid), `I3: ${name} is recorded by its uid`).toBe(true)
  await checkForeign(world)
}

/** After a run that was ended anywhere: whatever it made is in the record, so that cleanup can find it. */
export async function checkPrefix(world: World, after: string): Promise<void> {
  const recorded = new Set((await readRecords(world)).map(({ namespace = '', name }) => `${namespace}/${name}`))
  for (const [name] of await ours(world.bed)) {
    if (isBookkeeping(name) || name.startsWith('namespaces ')) continue
    expect(recorded.has(name.split(' ')[1] ?? ''), `I3: ${name} is recorded (${after})`).toBe(true)
  }
  await checkForeign(world)
}

/** I3 after a cleanup that has succeeded: nothing is left, and what was others' still is. */
export async function checkGone(world: World, ran: Ran): Promise<void> {
  checkRun(ran)
  const { code, stderr } = ran
  expect(code, stderr).toBe(0)
  expect(names(await ours(world.bed)), stderr).toEqual([])
  const { body } = await world.bed.api('GET', '/api/v1/namespaces')
  expect(body.items?.map(({ metadata }) => metadata.name).sort()).toEqual(
    ['default', 'kube-node-lease', 'kube-public', 'kube-system', THEIRS].sort(),
  )
  await checkForeign(world)
}

const isBookkeeping = (name: string) => /^(leases|configmaps) \S+\/eg-setup(-operator)?$/.test(name)

type Recorded = { namespace?: string; name: string; uid?: string }

async function readRecords({ bed }: World): Promise<Recorded[]> {
  const places = [`${NAMESPACE}/configmaps/eg-setup`, 'etcd-operator-system/configmaps/eg-setup-operator']
  const found = await Promise.all(places.map(place => bed.api('GET', `/api/v1/namespaces/${place}`)))
  return found.flatMap(({ status, body }) => (status === 200 ? JSON.parse(body.data.record).objects : []))
}

/** I4 after an `env` that had every chance. */
export function checkExports(ran: Ran): void {
  checkRun(ran)
  const { code, stdout, stderr } = ran
  expect(code, stderr).toBe(0)
  expect(stdout, 'I4').toMatch(SCRIPT)
}

/** The objects of a whole installation: what every other run has to converge to. */
export async function wantedIn(world: World): Promise<string[]> {
  await plantForeign(world)
  const { code, stderr } = await world.run(SETUP)
  expect(code, stderr).toBe(0)
  return names(await ours(world.bed)).filter(name => !name.startsWith('leases'))
}
