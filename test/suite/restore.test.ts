import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Bed, openBed } from '../bed/bed.ts'
import { run, start } from '../bed/command.ts'
import { askConfig, registerEverything, unregisterEverything } from '../bed/registrations.ts'
import { MARK } from '../bed/secrets.ts'
import { openTerminal } from '../bed/terminal.ts'

const NAMESPACE = 'egr'
const SPACES = ['default', 'orders', 'a.b-c_d']
const PODS = `/api/v1/namespaces/${NAMESPACE}/pods`
const GATEWAY_PODS = `${PODS}?labelSelector=${encodeURIComponent('app.kubernetes.io/component=gateway')}`

let bed: Bed
let folder: string
let api: { url: string }
const options = (input?: string) => ({ env: { KUBECONFIG: bed.kubeconfig }, ...(input === undefined ? {} : { input }) })
const eg = (...args: string[]) => run([...args, '-n', NAMESPACE], options())
const fileIn = (name: string) => join(folder, name)
const read = (name: string) => readFileSync(fileIn(name), 'utf8')
const backUp = async (name: string) => {
  expect(await eg('backup', fileIn(name), '--force')).toMatchObject({ code: 0 })
  return read(name)
}

async function install() {
  const outcome = await eg('--yes', '--expose', 'node-port', '-o', 'json')
  expect(outcome).toMatchObject({ code: 0 })
  const exports = JSON.parse(outcome.stdout)
  api = { url: `http://${exports.EVENT_GATEWAY_URL}:${exports.EVENT_GATEWAY_CONFIG_API_PORT}` }
}

beforeAll(async () => {
  bed = await openBed()
  folder = mkdtempSync(join(tmpdir(), 'eg-restore-'))
  await install()
  await registerEverything(api, SPACES)
  await backUp('all.json')
})
afterAll(async () => {
  await eg('cleanup', '--yes', '--delete-data')
  await bed.close()
  rmSync(folder, { recursive: true, force: true })
})

test('a new etcd gets all of it back, byte for byte, and every replica uses it', async () => {
  expect(await eg('cleanup', '--yes', '--delete-data')).toMatchObject({ code: 0 })
  await install()
  const { code, stdout, stderr } = await eg('restore', fileIn('all.json'))
  expect({ code, stdout, stderr }).toMatchObject({ code: 0, stdout: '' })
  expect(stderr).toContain('Restored 39 registrations')
  expect(stderr).toContain('Every replica uses the restored registrations')
  expect(await backUp('again.json')).toBe(read('all.json'))
})

test('restored again, nothing changes', async () => {
  const { code, stderr } = await eg('restore', fileIn('all.json'))
  expect({ code, stderr }).toMatchObject({ code: 0 })
  expect(stderr).toContain('Nothing to restore, 39 unchanged')
})

test('--dry-run prints what would be created and what differs, and changes nothing', async () => {
  await unregisterEverything(api, ['orders'])
  await askConfig(api, 'PUT', 'default/eventtypes/user.created', { metadata: { owner: 'other' } })
  const before = await backUp('before.json')
  const { code, stdout } = await eg('restore', fileIn('all.json'), '--dry-run')
  expect(code).toBe(0)
  expect(stdout).toContain('Space orders\n')
  expect(stdout).toMatch(/^ {2}create +function lambda$/m)
  expect(stdout).toMatch(/^ {2}different +event type user\.created$/m)
  expect(stdout).toMatch(/^ {2}unchanged +CORS configuration POST \/$/m)
  expect(stdout).toContain('13 to create, 1 different, 25 unchanged. Nothing was changed.\n')
  expect(await backUp('after.json')).toBe(before)
})

test('what differs stops it before anything is written, unless --replace', async () => {
  const before = await backUp('before.json')
  const refused = await eg('restore', fileIn('all.json'))
  expect(refused).toMatchObject({ code: 1, stdout: '', stderr: expect.stringContaining('--replace') })
  expect(refused.stderr).toContain('event type user.created')
  expect(await backUp('after.json')).toBe(before)
  expect(await eg('restore', fileIn('all.json'), '--replace')).toMatchObject({ code: 0 })
  expect(await backUp('after.json')).toBe(read('all.json'))
})

test('--replace follows a changed function, subscription, route and CORS configuration', async () => {
  await askConfig(api, 'PUT', 'orders/functions/lambda', { type: 'http', provider: { url: 'https://other.test' } })
  await unregisterEverything(api, ['a.b-c_d'])
  const route = { type: 'sync', functionId: 'other', eventType: 'other', path: '/a.b-c_d/:name' }
  const other = { functionId: 'other', type: 'http', provider: { url: 'https://other.test' } }
  for (const [resource, body] of [
    ['functions', other],
    ['eventtypes', { name: 'other' }],
    ['subscriptions', route],
    ['cors', { method: 'POST', path: '/' }],
  ] as const)
    expect((await askConfig(api, 'POST', `a.b-c_d/${resource}`, body)).status).toBe(201)
  const { code, stderr } = await eg('restore', fileIn('all.json'), '--replace')
  expect({ code, stderr }).toMatchObject({ code: 0 })
  // What the backup does not have stays.
  expect((await askConfig(api, 'DELETE', 'a.b-c_d/functions/other')).status).toBe(204)
  expect((await askConfig(api, 'DELETE', 'a.b-c_d/eventtypes/other')).status).toBe(204)
  expect(await backUp('after.json')).toBe(read('all.json'))
})

