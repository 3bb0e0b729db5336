import { expect, test } from 'vitest'
import { sweep } from './sweep.ts'

test('a process that is killed (SIGKILL) after any request', { timeout: 280_000 }, async () => {
  const t = performance.now()
  const swept = await sweep(
    (world, args, index) =>
      world.spawn(args, (asked, child) => {
        if (asked.index !== index) return 'pass'
        child.kill('SIGKILL')
        return 'reset-after'
      }),
    { ended: true, worlds: 4 },
  )
  console.log(swept, performance.now() - t)
  expect(swept.setup).toBeGreaterThan(60)
})
test('a reader of stdout that goes away after any request', { timeout: 280_000 }, async () => {
  const t = performance.now()
  const swept = await sweep(
    (world, args, index) =>
      world.spawn(args, (asked, child) => {
        if (asked.index === index) child.stdout?.destroy()
        return 'pass'
      }),
    { ended: true, worlds: 4, repair: false },
  )
  console.log(swept, performance.now() - t)
  expect(swept.setup).toBeGreaterThan(60)
})
