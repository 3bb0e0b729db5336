import { EXIT, UserError } from '../errors.ts'
import { ref } from '../kube/kinds.ts'
import type { KubeObject } from '../kube/object.ts'
import type { Kube } from '../kube/request/client.ts'
import { unlessForbidden } from '../kube/request/unless-forbidden.ts'
import { RESOURCES } from '../kube/schemas.ts'
import { condition } from '../kube/waiting/ready.ts'
import { oneLine } from '../text/sanitize.ts'
import { type Attaching, listenersFor, whyRefused } from './listeners.ts'

const GROUP = '/apis/gateway.networking.k8s.io/v1'
const MOST = 50
/** The definitions alone; a controller is needed too. */
const DEFINITIONS = 'https://github.com/kubernetes-sigs/gateway-api/releases/download/v1.4.0/standard-install.yaml'

/** What the cluster has of Gateway API; lists are undefined where they may not be read. */
export type GatewayApi = {
  /** Whether gateway.networking.k8s.io/v1 is served. */
  isServed: boolean
  classes: readonly KubeObject[] | undefined
  gateways: readonly KubeObject[] | undefined
  /** Labels of the namespace that the route will be in. */
  labels: Readonly<Record<string, string>>
}

/** Reads the GatewayClasses and Gateways of the cluster in four requests. */
export async function readGatewayApi(kube: Kube, namespace: string): Promise<GatewayApi> {
  const [resources, classes, gateways, place] = await Promise.all([
    unlessForbidden(kube.get(GROUP, RESOURCES).then(found => found ?? null)),
    unlessForbidden(kube.list('GatewayClass', { limit: MOST })),
    unlessForbidden(kube.list('Gateway', { limit: MOST })),
    unlessForbidden(kube.read(ref('Namespace', namespace))),
  ])
  const labels = place?.metadata.labels ?? { 'kubernetes.io/metadata.name': namespace }
  return { isServed: resources !== null, classes, gateways, labels }
}

/** What the settings ask for: an existing Gateway, or the class of a new one, and a host name. Each may be missing ('' or undefined). */
export type AskedGateway = {
  gateway: { namespace?: string; name?: string; section?: string }
  className: string
  host: string
}

/**
 * The GatewayClass of our own Gateway; '' where an existing Gateway is used. Throws UserError where the cluster has no
 * Gateway API, or what was asked for doesn't exist or doesn't admit our route (exit 3), or nothing can be preferred (exit 2).
 */
export function chooseGateway(found: GatewayApi, asked: AskedGateway, namespace: string): string {
  if (!found.isServed)
    throw notMet(
      'The cluster does not serve Gateway API v1 (no CustomResourceDefinition gateways.gateway.networking.k8s.io).',
      `Choose another exposure with --expose, or install a Gateway API controller such as Traefik, and the definitions:\nkubectl apply --server-side -f ${DEFINITIONS}`,
    )
  if (asked.gateway.name === undefined) return chooseClass(found, asked.className)
  const place = { namespace, ...asked.gateway }
  const gateway = found.gateways?.find(
    ({ metadata }) => metadata.name === place.name && metadata.namespace === place.namespace,
  )
  // Whoever may not list Gateways is told by the status of the route.
  if (found.gateways === undefined) return ''
  if (gateway === undefined)
    throw notMet(
      `Gateway ${place.namespace}/${place.name} doesn't exist. ${named('The cluster has', found.gateways.map(fullName))}`,
      'Choose an existing Gateway: --gateway NAMESPACE/NAME',
    )
  const refusal = whyNotAdmitted(gateway, { ...attaching(found, asked, namespace), section: place.section })
  if (refusal !== undefined)
    throw notMet(
      `Gateway ${fullName(gateway)} does not admit routes from namespace ${namespace}: ${refusal}.`,
      `Choose another Gateway with --gateway NAMESPACE/NAME, or create one: --gateway-class NAME`,
    )
  return ''
}

