import { EXPOSURES } from '../cluster/exposures.ts'
import { PINS } from '../release.ts'
import { etcdEndpoints } from './etcd-endpoints.ts'
import { gatewayArgs, gatewayCommand } from './gateway-args.ts'
import { etcdVersion, repository, tag } from './image.ts'
import { annotations, balancerClass, className, clusterName, ETCD_NAME, objectName, secretName } from './names.ts'
import { gatewayClass, gatewayName, hostName, ingressClass, ipFamilies, networks } from './networks.ts'
import { bytes, cpu } from './quantity.ts'
import { choice, integer, listOf, type Type, yesOrNo } from './types.ts'

const port = integer(1, 65_535)
const nodePort = integer(0, 65_535)

type SettingRow = {
  /** The key in values files and of --set. */
  path: string
  aliases?: readonly string[]
  // biome-ignore lint/suspicious/noExplicitAny: each row has its own
  type: Type<any>
  default: unknown
  /** The default as the README and the help show it, where that says more. */
  shown?: string
  text: string
  /** In the guide's Configuration table, with this name and default. */
  guide?: true
  /** It is the operator's, for the whole cluster: recorded in the operator's own record, and believed from there alone. */
  release?: 'ego'
  /** What runs, where data goes and who reaches it depend on it: with --yes a record alone does not change it (`unproven`). */
  sensitive?: true
  /** The flag of setup that sets it. */
  flag?: { name: string; value?: string }
}

