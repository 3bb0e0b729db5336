import type { Kube } from './client.ts'
import type { Ref } from './object.ts'
import { podTrouble } from './pods.ts'
import { type Readiness, readiness } from './ready.ts'

/** Every so many looks at a workload that is not ready, its pods are asked why. */
const PODS_EVERY = 3

/**
 * A look at a Deployment or StatefulSet for `waitFor`: its own readiness, and as a reason what its pods say, which tells
 * more than "0 of 1 ready". Does one request a look, now and then two.
 */
export function lookAtWorkload(
  kube: Kube,
  workload: Ref,
  podLabels: Readonly<Record<string, string>>,
): () => Promise<Readiness> {
  let looks = 0
  let trouble: ReturnType<typeof podTrouble>
  return async () => {
    const object = await kube.read(workload)
    if (object === undefined) return { ready: false, reason: 'it does not exist yet' }
    const state = readiness(object)
    if (state.ready || state.hopeless) return state
    if (++looks % PODS_EVERY === 0)
      trouble = podTrouble(
        await kube.list('Pod', {
          labels: podLabels,
          limit: 20,
          ...(workload.namespace ? { namespace: workload.namespace } : {}),
        }),
      )
    if (trouble === undefined) return state
    return { ready: false, reason: `${state.reason}, ${trouble.reason}`, hopeless: trouble.hopeless }
  }
}
