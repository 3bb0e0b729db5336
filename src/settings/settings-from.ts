import { EXPOSURES, exposureRow } from '../cluster/exposures.ts'
import { quantityOf } from '../kube/quantity.ts'
import { dbHosts, gatewayPorts } from './gateway-args.ts'
import { asksForGateway, type Given } from './given.ts'
import { wrongSettings } from './problems.ts'
import { type Path, SETTINGS, type Settings } from './setting-rows.ts'

/** The requested exposure: `expose`, or the one that `service.type` implies if only that was given. */
export function exposeOf(given: Given): Settings['expose'] {
  const asked = given.expose?.value ?? 'auto'
  // The last row of a type is the plain one: an Ingress is a ClusterIP and more.
  const type = given['service.type']?.value
  if (asked !== 'auto') return asked
  return EXPOSURES.findLast(row => row.serviceType === type)?.id ?? (asksForGateway(given) ? 'gateway-api' : 'auto')
}

/** What no row can see alone; each gives the sentence that refuses. */
const CONFLICTS: readonly ((settings: Settings, given: Given) => string | undefined)[] = [
  ({ expose }, given) => {
    const type = given['service.type']
    if (type === undefined || expose === 'auto' || exposureRow(expose).serviceType === type.value) return undefined
    return `expose is ${expose} (${given.expose?.from}), but service.type is ${type.value} (${type.from})`
  },
  (_settings, given) => exclude('gatewayApi.gateway', 'gatewayApi.className', given),
  // The listeners of a Gateway that exists have certificates of their own.
  (_settings, given) => exclude('gatewayApi.gateway', 'tls.secretName', given),
  settings => (settings['tls.secretName'] && !settings.host ? 'tls.secretName is set, but host is empty' : undefined),
  settings =>
    settings['service.ipFamilyPolicy'] === 'SingleStack' && settings['service.ipFamilies'].length > 1
      ? 'service.ipFamilyPolicy is SingleStack, but service.ipFamilies has two families'
      : undefined,
  settings => same('service.config.port', 'service.events.port', settings),
  settings =>
    settings['service.config.nodePort']
      ? same('service.config.nodePort', 'service.events.nodePort', settings)
      : undefined,
  settings => {
    const { config, events } = gatewayPorts(settings)
    return config === events
      ? `the setting "command" uses port ${config} for both the config API and the events API`
      : undefined
  },
  settings => {
    const { 'etcd.mode': mode, 'etcd.endpoints': endpoints } = settings
    if (mode === 'external' && endpoints.length === 0) return 'etcd.mode is external, but etcd.endpoints is empty'
    if (mode !== 'external' && endpoints.length > 0) return `etcd.endpoints is set, but etcd.mode is ${mode}`
    const named = dbHosts(settings)
    return mode === 'external' && named
      ? `the setting "command" has -db-hosts=${named}, but etcd.endpoints is set too`
      : undefined
  },
  settings => exceeds('resources.requests.cpu', 'resources.limits.cpu', settings),
  settings => exceeds('resources.requests.memory', 'resources.limits.memory', settings),
]

function exclude(a: Path, b: Path, given: Given): string | undefined {
  const [one, other] = [given[a], given[b]]
  return one?.value && other?.value
    ? `${a} is ${one.value} (${one.from}), but ${b} is ${other.value} (${other.from})`
    : undefined
}

const same = (a: keyof Settings, b: keyof Settings, settings: Settings) =>
  settings[a] === settings[b] ? `${a} and ${b} must differ, but both are ${settings[a]}` : undefined

type Resource = Extract<keyof Settings, `resources.${string}`>
const exceeds = (request: Resource, limit: Resource, settings: Settings) =>
  quantityOf(settings[request])! > quantityOf(settings[limit])!
    ? `${request} (${settings[request]}) is more than ${limit} (${settings[limit]})`
    : undefined

/**
 * The settings: what was given, and defaults for the rest; `expose` and `service.type` agree unless `expose` is auto.
 * Throws one UserError (2) for all values that do not go together.
 */
export function settingsFrom(given: Given): Settings {
  const values = Object.fromEntries(SETTINGS.map(({ path, default: usual }) => [path, given[path]?.value ?? usual]))
  const expose = exposeOf(given)
  const settings = { ...(values as Settings), expose }
  const problems = CONFLICTS.flatMap(conflict => conflict(settings, given) ?? [])
  if (problems.length > 0) throw wrongSettings(problems.map(what => ({ what, fix: 'Change one of the two.' })))
  return expose === 'auto' ? settings : { ...settings, 'service.type': exposureRow(expose).serviceType }
}
