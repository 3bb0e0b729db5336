import type { Kube } from './client.ts'
import type { KubeObject, Ref } from './object.ts'
import { podTrouble } from './pods.ts'
import { type Readiness, readiness } from './ready.ts'

/** Every so many looks at a workload that is not ready, its pods are asked why. */
const PODS_EVERY = 3

/**
 * A look at a Deployment or StatefulSet for `waitFor`: what `judge` says of it, and as a reason what its pods say, which
 * tells more than "0 of 1 ready". One request a look, two only where all pods are ready.
 */
export function lookAtWorkload(
  kube: Kube,
  workload: Ref,
  podLabels: Readonly<Record<string, string>>,
  judge: (object: KubeObject) => Readiness = readiness,
): () => Promise<Readiness> {
  const { namespace } = workload
  let looks = 0
  let newest = ''
  let trouble: ReturnType<typeof podTrouble>
  const notReady = (): Readiness =>
    trouble === undefined
      ? { ready: false, reason: newest }
      : { ready: false, reason: `${newest}, ${trouble.reason}`, hopeless: trouble.hopeless }
  return async () => {
    if (++looks % PODS_EVERY === 0 && newest !== '') {
      const pods = await kube.list('Pod', { labels: podLabels, limit: 20, ...(namespace && { namespace }) })
      trouble = podTrouble(pods)
      if (pods.some(pod => !readiness(pod).ready)) return notReady()
    }
    const object = await kube.read(workload)
    if (object === undefined) return { ready: false, reason: 'it does not exist yet' }
    const state = judge(object)
    if (state.ready || state.hopeless) return state
    newest = state.reason
    return notReady()
  }
}
