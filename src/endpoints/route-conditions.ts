import { type Listener, listenersFor } from '../cluster/listeners.ts'
import { kubectlName, ref } from '../kube/kinds.ts'
import { oneLine } from '../text/sanitize.ts'
import { parentOf, type Source } from './gateway-source.ts'

type Condition = { type?: string; status?: string; reason?: string; message?: string; observedGeneration?: number }

/** What keeps an HTTPRoute from being served: why, as a clause, and what to do about it. */
export type RouteTrouble = {
  reason: string
  fix: string
  /** Whether the controller has decided; else it has yet to act. */
  isFinal: boolean
}

/** What the reasons of conditions mean (Gateway API v1), a row each; those without a row are told in the controller's words. */
const REASONS: Readonly<Record<string, { means: string; fix: string }>> = {
  // Of an HTTPRoute.
  NotAllowedByListeners: {
    means: "none of the Gateway's listeners allows routes from this namespace",
    fix: 'Choose another Gateway with --gateway NAMESPACE/NAME, or a new one: --gateway-class NAME',
  },
  NoMatchingListenerHostname: {
    means: "none of the Gateway's listeners serves this host name",
    fix: 'Choose a host name that the Gateway serves: --host NAME',
  },
  NoMatchingParent: {
    means: 'the Gateway has no such listener, or that listener is not valid',
    fix: 'Choose another listener: --gateway NAMESPACE/NAME#LISTENER',
  },
  BackendNotFound: {
    means: "the gateway's Service doesn't exist",
    fix: 'Run eg-setup again to create it.',
  },
  UnsupportedValue: {
    means: "the Gateway's controller does not support a field of the HTTPRoute",
    fix: 'Choose a Gateway of another class: --gateway NAMESPACE/NAME',
  },
  // Of a Gateway.
  NoResources: {
    means: 'the controller does not have enough resources for the Gateway',
    fix: "Check the controller's logs.",
  },
  AddressNotAssigned: {
    means: 'the Gateway was not given an address',
    fix: 'Check that the controller can create load balancers, for example that the cluster has MetalLB.',
  },
  AddressNotUsable: {
    means: 'the address that the Gateway asks for cannot be used',
    fix: 'Change spec.addresses of the Gateway, or choose another Gateway with --gateway.',
  },
  ListenersNotValid: { means: 'one of the listeners is not valid', fix: '' },
  // Of a listener.
  PortUnavailable: {
    means: 'the controller cannot listen on the port of the listener',
    fix: 'Choose another Gateway: --gateway NAMESPACE/NAME',
  },
  UnsupportedProtocol: {
    means: 'the controller does not support the protocol of the listener',
    fix: 'Choose another Gateway: --gateway NAMESPACE/NAME',
  },
  HostnameConflict: {
    means: 'another listener has the same port and host name',
    fix: 'Choose another Gateway: --gateway NAMESPACE/NAME',
  },
  ProtocolConflict: {
    means: 'another listener has the same port with another protocol',
    fix: 'Choose another Gateway: --gateway NAMESPACE/NAME',
  },
  // Of a Gateway or its class.
  Pending: {
    means: 'no controller has accepted the Gateway',
    fix: 'Check that the controller for its GatewayClass is running, or choose another class: --gateway-class NAME',
  },
}

/** A Gateway that is as it has to be, but for its address. */
export const NO_ADDRESS: RouteTrouble = {
  reason: 'the Gateway has no address yet',
  fix: 'Check that the controller can create load balancers, for example that the cluster has MetalLB.',
  isFinal: false,
}

/** Conditions that keep a route from being served, by the object that has them. */
const NEEDED = ['Accepted', 'ResolvedRefs', 'Programmed'] as const

/** Why an HTTPRoute isn't served; undefined where every condition is as it has to be. Pure. */
export function whyNotServed(route: Source): RouteTrouble | undefined {
  const { name = '', namespace = route.metadata.namespace, sectionName } = parentOf(route)
  const { gateway } = route
  const what = kubectlName(ref('Gateway', name, namespace))
  if (gateway === undefined)
    return {
      reason: `${what} doesn't exist, or you don't have permission to read it`,
      fix: 'Choose an existing Gateway: --gateway NAMESPACE/NAME',
      isFinal: false,
    }
  const wanted: Listener[] = listenersFor(gateway.spec, sectionName)
  const ofListeners = ((gateway.status?.listeners ?? []) as { name?: string; conditions?: Condition[] }[]).filter(
    listener => wanted.some(({ name }) => name === listener.name),
  )
  const parent = (
    (route.status?.parents ?? []) as { parentRef?: Record<string, string>; conditions?: Condition[] }[]
  ).find(
    ({ parentRef = {} }) =>
      parentRef['name'] === name && (parentRef['namespace'] ?? route.metadata.namespace) === namespace,
  )
  // The conditions of the route are the most specific. Those of a listener count only if every listener fails.
  const failing =
    failed(parent?.conditions, route.metadata.generation) ??
    (ofListeners.every(({ conditions }) => failed(conditions, gateway.metadata.generation) !== undefined)
      ? failed(ofListeners[0]?.conditions, gateway.metadata.generation)
      : undefined) ??
    failed(gateway.status?.conditions, gateway.metadata.generation)
  if (failing !== undefined) return troubleOf(failing, what)
  if (parent === undefined || !isCurrent(parent.conditions, route.metadata.generation))
    return troubleOf({ status: 'Unknown', reason: 'Pending' }, what)
  return undefined
}

const isCurrent = (conditions: readonly Condition[] = [], generation = 0): boolean =>
  conditions.some(
    ({ type, status, observedGeneration = generation }) =>
      type === 'Accepted' && status === 'True' && observedGeneration >= generation,
  )

/** The first condition of those that are needed that is not met, if it speaks of this generation. */
const failed = (conditions: readonly Condition[] = [], generation = 0): Condition | undefined =>
  NEEDED.map(type => conditions.find(condition => condition.type === type)).find(
    condition =>
      condition !== undefined &&
      condition.status !== 'True' &&
      (condition.observedGeneration ?? generation) >= generation,
  )

function troubleOf({ type, status, reason = '', message = '' }: Condition, gateway: string): RouteTrouble {
  const known = Object.hasOwn(REASONS, reason) ? REASONS[reason] : undefined
  const said = oneLine([reason, message].filter(text => text !== '').join(': '), 200)
  const named = type === undefined ? '' : ` (${type}: ${said})`
  return {
    reason: known === undefined ? `${gateway} is not ready${named}` : `${known.means}${named}`,
    fix: known?.fix || `Inspect it:\nkubectl describe ${gateway}`,
    isFinal: status === 'False',
  }
}
