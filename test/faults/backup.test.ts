import type { ChildProcess } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { askConfig, unregisterEverything } from '../bed/registrations.ts'
import { MARK } from '../bed/secrets.ts'
import { checkRun } from './invariants.ts'
import { NAMESPACE, openWorld, type Ran, SETUP, type World } from './world.ts'

const folder = mkdtempSync(join(tmpdir(), 'eg-backup-faults-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const SPACE = 'orders'
const REGISTRATIONS: [resource: string, body: object][] = [
  ['functions', { functionId: 'f', type: 'awslambda', provider: { arn: 'a', region: 'r', awsAccessKeyId: MARK } }],
  ['eventtypes', { name: 'user.created', authorizerId: 'f' }],
  ['subscriptions', { type: 'sync', eventType: 'user.created', functionId: 'f', path: '/orders' }],
  ['cors', { method: 'POST', path: '/orders' }],
]
const STRIKES = ['reset-before', 'reset-after', 'SIGTERM', 'SIGKILL'] as const

/** A command of which one request, or one message to a pod, is struck. */
async function strikeAt(world: World, args: readonly string[], at: number): Promise<Ran & { how: string }> {
  const how = STRIKES[at % STRIKES.length]!
  let index = 0
  let child: ChildProcess | undefined
  const strike = () => {
    if (index++ !== at) return 'pass'
    if (how === 'reset-before' || how === 'reset-after') return how
    child?.kill(how)
    return 'reset-after'
  }
  world.strikeForward = strike
  const ran = await world.spawn(args, (_, running) => {
    child = running
    const struck = strike()
    return struck === 'pass' ? undefined : struck
  })
  world.strikeForward = () => 'pass'
  return { ...ran, how, struck: index > at ? 1 : 0 }
}

async function openFilled(): Promise<{ world: World; api: { url: string }; whole: string; file: string }> {
  const world = await openWorld()
  const { code, stdout } = await world.spawn(SETUP, () => undefined)
  expect(code).toBe(0)
  const [, host, port] = /_URL='(.+)';\n.+_CONFIG_API_PORT='(\d+)'/.exec(stdout) ?? []
  const api = { url: `http://${host}:${port}` }
  for (const [resource, body] of REGISTRATIONS)
    expect((await askConfig(api, 'POST', `${SPACE}/${resource}`, body)).status).toBe(201)
  const file = join(folder, `${host}.json`)
  expect(await world.spawn(['backup', file, '-n', NAMESPACE], () => undefined)).toMatchObject({ code: 0 })
  return { world, api, whole: readFileSync(file, 'utf8'), file }
}

test('backup struck at any request writes the whole file or none', async ({ task }) => {
  const { world, whole, file } = await openFilled()
  const target = `${file}.struck`
  let at = 0
  for (; ; at++) {
    const ran = await strikeAt(world, ['backup', target, '-n', NAMESPACE, '-v'], at)
    checkRun(ran, { ended: ran.how.startsWith('SIG') })
    expect(ran.stderr).not.toContain(MARK)
    if (existsSync(target)) expect(readFileSync(target, 'utf8'), ran.stderr).toBe(whole)
    else expect(ran.code, ran.stderr).not.toBe(0)
    if (ran.how !== 'SIGKILL') expect(readdirSync(folder).filter(name => name.endsWith('.tmp'))).toEqual([])
    for (const name of readdirSync(folder)) if (join(folder, name) !== file) rmSync(join(folder, name))
    if (ran.struck === 0) break
  }
  Object.assign(task.meta, { faults: at })
  expect(at).toBeGreaterThan(5)
  await world.bed.close()
})

test('restore struck at any request converges when it is run again, and registers nothing twice', async ({ task }) => {
  let next = 0
  let isOver = false
  const work = async () => {
    const { world, api, whole, file } = await openFilled()
    const restore = ['restore', file, '-n', NAMESPACE, '-v']
    while (!isOver) {
      const at = next++
      await unregisterEverything(api, [SPACE])
      const ran = await strikeAt(world, restore, at)
      checkRun(ran, { ended: ran.how.startsWith('SIG') })
      expect(ran.stderr).not.toContain(MARK)
      if (ran.struck === 0) isOver = true
      if (ran.code !== 0) {
        const again = await world.spawn(restore, () => undefined)
        expect(again.code, `struck at ${at}: ${ran.stderr}\n${again.stderr}`).toBe(0)
      }
      expect(await world.spawn(['backup', file, '--force', '-n', NAMESPACE], () => undefined)).toMatchObject({
        code: 0,
      })
      expect(readFileSync(file, 'utf8'), `struck at ${at}`).toBe(whole)
    }
    await world.bed.close()
  }
  await Promise.all([work(), work(), work()])
  Object.assign(task.meta, { faults: next })
  expect(next).toBeGreaterThan(30)
})
