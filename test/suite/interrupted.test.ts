import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { type Bed, openBed } from '../bed/bed.ts'
import { run, start } from '../bed/command.ts'
import { names, ours } from '../bed/objects.ts'

const NAMESPACE = 'egk'
let bed: Bed
let wanted: string[]
const options = () => ({ env: { KUBECONFIG: bed.kubeconfig } })
const setup = ['--yes', '--expose', 'node-port', '-n', NAMESPACE]
const cleanup = ['cleanup', '--yes', '--delete-data', '-n', NAMESPACE]

beforeAll(async () => {
  bed = await openBed()
  expect(await run(setup, options())).toMatchObject({ code: 0 })
  wanted = names(await ours(bed))
  expect(await run(cleanup, options())).toMatchObject({ code: 0 })
})
afterEach(async () => {
  expect(await run(cleanup, options())).toMatchObject({ code: 0 })
  expect(names(await ours(bed))).toEqual([])
})
afterAll(() => bed.close())

const MOMENTS = [
  'etcd operator …',
  'etcd operator ready',
  '\netcd …',
  'etcd ready',
  'Event Gateway …',
  'Event Gateway ready',
]

test.each(MOMENTS)('killed at "%s", setup converges to the same objects when it is run again', async moment => {
  const running = start(setup, options())
  await running.says(moment)
  running.child.kill('SIGKILL')
  expect(await running.ended).toMatchObject({ signal: 'SIGKILL', stdout: '' })
  expect(await run(setup, options())).toMatchObject({ code: 0 })
  expect(names(await ours(bed))).toEqual(wanted)
})

test.each(MOMENTS.slice(0, 4))('killed at "%s", cleanup removes what is there', async moment => {
  const running = start(setup, options())
  await running.says(moment)
  running.child.kill('SIGKILL')
  await running.ended
  expect(await run(cleanup, options())).toMatchObject({ code: 0 })
  expect(names(await ours(bed))).toEqual([])
})

test.each([
  ['SIGINT', 130],
  ['SIGTERM', 143],
] as const)('%s ends setup with its code and the commands that go on or remove', async (signal, code) => {
  const running = start(setup, options())
  await running.says('\netcd …')
  running.child.kill(signal)
  const outcome = await running.ended
  expect(outcome).toMatchObject({ code, stdout: '' })
  expect(outcome.stderr).toMatch(RegExp(`^  eg-setup cleanup --context \\S+ --namespace ${NAMESPACE}$`, 'm'))
  expect(outcome.stderr).toMatch(RegExp(`^  eg-setup --context \\S+ --namespace ${NAMESPACE}$`, 'm'))
})
