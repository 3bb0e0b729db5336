import { UserError } from '../errors.ts'
import { collectionPath } from '../kube/kinds.ts'
import type { Kube } from '../kube/request/client.ts'
import { ApiError } from '../kube/request/connection.ts'
import type { Readiness } from '../kube/waiting/ready.ts'

/** A member answers within milliseconds; where a network policy drops the question nothing ever comes. */
const ANSWER_MS = 3000

/**
 * Whether an etcd member answers, with the whole cluster's consent: `/health` does a linearizable read, so neither a
 * learner nor a member without quorum says yes (etcd, "Monitoring: health check"). Asked through the API server's pod
 * proxy; 'forbidden' where that may not be used, 'unknown' where it does not get through.
 */
export async function askMember(
  kube: Kube,
  namespace: string,
  pod: string,
): Promise<Readiness | 'forbidden' | 'unknown'> {
  const path = `${collectionPath('Pod', namespace)}/${pod}:2379/proxy/health`
  const limit = AbortSignal.timeout(ANSWER_MS)
  try {
    const { text } = await kube.connection.send({ method: 'GET', path, retry: false, signal: limit })
    return (JSON.parse(text) as { health?: unknown } | null)?.health === 'true' ? { ready: true } : no(pod)
  } catch (error) {
    if (error === limit.reason || error instanceof SyntaxError) return 'unknown'
    // Whether it is the API server itself that does not answer is for the next request to say.
    if (error instanceof UserError) return 'unknown'
    if (!(error instanceof ApiError)) throw error
    if (/"health":/.test(error.message)) return no(pod)
    if (/connection refused/.test(error.message)) return { ready: false, reason: `member ${pod} is not listening yet` }
    return error.status === 403 ? 'forbidden' : 'unknown'
  }
}

const no = (pod: string): Readiness => ({ ready: false, reason: `member ${pod} has no quorum yet` })
