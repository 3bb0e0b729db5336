import { defineConfig } from 'vitest/config'
import { templates } from '../src/bundle.js'

/** Needs Node and nothing else: pure parts, and the command suite on a simulated cluster. */
export default defineConfig({
  plugins: [templates],
  test: {
    root: new URL('..', import.meta.url).pathname,
    include: ['test/unit/**/*.test.ts', 'test/suite/**/*.test.ts'],
    reporters: ['default', './test/closing-line.js'],
    env: { EG_BED: 'simulator' },
    // Most files wait for child processes now and then.
    maxWorkers: 4,
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
})
