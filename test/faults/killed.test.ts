import { expect, test } from 'vitest'
import { sweep } from './sweep.ts'

/** Processes of their own wait by the wall's clock, so that many of them share the machine. */
const WORLDS = 8

test('SIGKILL after any request', async ({ task }) => {
  const killed = await sweep(
    (world, args, index) =>
      world.spawn(args, (asked, child) => {
        if (asked.index !== index) return undefined
        child.kill('SIGKILL')
        return 'reset-after'
      }),
    { ended: true, worlds: WORLDS },
  )
  Object.assign(task.meta, { killed })
  expect(killed.setup).toBeGreaterThan(60)
})
