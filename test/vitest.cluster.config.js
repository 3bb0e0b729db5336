import { defineConfig } from 'vitest/config'
import { templates } from '../src/bundle.js'

/** The same command suite on the cluster of KUBECONFIG. One file at a time: the etcd operator serves the whole cluster. */
export default defineConfig({
  plugins: [templates],
  test: {
    root: new URL('..', import.meta.url).pathname,
    include: ['test/suite/**/*.test.ts', 'test/cluster/**/*.test.ts'],
    // It starts simulated clusters in either tier.
    exclude: ['test/suite/wizard-ctrl-c.test.ts'],
    reporters: ['default', './test/closing-line.js'],
    env: { EG_BED: 'cluster' },
    fileParallelism: false,
    testTimeout: 180_000,
    hookTimeout: 180_000,
  },
})