/** Every setting, a row each: values files, --set, flags, the help and the README's Configuration table follow. */
// biome-ignore format: a table
const TABLE = [
  { path: 'images.repository', aliases: ['image.repository'], type: repository, default: PINS.gateway.repository,
    text: 'Event Gateway image', guide: true, sensitive: true },
  { path: 'images.tag', aliases: ['image.tag'], type: tag, default: PINS.gateway.tag,
    text: 'Event Gateway image tag, or digest', guide: true, sensitive: true },
  { path: 'images.pullPolicy', aliases: ['image.pullPolicy'], type: choice('IfNotPresent', 'Always', 'Never'),
    default: 'IfNotPresent', text: 'Image pull policy' },
  { path: 'images.pullSecrets', aliases: ['image.pullSecrets'], type: listOf(objectName, '[my-registry]'), default: [],
    text: 'Image pull Secrets' },
  { path: 'replicaCount', type: integer(1), default: 3, text: 'Number of gateway replicas', guide: true },
  { path: 'expose', type: choice('auto', ...EXPOSURES.map(row => row.id)), default: 'auto',
    text: 'How clients reach the gateway', flag: { name: 'expose', value: 'HOW' } },
  { path: 'allowFrom', type: networks, default: [], shown: '[]',
    text: 'CIDRs allowed to reach the load balancer, or "any"', flag: { name: 'allow-from', value: 'CIDR,...' }, sensitive: true },
  { path: 'internal', type: yesOrNo, default: false,
    text: "Use the provider's private load balancer", flag: { name: 'internal' }, sensitive: true },
  { path: 'privateConfig', type: yesOrNo, default: false,
    text: 'Expose the events API only', flag: { name: 'private-config' } },
  { path: 'host', aliases: ['ingress.host'], type: hostName, default: '',
    text: 'Host name of the Ingress or HTTPRoute', flag: { name: 'host', value: 'NAME' }, sensitive: true },
  { path: 'tls.secretName', type: secretName, default: '',
    text: 'TLS Secret of the Ingress or new Gateway', flag: { name: 'tls-secret', value: 'NAME' } },
  { path: 'ingress.className', type: ingressClass, default: '',
    text: "IngressClass to use (default: the cluster's default class)", flag: { name: 'ingress-class', value: 'NAME' } },
  { path: 'ingress.annotations', type: annotations, default: {}, shown: '[]',
    text: 'Ingress annotations: a map, or a list of "key: value"', sensitive: true },
  { path: 'gatewayApi.gateway', type: gatewayName, default: '',
    text: 'Existing Gateway: [NAMESPACE/]NAME[#LISTENER]', flag: { name: 'gateway', value: 'NAME' }, sensitive: true },
  { path: 'gatewayApi.className', type: gatewayClass, default: '',
    text: 'GatewayClass of a new Gateway', flag: { name: 'gateway-class', value: 'NAME' }, sensitive: true },
  { path: 'service.type', type: choice(...new Set(EXPOSURES.map(row => row.serviceType))), default: 'LoadBalancer',
    text: 'Service type, if expose is auto', guide: true },
  { path: 'service.annotations', type: annotations, default: {}, shown: '[]',
    text: 'Service annotations: a map, or a list of "key: value"', guide: true, sensitive: true },
  { path: 'service.loadBalancerClass', type: balancerClass, default: '',
    text: 'Load balancer class (selects the controller)', sensitive: true },
  { path: 'service.externalTrafficPolicy', type: choice('', 'Cluster', 'Local'), default: '',
    text: 'Cluster or Local (Local keeps client addresses)' },
  { path: 'service.ipFamilyPolicy', type: choice('', 'SingleStack', 'PreferDualStack', 'RequireDualStack'), default: '',
    text: 'SingleStack, PreferDualStack or RequireDualStack', sensitive: true },
  { path: 'service.ipFamilies', type: ipFamilies, default: [],
    text: 'IPv4, IPv6 or both, the primary one first', sensitive: true },
  { path: 'service.config.port', type: port, default: 4001, text: 'Config API port', guide: true },
  { path: 'service.config.nodePort', type: nodePort, default: 0,
    text: 'Config API node port (0: allocated by the cluster)' },
  { path: 'service.events.port', type: port, default: 4000, text: 'Events API port', guide: true },
  { path: 'service.events.nodePort', type: nodePort, default: 0,
    text: 'Events API node port (0: allocated by the cluster)' },
  { path: 'resources.limits.cpu', type: cpu, default: '200m', text: 'CPU limit of each replica', guide: true },
  { path: 'resources.limits.memory', type: bytes, default: '256Mi', text: 'Memory limit of each replica', guide: true },
  { path: 'resources.requests.cpu', type: cpu, default: '200m', text: 'CPU request of each replica', guide: true },
  { path: 'resources.requests.memory', type: bytes, default: '256Mi', text: 'Memory request of each replica', guide: true },
  { path: 'command', type: gatewayCommand, default: ['-log-level=debug'],
    get shown() { return `[${gatewayArgs({ command: ['-log-level=debug'], etcd_cluster_name: ETCD_NAME, 'etcd.endpoints': [] }).join(', ')}]` },
    text: 'Arguments for event-gateway (-db-hosts is added when missing)', guide: true, sensitive: true },
  { path: 'etcd_cluster_name', type: clusterName, default: ETCD_NAME,
    text: 'Name of the etcd cluster', guide: true, sensitive: true },
  { path: 'etcd.mode', type: choice('operator', 'statefulset', 'external'), default: 'operator',
    text: 'How etcd runs',
    flag: { name: 'etcd', value: 'MODE' } },
  { path: 'etcd.endpoints', type: etcdEndpoints, default: [], shown: '[]',
    text: 'HOST:PORT of your etcd (no TLS, no authentication)',
    flag: { name: 'etcd-endpoints', value: 'HOST,...' }, sensitive: true },
  { path: 'etcd.size', type: choice('auto', 1, 3, 5), default: 'auto',
    text: 'Number of etcd members (auto: 3 if three nodes are available, else 1)' },
  { path: 'etcd.version', type: etcdVersion, default: PINS.etcd.version, text: 'etcd image tag', sensitive: true },
  { path: 'etcd.imageRegistry', type: repository, default: PINS.etcd.repository, text: 'etcd image', sensitive: true },
  { path: 'etcd.storage.size', type: bytes, default: '1Gi', text: 'Volume size of each etcd member' },
  { path: 'etcd.storage.className', type: className, default: '',
    text: "StorageClass of the etcd volumes (default: the cluster's default class)" },
  { path: 'operator.image.repository', type: repository, default: PINS.operator.repository,
    text: 'etcd operator image', release: 'ego' },
  { path: 'operator.image.tag', type: tag, default: PINS.operator.tag, text: 'etcd operator image tag, or digest', release: 'ego' },
] as const satisfies readonly SettingRow[]

export type Row = (typeof TABLE)[number]
export type Path = Row['path']

/** All settings, by path: `settings['service.config.port']` is a number. */
export type Settings = { readonly [R in Row as R['path']]: R['type'] extends Type<infer Value> ? Value : never }

/** The rows without their literal types. */
export const SETTINGS: readonly (SettingRow & { path: Path })[] = TABLE

/** The default of a row as people read it. */
export const shownDefault = (row: SettingRow): string =>
  row.shown ?? (typeof row.default === 'object' ? JSON.stringify(row.default) : String(row.default))

/** The rows of the README's Configuration table. */
export const configurationTable = (): string =>
  SETTINGS.map(row => `| \`${row.path}\` | ${row.text} | ${shownDefault(row) && `\`${shownDefault(row)}\``} |\n`).join(
    '',
  )
