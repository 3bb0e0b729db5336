import { checkGone, checkInstalled, checkPrefix, checkRun, wantedIn } from './invariants.ts'
import { CLEANUP, type Ran, SETUP, type World } from './world.ts'
import { openWorld } from './world.ts'

/** Runs one command on a world with a fault at (or from) the request with that index. */
export type Strike = (world: World, args: readonly string[], index: number) => Promise<Ran>

export type Swept = { setup: number; cleanup: number }

/**
 * Strikes setup at its first request, repairs by running it again, strikes cleanup at its first request, repairs that too;
 * then at the second requests, and so on until both commands end before they are struck. Worlds share the work.
 */
export async function sweep(strike: Strike, { worlds = 3, ended = false, repair = true } = {}): Promise<Swept> {
  const swept = { setup: 0, cleanup: 0 }
  let next = 0
  let last = Number.POSITIVE_INFINITY
  const work = async () => {
    const world = await openWorld()
    try {
      const wanted = await wantedIn(world)
      await checkGone(world, await world.run(CLEANUP))
      for (let index = next++; index <= last; index = next++) {
        const setup = await strike(world, SETUP, index)
        checkRun(setup, { ended })
        if (setup.requests.length > index) swept.setup++
        await checkPrefix(world, `setup struck at ${index}`)
        if (repair) {
          const again = await world.run(SETUP)
          checkRun(again)
          await checkInstalled(world, again, wanted)
        }
        const cleanup = await strike(world, CLEANUP, index)
        checkRun(cleanup, { ended })
        if (cleanup.requests.length > index) swept.cleanup++
        await checkPrefix(world, `cleanup struck at ${index}`)
        const clean = await world.run(CLEANUP)
        checkRun(clean)
        await checkGone(world, clean)
        if (Math.max(setup.requests.length, cleanup.requests.length) <= index) last = Math.min(last, index)
      }
    } finally {
      await world.bed.close()
    }
  }
  await Promise.all(Array.from({ length: worlds }, work))
  return swept
}
