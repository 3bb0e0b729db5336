import { expect, test } from 'vitest'
import { sweep } from './sweep.ts'

test.for(['SIGINT', 'SIGTERM'] as const)('%s after any request', async (signal, { task }) => {
  const killed = await sweep(
    (world, args, index) =>
      world.run(args, (asked, end) => {
        if (asked.index !== index) return undefined
        end(signal)
        return 'pass'
      }),
    { ended: true },
  )
  Object.assign(task.meta, { killed })
  expect(killed.setup).toBeGreaterThan(60)
})
