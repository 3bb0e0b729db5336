import { expect, test } from 'vitest'
import { sweep } from './sweep.ts'

/** Processes of their own wait by the wall's clock, so that many of them share the machine. */
const WORLDS = 8

test('a reader of stdout that goes away after any request', async ({ task }) => {
  const { setup, env, cleanup } = await sweep(
    (world, args, index) =>
      world.spawn(args, (asked, child) => {
        if (asked.index !== index) return undefined
        child.stdout?.destroy()
        return 'pass'
      }),
    { harmless: true, worlds: WORLDS },
  )
  Object.assign(task.meta, { faults: setup + env + cleanup })
  expect(setup).toBeGreaterThan(60)
})
