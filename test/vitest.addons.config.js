import { mergeConfig } from 'vitest/config'
import cluster from './vitest.cluster.config.js'

/** What needs a load balancer, an ingress controller and a Gateway API controller in the cluster of KUBECONFIG. */
export default mergeConfig(
  { ...cluster, test: { ...cluster.test, include: [], exclude: [] } },
  { test: { include: ['test/addons/**/*.test.ts', 'test/suite/gateway-api.test.ts'] } },
)
