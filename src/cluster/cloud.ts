import { EVERYWHERE } from './platform.ts'

/** What clouds have in common. */
export const CLOUD = {
  exposure: 'load-balancer',
  loadBalancer: true,
  cloud: true,
  localhost: false,
  nodesAnswerFrom: EVERYWHERE,
  sourceRanges: 'unknown',
  hint: 'Check for errors of the cloud provider (quota, subnet, permissions):\nkubectl get events -A --field-selector type=Warning',
} as const
