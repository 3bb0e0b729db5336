import { oneLine } from '../text/sanitize.ts'

/** A listener of a Gateway, as its spec has it. */
export type Listener = {
  name: string
  port: number
  protocol: string
  hostname?: string
  allowedRoutes?: { namespaces?: { from?: string; selector?: Selector }; kinds?: readonly { kind?: string }[] }
}

type Labels = Readonly<Record<string, string>>
type Requirement = { key: string; operator: string; values?: readonly string[] }
type Selector = { matchLabels?: Labels; matchExpressions?: readonly Requirement[] }

/** The HTTPRoute that wants to attach: its namespace and host name ('' for any), and those of the Gateway. */
export type Attaching = {
  namespace: string
  /** Labels of its namespace; undefined where only the controller knows them. */
  labels: Labels | undefined
  host: string
  gatewayNamespace: string
  /** The only listener it asks for. */
  section?: string | undefined
}

/** Of listeners that serve HTTP. */
const PROTOCOLS: readonly string[] = ['HTTP', 'HTTPS']

/** Why a listener doesn't admit an HTTPRoute, as the end of a sentence: the rules of Gateway API v1, a row each. */
const REFUSALS: readonly ((listener: Listener, route: Attaching) => string | undefined)[] = [
  ({ protocol }) => (PROTOCOLS.includes(protocol) ? undefined : `uses protocol ${oneLine(protocol, 60)}`),

  ({ allowedRoutes }) => {
    const kinds = allowedRoutes?.kinds ?? []
    const isAdmitted = kinds.length === 0 || kinds.some(({ kind }) => kind === 'HTTPRoute')
    return isAdmitted ? undefined : `admits only ${oneLine(kinds.map(({ kind }) => kind).join(', '), 100)}`
  },

  ({ allowedRoutes }, { namespace, labels, gatewayNamespace }) => {
    const { from = 'Same', selector = {} } = allowedRoutes?.namespaces ?? {}
    if (from === 'All' || (from === 'Same' && namespace === gatewayNamespace)) return undefined
    if (from === 'Selector' && (labels === undefined || selects(selector, labels))) return undefined
    return from === 'Selector'
      ? `admits routes from selected namespaces only, and namespace ${namespace} isn't selected`
      : `admits routes from namespace ${gatewayNamespace} only`
  },

  ({ hostname = '' }, { host }) => {
    if (hostsMeet(hostname, host)) return undefined
    return `serves the host name ${oneLine(hostname, 100)} only`
  },

  ({ protocol, hostname = '' }, { host }) =>
    protocol === 'HTTPS' && hostname === '' && host === '' ? 'serves HTTPS, so --host NAME is needed' : undefined,

  ({ hostname = '' }, { host }) =>
    hostname.startsWith('*.') && host === '' ? `serves ${oneLine(hostname, 100)}, so --host NAME is needed` : undefined,
]

/** Why a listener doesn't admit the route, as the end of a sentence; undefined where it does. */
export const whyRefused = (listener: Listener, route: Attaching): string | undefined =>
  REFUSALS.map(refusal => refusal(listener, route)).find(reason => reason !== undefined)

/** The listeners that the route asks for: the named one, or all. */
export const listenersFor = (spec: { listeners?: readonly Listener[] } | undefined, section?: string): Listener[] =>
  (spec?.listeners ?? []).filter(({ name }) => section === undefined || name === section)

/** Whether a listener serves a route's host name; '' matches every name, and "*." matches one or more labels. */
export function hostsMeet(listener: string, route: string): boolean {
  if (listener === '' || route === '') return true
  const [one, other] = [listener.toLowerCase(), route.toLowerCase()]
  return one.startsWith('*.') ? other.endsWith(one.slice(1)) && other.length > one.length - 1 : one === other
}

/** A label selector, as Kubernetes matches it (LabelSelector). */
function selects({ matchLabels = {}, matchExpressions = [] }: Selector, labels: Labels): boolean {
  const holds = ({ key, operator, values = [] }: Requirement): boolean => {
    const value = labels[key]
    const isIn = value !== undefined && values.includes(value)
    const rules: Readonly<Record<string, boolean>> = {
      In: isIn,
      NotIn: !isIn,
      Exists: value !== undefined,
      DoesNotExist: value === undefined,
    }
    return rules[operator] ?? false
  }
  return Object.entries(matchLabels).every(([key, value]) => labels[key] === value) && matchExpressions.every(holds)
}
