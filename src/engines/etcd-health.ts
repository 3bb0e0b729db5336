import { UserError } from '../errors.ts'
import type { Kube } from '../kube/client.ts'
import { ApiError } from '../kube/connection.ts'
import { collectionPath } from '../kube/kinds.ts'
import type { Readiness } from '../kube/ready.ts'

/**
 * Whether an etcd member answers, with the whole cluster's consent: `/health` does a linearizable read, so neither a
 * learner nor a member without quorum says yes (etcd, "Monitoring: health check"). Asked through the API server's pod
 * proxy; 'unknown' where that may not be used or does not get through.
 */
export async function askMember(kube: Kube, namespace: string, pod: string): Promise<Readiness | 'unknown'> {
  const path = `${collectionPath('Pod', namespace)}/${pod}:2379/proxy/health`
  try {
    const { text } = await kube.connection.send({ method: 'GET', path, retry: false })
    return (JSON.parse(text) as { health?: unknown }).health === 'true' ? { ready: true } : no(pod)
  } catch (error) {
    if (error instanceof ApiError) return /"health":/.test(error.message) ? no(pod) : 'unknown'
    // Whether it is the API server itself that does not answer is for the next request to say.
    if (error instanceof SyntaxError || error instanceof UserError) return 'unknown'
    throw error
  }
}

const no = (pod: string): Readiness => ({ ready: false, reason: `member ${pod} has no quorum yet` })
