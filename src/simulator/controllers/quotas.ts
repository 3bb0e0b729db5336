import { quotaStatus } from '../api/quota.ts'
import type { Controller } from '../cluster.ts'

/** Counts what the objects of a namespace take of its quotas. */
export const quotas: Controller = {
  kind: 'ResourceQuota',
  related: ({ kind, object }, cluster) =>
    kind.kind === 'Event' ? [] : cluster.list('ResourceQuota', object.metadata.namespace ?? ''),
  reconcile: (quota, cluster) => cluster.setStatus(quota, quotaStatus(cluster.store, quota)),
}
