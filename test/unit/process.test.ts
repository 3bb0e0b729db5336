import { expect, test } from 'vitest'
import { type RunOptions, run } from '../../src/process/process.ts'

const node = (script: string, more: Partial<RunOptions> = {}) =>
  run(process.execPath, ['-e', script], {
    env: { PATH: process.env['PATH'] },
    timeoutMs: 20_000,
    signal: new AbortController().signal,
    ...more,
  })

test('gives what it said and its exit code', async () => {
  const script = `process.stdin.pipe(process.stdout); console.error(process.env.A, Object.keys(process.env).includes('HOME')); process.exitCode = 3`
  const outcome = await node(script, { input: '{"a":1}', env: { A: 'x' } })
  expect(outcome).toEqual({ stdout: '{"a":1}', stderr: 'x false', code: 3 })
})

test('has an empty stdin unless told otherwise', async () => {
  expect(await node('process.stdin.pipe(process.stdout)')).toMatchObject({ stdout: '', code: 0 })
})

test('says which programs are missing', async () => {
  const outcome = await run('no-such-program', [], { env: {}, timeoutMs: 1000, signal: new AbortController().signal })
  expect(outcome).toMatchObject({ code: undefined, trouble: 'ENOENT' })
})

test('ends what takes too long, also when its child holds the pipes', async () => {
  const grandchild = `require('child_process').spawn(process.execPath, ['-e', 'setTimeout(() => {}, 8000)'], { stdio: 'inherit' }); setTimeout(() => {}, 60000)`
  const start = Date.now()
  expect(await node(grandchild, { timeoutMs: 300 })).toMatchObject({ code: undefined, trouble: 'timeout' })
  expect(Date.now() - start).toBeLessThan(6000)
})

test('throws the reason of an abort', async () => {
  const abort = new AbortController()
  const running = node('setTimeout(() => {}, 60_000)', { signal: abort.signal })
  abort.abort(new Error('enough'))
  await expect(running).rejects.toThrow('enough')
})

test('does not wait for a grandchild that holds the pipes', async () => {
  const script = `require('child_process').spawn(process.execPath, ['-e', 'setTimeout(() => {}, 60000)'], { stdio: 'inherit' }).unref(); console.log('done'); setTimeout(() => process.exit(3), 100)`
  const start = Date.now()
  expect(await node(script)).toMatchObject({ stdout: 'done', code: 3 })
  expect(Date.now() - start).toBeLessThan(30_000)
})
