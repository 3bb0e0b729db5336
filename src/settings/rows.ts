import { EXPOSURES } from '../endpoints/exposures.ts'
import { PINS } from '../release.ts'
import { etcdEndpoints } from './etcd-endpoints.ts'
import { gatewayArgs, gatewayCommand } from './gateway-args.ts'
import { etcdVersion, repository, tag } from './image.ts'
import { annotations, className, clusterName, objectName } from './names.ts'
import { bytes, cpu } from './quantity.ts'
import { ingressClass, ingressHost, networks } from './reach.ts'
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
  /** Stands in the guide's Configuration table, under this name and with this default. */
  guide?: true
  /** The flag of setup that sets it. */
  flag?: { name: string; value?: string }
}

/** Every setting, a row each: values files, --set, flags, the help and the README's Configuration table follow. */
// biome-ignore format: a table
const TABLE = [
  { path: 'images.repository', aliases: ['image.repository'], type: repository, default: PINS.gateway.repository,
    text: 'Event Gateway image', guide: true },
  { path: 'images.tag', aliases: ['image.tag'], type: tag, default: PINS.gateway.tag,
    text: 'Event Gateway image tag, or digest', guide: true },
  { path: 'images.pullPolicy', aliases: ['image.pullPolicy'], type: choice('IfNotPresent', 'Always', 'Never'),
    default: 'IfNotPresent', text: 'When the image is pulled' },
  { path: 'images.pullSecrets', aliases: ['image.pullSecrets'], type: listOf(objectName, '[my-registry]'), default: [],
    text: 'Names of Secrets to pull the image with' },
  { path: 'replicaCount', type: integer(1), default: 3, text: 'Number of containers', guide: true },
  { path: 'expose', type: choice('auto', ...EXPOSURES.map(row => row.id)), default: 'auto',
    text: 'How the gateway is reached; auto: as suits the cluster', flag: { name: 'expose', value: 'HOW' } },
  { path: 'allowFrom', type: networks, default: [], shown: '[]',
    text: 'Networks that may reach a load balancer, or any', flag: { name: 'allow-from', value: 'CIDR,...|any' } },
  { path: 'internal', type: yesOrNo, default: false,
    text: "A load balancer in the provider's private network", flag: { name: 'internal' } },
  { path: 'privateConfig', type: yesOrNo, default: false,
    text: 'Expose the Events API only; forward reaches the other', flag: { name: 'private-config' } },
  { path: 'ingress.host', type: ingressHost, default: '',
    text: 'Host name of the Ingress; empty: any', flag: { name: 'host', value: 'NAME' } },
  { path: 'ingress.className', type: ingressClass, default: '',
    text: "IngressClass; empty: the cluster's default", flag: { name: 'ingress-class', value: 'NAME' } },
  { path: 'service.type', type: choice(...new Set(EXPOSURES.map(row => row.serviceType))), default: 'LoadBalancer',
    text: 'Type of Kubernetes service', guide: true },
  { path: 'service.annotations', type: annotations, default: {}, shown: '[]',
    text: 'Custom annotations for the service: a mapping, or a list of "key: value"', guide: true },
  { path: 'service.config.port', type: port, default: 4001, text: 'Config API port number', guide: true },
  { path: 'service.config.nodePort', type: nodePort, default: 0,
    text: 'Port of the Config API on the nodes; 0: the cluster chooses' },
  { path: 'service.events.port', type: port, default: 4000, text: 'Events API port number', guide: true },
  { path: 'service.events.nodePort', type: nodePort, default: 0,
    text: 'Port of the Events API on the nodes; 0: the cluster chooses' },
  { path: 'resources.limits.cpu', type: cpu, default: '200m', text: 'CPU resource limits', guide: true },
  { path: 'resources.limits.memory', type: bytes, default: '256Mi', text: 'Memory resource limits', guide: true },
  { path: 'resources.requests.cpu', type: cpu, default: '200m', text: 'CPU resource requests', guide: true },
  { path: 'resources.requests.memory', type: bytes, default: '256Mi', text: 'Memory resource requests', guide: true },
  { path: 'command', type: gatewayCommand, default: ['-log-level=debug'],
    get shown() { return `[${gatewayArgs({ command: ['-log-level=debug'], etcd_cluster_name: 'eg-etcd-cluster', 'etcd.endpoints': [] }).join(', ')}]` },
    text: 'Options of the event-gateway command; -db-hosts is added if missing', guide: true },
  { path: 'etcd_cluster_name', type: clusterName, default: 'eg-etcd-cluster',
    text: 'Name of the etcd cluster; -db-hosts is <name>-client:2379', guide: true },
  { path: 'etcd.mode', type: choice('operator', 'statefulset', 'external'), default: 'operator',
    text: 'Who looks after etcd: an operator for the whole cluster, a StatefulSet in the namespace, or you',
    flag: { name: 'etcd', value: 'MODE' } },
  { path: 'etcd.endpoints', type: etcdEndpoints, default: [], shown: '[]',
    text: 'An etcd that is there, without TLS and login, for etcd.mode external',
    flag: { name: 'etcd-endpoints', value: 'HOST:PORT,...' } },
  { path: 'etcd.size', type: choice('auto', 1, 3, 5), default: 'auto',
    text: 'Members of the etcd cluster; auto: 3 where three nodes can take them, else 1' },
  { path: 'etcd.version', type: etcdVersion, default: PINS.etcd.version, text: 'etcd image tag' },
  { path: 'etcd.imageRegistry', type: repository, default: PINS.etcd.repository, text: 'etcd image' },
  { path: 'etcd.storage.size', type: bytes, default: '1Gi', text: 'Size of the volume of each etcd member' },
  { path: 'etcd.storage.className', type: className, default: '',
    text: "StorageClass of the etcd volumes; empty: the cluster's default" },
  { path: 'operator.image.repository', type: repository, default: PINS.operator.repository,
    text: 'etcd operator image' },
  { path: 'operator.image.tag', type: tag, default: PINS.operator.tag, text: 'etcd operator image tag, or digest' },
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
