import { defineConfig } from 'vitest/config'
import { templates } from '../src/bundle.js'

/** Every fault at every request of setup, env and cleanup, on simulated clusters: a few minutes, so it has a run of its own. */
export default defineConfig({
  plugins: [templates],
  test: {
    root: new URL('..', import.meta.url).pathname,
    include: ['test/faults/**/*.test.ts'],
    reporters: ['default', './test/faults/tally.js', './test/closing-line.js'],
    // Most files wait now and then.
    maxWorkers: 3,
    // A sweep takes minutes; each of its runs has a limit of its own.
    testTimeout: 1_800_000,
    hookTimeout: 60_000,
  },
})
