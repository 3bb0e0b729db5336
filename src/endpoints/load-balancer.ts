import { allowed } from '../cluster/facts.ts'
import { EXIT, UserError } from '../errors.ts'
import type { Kube } from '../kube/client.ts'
import type { KubeObject } from '../kube/object.ts'
import { oneLine } from '../ui/sanitize.ts'

/** Put on by every cloud's service controller before it begins (KEP-980). */
const CLEANUP_FINALIZER = 'service.kubernetes.io/load-balancer-cleanup'
/** A controller shows within this time that it has taken the Service; without one an address would never come. */
const SIGN_OF_LIFE_MS = 30_000

/**
 * Why a LoadBalancer Service has no address yet, as a clause. Throws UserError (exit 4) once nothing shows that any load
 * balancer controller has taken it: no finalizer, no class, no event.
 */
export async function lookForLoadBalancer(kube: Kube, service: KubeObject, waitedMs: number): Promise<string> {
  const { name, namespace = '', finalizers = [] } = service.metadata
  if (finalizers.includes(CLEANUP_FINALIZER)) return 'the load balancer is being made'
  if (waitedMs < SIGN_OF_LIFE_MS) return 'no load balancer has given it an address'
  const fields = `involvedObject.kind=Service,involvedObject.name=${name}`
  const events = (await allowed(kube.list('Event', { namespace, fields, limit: 50 }))) ?? []
  const newest = events.at(-1)
  if (newest !== undefined) return oneLine(`${newest['reason']}: ${newest['message']}`, 200)
  if (service.spec?.loadBalancerClass !== undefined)
    return `no controller for loadBalancerClass ${service.spec.loadBalancerClass} has answered`
  throw new UserError('No load balancer took the Service within 30 s: this cluster seems to have none.', {
    fix: `Use the nodes' ports: eg-setup -n ${namespace} --expose node-port. On minikube, \`minikube tunnel\` gives addresses.`,
    code: EXIT.timeout,
  })
}