test('YAML from standard input is as good', async () => {
  await unregisterEverything(api, ['default'])
  expect(await eg('backup', fileIn('orders.yaml'), '--space', 'orders')).toMatchObject({ code: 0 })
  const input = read('orders.yaml').replaceAll('orders', 'default')
  expect(await run(['restore', '-', '-n', NAMESPACE], options(input))).toMatchObject({ code: 0 })
  expect(await backUp('after.json')).toBe(read('all.json'))
})

test('a redacted backup restores around credentials that the gateway still has, and names those that are missing', async () => {
  const { stdout } = await eg('backup', '-', '--redact')
  expect(await run(['restore', '-', '-n', NAMESPACE], options(stdout))).toMatchObject({ code: 0 })
  await unregisterEverything(api, ['orders'])
  const { code, stderr } = await run(['restore', '-', '-n', NAMESPACE], options(stdout))
  expect(code).toBe(2)
  expect(stderr).toContain('function lambda in space orders (awsAccessKeyId, awsSecretAccessKey, awsSessionToken)')
  expect((await askConfig(api, 'GET', 'orders/functions')).body.functions).toEqual([])
  expect(await eg('restore', fileIn('all.json'))).toMatchObject({ code: 0 })
})

test('a terminal asks for the credentials that a redacted backup lacks, and does not show them', async () => {
  expect(await eg('backup', fileIn('redacted.json'), '--redact')).toMatchObject({ code: 0 })
  await unregisterEverything(api, ['orders'])
  const terminal = openTerminal(['restore', fileIn('redacted.json'), '-n', NAMESPACE], options())
  for (const [prompt, answer] of [
    ['url for function http-orders in space orders', `https://example.com/?code=${MARK}`],
    ['awsAccessKeyId for function lambda in space orders', `${MARK}-id`],
    ['awsSecretAccessKey for function lambda', `${MARK}-key`],
    ['awsSessionToken for function lambda', `${MARK}-token`],
  ] as const) {
    await terminal.shows(prompt)
    terminal.type(answer)
    terminal.press('enter')
  }
  expect(await terminal.ended).toMatchObject({ code: 0, stdout: '', restored: true })
  expect(terminal.raw()).not.toContain(MARK)
  expect(await backUp('after.json')).toBe(read('all.json'))
})

test.each(['SIGINT', 'SIGKILL'] as const)(
  'ended by %s in the middle, it converges when it is run again',
  async signal => {
    await unregisterEverything(api, SPACES)
    const running = start(['restore', fileIn('all.json'), '-n', NAMESPACE], options())
    await running.says('Restoring')
    running.child.kill(signal)
    await running.ended
    expect(await eg('restore', fileIn('all.json'))).toMatchObject({ code: 0 })
    expect(await backUp('after.json')).toBe(read('all.json'))
  },
)

test('a function that neither the backup nor the gateway has is named before anything is written', async () => {
  const document = JSON.parse(read('all.json'))
  const [subscription] = document.spaces[1].subscriptions
  document.spaces = [{ name: 'elsewhere', subscriptions: [subscription], eventTypes: [{ name: 'x' }] }]
  writeFileSync(fileIn('partial.json'), JSON.stringify(document))
  const { code, stderr } = await eg('restore', fileIn('partial.json'))
  expect(code).toBe(2)
  expect(stderr).toContain(`needs function ${subscription.functionId} in space elsewhere`)
  expect((await askConfig(api, 'GET', 'elsewhere/eventtypes')).body.eventTypes).toEqual([])
})

describe('with a replica that is stale', () => {
  let stale: string
  beforeAll(async () => {
    stale = ((await bed.api('GET', GATEWAY_PODS)).body.items ?? [])[0]!.metadata.name
    await bed.makeStale(NAMESPACE, stale)
  })
  afterAll(async () => {
    await bed.api('DELETE', `${PODS}/${stale}`)
  })

  test('all is restored, and the replica is named', async () => {
    await unregisterEverything(api, ['orders'])
    const { code, stderr } = await eg('restore', fileIn('all.json'), '--timeout', '3s')
    expect({ code, stderr }).toMatchObject({ code: 1 })
    expect(stderr).toContain(`Replica ${stale} is stale`)
    expect(await backUp('after.json')).toBe(read('all.json'))
  })
})
