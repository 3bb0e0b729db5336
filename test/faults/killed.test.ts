import { expect, test } from 'vitest'
import { sweep } from './sweep.ts'

test.each(['SIGKILL', 'SIGINT', 'SIGTERM'] as const)('%s', { timeout: 280_000 }, async signal => {
  const t = performance.now()
  const swept = await sweep(
    (world, args, index) =>
      world.run(args, (asked, end) => {
        if (asked.index !== index) return 'pass'
        end(signal)
        return signal === 'SIGKILL' ? 'reset-after' : 'pass'
      }),
    { ended: true },
  )
  console.log(signal, swept, performance.now() - t)
  expect(swept.setup).toBeGreaterThan(60)
})
