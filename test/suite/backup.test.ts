import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { load } from 'js-yaml'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Bed, openBed } from '../bed/bed.ts'
import { run } from '../bed/command.ts'
import { volumes } from '../bed/objects.ts'
import { askConfig, everything, registerEverything } from '../bed/registrations.ts'
import { MARK } from '../bed/secrets.ts'
import { openTerminal } from '../bed/terminal.ts'

const NAMESPACE = 'egb'
const SPACES = ['default', 'orders', 'a.b-c_d']

let bed: Bed
let folder: string
let api: { url: string }
const eg = (...args: string[]) => run([...args, '-n', NAMESPACE], { env: { KUBECONFIG: bed.kubeconfig } })
const fileIn = (name: string) => join(folder, name)
const read = (name: string) => readFileSync(fileIn(name), 'utf8')

beforeAll(async () => {
  bed = await openBed()
  folder = mkdtempSync(join(tmpdir(), 'eg-backup-'))
  const outcome = await eg('--yes', '--expose', 'node-port', '-o', 'json')
  expect(outcome).toMatchObject({ code: 0 })
  const exports = JSON.parse(outcome.stdout)
  api = { url: `http://${exports.EVENT_GATEWAY_URL}:${exports.EVENT_GATEWAY_CONFIG_API_PORT}` }
  await registerEverything(api, SPACES)
})
afterAll(async () => {
  await eg('cleanup', '--yes', '--delete-data')
  await bed.close()
  rmSync(folder, { recursive: true, force: true })
})

test('all registrations of all spaces are in one file that only its owner can read', async () => {
  const { code, stdout, stderr } = await eg('backup', fileIn('all.json'))
  expect({ code, stdout, stderr }).toMatchObject({ code: 0, stdout: '' })
  expect(stderr).toContain('Read 39 registrations in 3 spaces: 9 event types, 15 functions, 9 subscriptions, 6 CORS')
  expect(statSync(fileIn('all.json')).mode & 0o777).toBe(0o600)
  const { apiVersion, kind, spaces } = JSON.parse(read('all.json'))
  expect({ apiVersion, kind }).toEqual({ apiVersion: 'eg-setup/v1', kind: 'EventGatewayBackup' })
  expect(spaces.map(({ name }: { name: string }) => name)).toEqual(['a.b-c_d', 'default', 'orders'])
  const { functions, eventTypes, subscriptions, cors } = spaces[2]
  expect(functions).toContainEqual(everything('orders')[1]![1])
  expect(eventTypes[1]).toEqual({ metadata: { owner: 'team' }, name: 'user.created' })
  expect(subscriptions).toContainEqual({
    eventType: 'user.created',
    functionId: 'sqs',
    method: 'PUT',
    path: '/orders/a b',
    type: 'async',
  })
  expect(cors[0]).toMatchObject({ method: 'GET', allowedOrigins: ['https://b.test', 'https://a.test'] })
})

test('two backups of the same registrations are the same bytes, in JSON and YAML', async () => {
  for (const format of ['json', 'yaml']) {
    expect(await eg('backup', fileIn(`one.${format}`))).toMatchObject({ code: 0 })
    // What was registered again is what it was.
    const [resource, body] = everything('orders').at(-1)!
    await askConfig(api, 'DELETE', `orders/${resource}/POST%2F`)
    expect((await askConfig(api, 'POST', `orders/${resource}`, body)).status).toBe(201)
    expect(await eg('backup', fileIn(`other.${format}`))).toMatchObject({ code: 0 })
    expect(read(`one.${format}`)).toBe(read(`other.${format}`))
  }
  expect(load(read('one.yaml'))).toEqual(JSON.parse(read('one.json')))
})

test('a file that exists is overwritten with --force only, and nothing is left beside it', async () => {
  writeFileSync(fileIn('mine'), 'mine')
  expect(await eg('backup', fileIn('mine'))).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('already exists'),
  })
  expect(read('mine')).toBe('mine')
  expect(await eg('backup', fileIn('mine'), '--force')).toMatchObject({ code: 0 })
  expect(JSON.parse(read('mine')).kind).toBe('EventGatewayBackup')
  expect(await eg('backup', join(folder, 'nowhere', 'file'))).toMatchObject({ code: 1 })
  expect(readdirSync(folder).filter(name => name.endsWith('.tmp'))).toEqual([])
})

test('- prints the backup, and --redact leaves credentials out', async () => {
  const { code, stdout } = await eg('backup', '-', '--redact', '--space', 'orders', '-v')
  expect(code).toBe(0)
  expect(stdout).not.toContain(MARK)
  const { spaces } = JSON.parse(stdout)
  expect(spaces).toHaveLength(1)
  const lambda = spaces[0].functions.find(({ functionId }: { functionId: string }) => functionId === 'lambda')
  expect(lambda.provider).toEqual({
    arn: 'arn:l',
    awsAccessKeyId: null,
    awsSecretAccessKey: null,
    awsSessionToken: null,
    region: 'us-east-1',
  })
})

test('on a terminal, cleanup --delete-data offers to save the registrations first', async () => {
  const terminal = openTerminal(['cleanup', '--delete-data', '-n', NAMESPACE], { env: { KUBECONFIG: bed.kubeconfig } })
  await terminal.shows(/This deletes 1 volume with 39[\s│]+registrations/)
  await terminal.shows(/Save the registrations to eg-backup-\d+T\d+Z\.json first\?/)
  terminal.press('enter')
  await terminal.shows('Remove these')
  await terminal.shows('○ Yes / ● No')
  terminal.press('enter')
  expect(await terminal.ended).toMatchObject({ code: 130, stdout: '', restored: true })
  expect(await volumes(bed, NAMESPACE)).not.toEqual([])
})

test('cleanup --delete-data says how many registrations it deletes, and deletes none that it was to save and could not', async () => {
  const said = 'This deletes 1 volume with 39 registrations in 3 spaces: 9 event types, 15 functions'
  expect(await eg('cleanup', '--delete-data', '--dry-run')).toMatchObject({
    code: 0,
    stdout: expect.stringContaining(said),
  })
  const before = await volumes(bed, NAMESPACE)
  expect(before).not.toEqual([])
  const toRemove = ['cleanup', '--yes', '--delete-data', '--backup']
  expect(await eg(...toRemove, join(folder, 'nowhere', 'file'))).toMatchObject({ code: 1 })
  expect(await eg(...toRemove, fileIn('all.json'))).toMatchObject({ code: 2 })
  expect(await eg('backup', fileIn('before.json'))).toMatchObject({ code: 0 })
  expect(await volumes(bed, NAMESPACE)).toEqual(before)
  const { code, stderr } = await eg(...toRemove, fileIn('last.json'))
  expect({ code, stderr }).toMatchObject({ code: 0 })
  expect(stderr).toContain(said)
  expect(read('last.json')).toBe(read('before.json'))
  expect(await volumes(bed, NAMESPACE)).toEqual([])
})

test('without a gateway there is nothing to back up', async () => {
  expect(await eg('backup', fileIn('none.json'))).toMatchObject({ code: 3, stdout: '' })
  expect(readdirSync(folder)).not.toContain('none.json')
})
