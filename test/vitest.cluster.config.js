import { defineConfig } from 'vitest/config'
import { templates } from '../src/bundle.js'

/** The same command suite on the cluster of KUBECONFIG. One file at a time: the etcd operator serves the whole cluster. */
export default defineConfig({
  plugins: [templates],
  test: {
    root: new URL('..', import.meta.url).pathname,
    include: ['test/suite/**/*.test.ts', 'test/cluster/**/*.test.ts'],
    exclude: [
      // They are about the terminal and this machine; what they need of a cluster is simulated.
      'test/suite/{completion,wizard-cluster,wizard-ctrl-c,wizard-drawing}.test.ts',
      // It runs on the cluster with its add-ons (vitest.addons.config.js).
      'test/suite/gateway-api.test.ts',
    ],
    reporters: ['default', './test/closing-line.js'],
    env: { EG_BED: 'cluster' },
    fileParallelism: false,
    testTimeout: 180_000,
    hookTimeout: 180_000,
  },
})
