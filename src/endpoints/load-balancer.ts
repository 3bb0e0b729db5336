import type { Flavour } from '../cluster/detect-flavour.ts'
import { EXIT, UserError } from '../errors.ts'
import type { Kube } from '../kube/request/client.ts'
import { readEvents } from '../kube/waiting/events.ts'
import { PROGRAM } from '../text/program.ts'
import { oneLine } from '../text/sanitize.ts'
import { sh } from '../text/shell-words.ts'
import type { Source } from './gateway-source.ts'
import { NO_ADDRESS, whyNotServed } from './route-conditions.ts'

/** Every cloud's service controller adds it before it starts work (KEP-980). */
const CLEANUP_FINALIZER = 'service.kubernetes.io/load-balancer-cleanup'
/** A controller shows within this time that it has taken the Service; without one an address would never come. */
const SIGN_OF_LIFE_MS = 30_000

/** How MetalLB's event begins when the pool has no free address, or none of that name exists (controller/service.go). */
const NO_POOL = 'Failed to allocate IP for'
const OTHER_POOL = ' (to use another MetalLB pool, set the annotation metallb.io/address-pool in service.annotations)'

/** A controller that has refused a route may have looked at a Gateway that was just created. */
const REFUSED_MS = 5_000

/**
 * Why a Service, an Ingress or an HTTPRoute has no address yet, as a clause. Throws UserError (exit 4) once nothing shows that any
 * controller has taken it: no finalizer, no class, no event, and on this kind of cluster none is to be expected.
 */
export async function whyNoAddress(kube: Kube, source: Source, waitedMs: number, flavour: Flavour): Promise<string> {
  if (source.kind === 'HTTPRoute') return whyNoRoute(source, waitedMs)
  const { name, namespace = '', uid, finalizers = [] } = source.metadata
  const isService = source.kind === 'Service'
  if (finalizers.includes(CLEANUP_FINALIZER)) return 'the load balancer is being created'
  const className: unknown = isService ? source.spec?.loadBalancerClass : undefined
  const ofClass = className === undefined ? '' : ` (loadBalancerClass ${className})`
  const pending = isService ? `the load balancer has no address yet${ofClass}` : 'the Ingress has no address yet'
  if (waitedMs < SIGN_OF_LIFE_MS) return pending
  const [newest] = await readEvents(kube, { kind: source.kind, name, namespace, uid })
  if (newest !== undefined) {
    const isPoolEmpty = isService && newest.message.startsWith(NO_POOL)
    return oneLine(`${newest.reason}: ${newest.message}`, 200) + (isPoolEmpty ? OTHER_POOL : '')
  }
  if (className !== undefined) return `no controller handles loadBalancerClass ${className}`
  if (isService && flavour.loadBalancer) return pending
  const message = isService
    ? "No load balancer was created within 30s. The cluster doesn't seem to have a load balancer provider."
    : "The Ingress got no address within 30s. The cluster doesn't seem to have a working ingress controller."
  throw new UserError(message, {
    fix: `${flavour.hint}\n${sh`Or use node ports:\n${PROGRAM} -n ${namespace} --expose node-port`}`,
    code: EXIT.timeout,
  })
}

/** Why the controller doesn't serve the route, as a clause. Throws UserError once the reason is final, or if no controller accepts the route. */
function whyNoRoute(route: Source, waitedMs: number): string {
  const { reason, fix, isFinal } = whyNotServed(route) ?? NO_ADDRESS
  if (waitedMs < (isFinal ? REFUSED_MS : SIGN_OF_LIFE_MS)) return reason
  throw new UserError(`The HTTPRoute is not served: ${reason}.`, { fix, code: isFinal ? EXIT.failed : EXIT.timeout })
}
