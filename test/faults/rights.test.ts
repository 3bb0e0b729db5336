import { expect, test } from 'vitest'
import type { Asked } from './faulty-api.ts'
import { checkGone, checkInstalled, checkPrefix, checkRun, wantedIn } from './invariants.ts'
import { forbidden } from './status.ts'
import { CLEANUP, openWorld, SETUP } from './world.ts'

/** "PATCH deployments", "GET deployments": verb and resource, as rights are given. */
const rightOf = ({ method, path }: { method: string; path: string }) =>
  `${method} ${/\/(?:namespaces\/[^/]+\/)?([a-z]+)(?:\/[^/]+)?(?:\/proxy.*)?$/.exec(path.split('?')[0]!)?.[1]}`

test('without any single permission, the run names it, and continues once it is granted', async ({ task }) => {
  const world = await openWorld()
  try {
    const wanted = await wantedIn(world)
    await checkGone(world, await world.run(CLEANUP))
    const rights = new Set(world.requests.map(rightOf))
    let faults = 0
    for (const right of rights) {
      const forbid = (asked: Asked) =>
        rightOf(asked) === right ? forbidden(`User "demo" cannot ${right}`)(asked) : undefined
      const setup = await world.run(SETUP, forbid)
      checkRun(setup)
      if (setup.code !== 0) {
        expect([1, 3], `${right}\n${setup.stderr}`).toContain(setup.code)
        expect(setup.stderr).toContain(`cannot ${right}`)
      }
      await checkPrefix(world, `setup without ${right}`)
      await checkInstalled(world, await world.run(SETUP), wanted)
      const cleanup = await world.run(CLEANUP, forbid)
      checkRun(cleanup)
      await checkPrefix(world, `cleanup without ${right}`)
      await checkGone(world, await world.run(CLEANUP))
      faults += setup.struck + cleanup.struck
    }
    Object.assign(task.meta, { faults })
    expect(rights.size).toBeGreaterThan(30)
  } finally {
    await world.bed.close()
  }
})