/** The existing Gateways, each with the reason why it doesn't admit the route, and the classes that a new one can have. */
export function gatewayChoices(found: GatewayApi, host: string, namespace: string) {
  const route = attaching(found, { host }, namespace)
  const gateways = (found.gateways ?? []).map(gateway => ({
    name: fullName(gateway),
    refusal: whyNotAdmitted(gateway, route),
  }))
  return { gateways, classes: acceptedClasses(found) }
}

type Route = Omit<Attaching, 'gatewayNamespace'>

const attaching = ({ labels }: GatewayApi, { host }: Pick<AskedGateway, 'host'>, namespace: string): Route => ({
  namespace,
  labels,
  host,
})

/** Why none of the listeners admits the route, as the end of a sentence. */
function whyNotAdmitted({ metadata, spec }: KubeObject, wanted: Route): string | undefined {
  const route = { ...wanted, gatewayNamespace: metadata.namespace ?? '' }
  const listeners = listenersFor(spec, route.section)
  if (listeners.length === 0)
    return route.section === undefined ? 'it has no listeners' : `it has no listener ${route.section}`
  const reasons = listeners.map(listener => [listener.name, whyRefused(listener, route)] as const)
  if (reasons.some(([, reason]) => reason === undefined)) return undefined
  return reasons.map(([name, reason]) => `its listener ${oneLine(name, 60)} ${reason}`).join(', ')
}

/** Whether a controller has taken the class. */
const isAccepted = (object: KubeObject): boolean => condition(object, 'Accepted')?.status === 'True'

/** The classes that a controller has accepted. */
const acceptedClasses = ({ classes }: GatewayApi): string[] =>
  (classes ?? []).filter(isAccepted).map(({ metadata }) => metadata.name)

function chooseClass(found: GatewayApi, asked: string): string {
  const { classes } = found
  if (classes === undefined && asked !== '') return asked
  const names = (classes ?? []).map(({ metadata }) => metadata.name)
  const accepted = acceptedClasses(found)
  if (asked !== '' && accepted.includes(asked)) return asked
  if (asked !== '' && names.includes(asked))
    throw notMet(
      `No controller has accepted GatewayClass ${asked} (${whyNotAccepted(classes?.find(({ metadata }) => metadata.name === asked))}).`,
      accepted.length > 0
        ? `Choose an accepted class: --gateway-class ${accepted[0]}`
        : 'Install the controller of this class, or choose another exposure with --expose.',
    )
  if (asked !== '')
    throw notMet(
      `GatewayClass ${asked} doesn't exist. ${named('The cluster has', names)}`,
      'Choose an existing class: --gateway-class NAME',
    )
  const [only, ...others] = accepted
  if (only !== undefined && others.length === 0) return only
  if (only === undefined)
    throw notMet(
      names.length === 0
        ? 'The cluster has no Gateway API controller (no GatewayClass).'
        : `No controller has accepted a GatewayClass. ${named('The cluster has', names)}`,
      'Choose another exposure with --expose, or install a Gateway API controller such as Traefik.',
    )
  throw new UserError(`Which GatewayClass? ${named('The cluster has', accepted)}`, {
    fix: 'Choose one with --gateway-class NAME, or an existing Gateway: --gateway NAMESPACE/NAME',
    code: EXIT.usage,
  })
}

function whyNotAccepted(object: KubeObject | undefined): string {
  const { reason = 'Pending', message = '' } = (object && condition(object, 'Accepted')) ?? {}
  return oneLine(message === '' ? reason : `${reason}: ${message}`, 200)
}

const named = (what: string, names: readonly string[]): string =>
  `${what}: ${names.length === 0 ? 'none' : oneLine(names.join(', '), 200)}.`

const fullName = ({ metadata: { name, namespace } }: KubeObject): string => `${namespace}/${name}`

const notMet = (message: string, fix: string): UserError => new UserError(message, { fix, code: EXIT.precondition })
