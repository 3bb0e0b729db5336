import { expect } from 'vitest'
import { checkExports, checkGone, checkInstalled, checkPrefix, checkRun, wantedIn } from './invariants.ts'
import { CLEANUP, ENV, openWorld, type Ran, SETUP, type World } from './world.ts'

/** Runs one command and strikes its request with that index, counted as the strike likes. */
export type Strike = (world: World, args: readonly string[], index: number) => Promise<Ran>

type Options = {
  /** How many worlds share the work. */
  worlds?: number
  /** The strike ends the run, which then has nothing to say. */
  ended?: boolean
  /** The strike does not keep the run from its end: nothing has to be run again. */
  harmless?: boolean
  /** How long a run may take by its own clock, in ms. */
  limitMs?: number
}

/** How many requests of each command were struck. */
export type Swept = { setup: number; env: number; cleanup: number }

/**
 * Strikes setup at its first request, runs it again, strikes env and cleanup at their first, runs them again; then all of
 * them at their second request, and so on until none has a request left that was not struck. Asserts the invariants
 * after every run.
 */
export async function sweep(strike: Strike, { worlds = 3, ...options }: Options = {}): Promise<Swept> {
  const swept = { setup: 0, env: 0, cleanup: 0 }
  let next = 0
  let isOver = false
  let isEnvOver = false
  const work = async () => {
    const world = await openWorld()
    try {
      const wanted = await wantedIn(world)
      await checkGone(world, await world.run(CLEANUP))
      while (!isOver) {
        const struck = await strikeAll(world, wanted, strike, next++, { ...options, isEnvOver })
        for (const command of ['setup', 'env', 'cleanup'] as const) swept[command] += struck[command]
        // It makes the same few requests every time, and is not run again for those of the others.
        isEnvOver ||= struck.env === 0
        if (struck.setup + struck.env + struck.cleanup === 0) isOver = true
      }
    } finally {
      await world.bed.close()
    }
  }
  await Promise.all(Array.from({ length: worlds }, work))
  return swept
}

async function strikeAll(
  world: World,
  wanted: readonly string[],
  strike: Strike,
  index: number,
  options: Omit<Options, 'worlds'> & { isEnvOver: boolean },
): Promise<Swept> {
  const strikeOne = async (args: readonly string[]) => {
    const ran = await strike(world, args, index)
    checkRun(ran, options)
    await checkPrefix(world, `${args[0]} struck at ${index}`)
    if (options.harmless) expect(ran.code, ran.stderr).toBe(0)
    return Math.min(ran.struck, 1)
  }
  const setup = await strikeOne(SETUP)
  if (!options.harmless) await checkInstalled(world, await world.run(SETUP), wanted)
  const env = options.isEnvOver ? 0 : await strikeOne(ENV)
  if (env > 0) checkExports(await world.run(ENV))
  const cleanup = await strikeOne(CLEANUP)
  await checkGone(world, await world.run(CLEANUP))
  return { setup, env, cleanup }
}
