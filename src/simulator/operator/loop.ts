import type { OperatorOptions } from './operator.ts'
import { reconcileEtcdCluster } from './operator.ts'

const POLL = 1_000
const BACKOFF = { first: 500, most: 60_000 } as const

/** What is known of one EtcdCluster between two passes. */
type State = { seen: string; due: number; delay: number }

/**
 * Runs the operator until `sleep` rejects: a pass over an EtcdCluster when it or its StatefulSet has changed, when the last
 * pass asked for another one, and later and later after a failure. `now` in ms, on the same clock as `sleep`.
 */
export async function runOperator(options: OperatorOptions, now: () => number): Promise<void> {
  const { kube, sleep, log } = options
  const states = new Map<string, State>()
  for (;;) {
    try {
      for (const cluster of await kube.clusters()) {
        const { uid = '', name, namespace = '', generation } = cluster.metadata
        const set = await kube.get('StatefulSet', namespace, name)
        const seen = `${generation} ${set?.metadata.resourceVersion}`
        const state = states.get(uid) ?? { seen: '', due: 0, delay: BACKOFF.first }
        states.set(uid, state)
        if (cluster.metadata.deletionTimestamp || (state.seen === seen && now() < state.due)) continue
        state.seen = seen
        try {
          state.due = now() + ((await reconcileEtcdCluster(cluster, options)) ?? Number.POSITIVE_INFINITY)
          state.delay = BACKOFF.first
        } catch (error) {
          log({ level: 'error', msg: 'Reconciler error', EtcdCluster: { name, namespace }, error: String(error) })
          state.due = now() + state.delay
          state.delay = Math.min(state.delay * 2, BACKOFF.most)
        }
      }
    } catch (error) {
      log({ level: 'error', msg: 'Failed to list EtcdClusters', error: String(error) })
    }
    await sleep(POLL)
  }
}
