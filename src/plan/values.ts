import { exposureRow } from '../cluster/exposures.ts'
import { LABEL_VALUE, MANAGER, podLabels, versionLabel } from '../names.ts'
import { gatewayArgs, gatewayPorts } from '../settings/gateway-args.ts'
import { ANY, isLimited } from '../settings/networks.ts'
import type { Path } from '../settings/setting-rows.ts'
import { type Choices, chartSetting, type DerivedRow, type Part } from './derived-row.ts'
import { ROUTE_VALUES } from './route-values.ts'

type ImagePath = Extract<Path, `${string}.repository` | `${string}.tag`>

/** An image by tag or by digest: "repository:tag", "repository@sha256:…". */
const image = (repository: string, tag: string): string =>
  tag.startsWith('sha256:') ? `${repository}@${tag}` : `${repository}:${tag}`
const imageOf = (repository: ImagePath, tag: ImagePath): DerivedRow => ({
  value: ({ settings }) => image(settings[repository], settings[tag]),
  chart: `printf (ternary "%s@%s" "%s:%s" (hasPrefix "sha256:" ${chartSetting(tag)})) ${chartSetting(repository)} ${chartSetting(tag)}`,
})

const typeOf = ({ exposure }: Choices) => exposureRow(exposure).serviceType
const SERVICE_TYPE = '(include "event-gateway.serviceType" .)'

const nodePort = (name: 'config' | 'events'): DerivedRow => ({
  value: choices =>
    typeOf(choices) === 'ClusterIP'
      ? undefined
      : choices.settings[`service.${name}.nodePort`] || choices.nodePorts?.[name] || undefined,
  chart: `ternary 0 .Values.service.${name}.nodePort (eq ${SERVICE_TYPE} "ClusterIP")`,
  optional: true,
})

const ETCD_SIZE = '(ternary 1 .Values.etcd.size (eq (toString .Values.etcd.size) "auto"))'

/** The last one of an option of the gateway wins, as Go's flag package reads them. */
const containerPort = (name: 'config' | 'events', usual: number): DerivedRow => ({
  value: ({ settings }) => gatewayPorts(settings)[name],
  chart:
    `regexReplaceAll "(?s)^.*\\n--?${name}-port[=\\n]([0-9]+)(\\n.*)?$" ` +
    `(printf "\\n-${name}-port=${usual}\\n%s" (join "\\n" .Values.command)) "\${1}" | int`,
})

const version = (path: ImagePath | 'etcd.version'): DerivedRow => ({
  value: ({ settings }) => versionLabel(settings[path]),
  chart: `regexFind "${LABEL_VALUE}" ${chartSetting(path)}`,
  optional: true,
})

type MaybeEmpty = Extract<
  Path,
  'host' | `${string}.className` | `service.ip${string}` | 'service.loadBalancerClass' | 'service.externalTrafficPolicy'
>

const unlessEmpty = (path: MaybeEmpty): DerivedRow => ({
  value: ({ settings }) => (settings[path].length > 0 ? settings[path] : undefined),
  chart: chartSetting(path),
  optional: true,
})

/** Only on Services of some types: on others the API server refuses the field. */
const onlyFor = (types: readonly string[], path: MaybeEmpty): DerivedRow => ({
  value: choices => (types.includes(typeOf(choices)) ? choices.settings[path] || undefined : undefined),
  chart: `ternary ${chartSetting(path)} "" (has ${SERVICE_TYPE} (list "${types.join('" "')}"))`,
  optional: true,
})

const installed = (part: Part, chart?: string): DerivedRow => ({
  value: ({ alreadyThere }) => !alreadyThere.has(part),
  ...(chart && { chart }),
})

/** Everything that a template may ask for beyond the settings as they are, a row each: here and in the charts. */
const TABLE = {
  namespace: { value: ({ namespace }) => namespace, chart: '.Release.Namespace' },
  manager: { value: ({ engine }) => (engine === 'helm' ? 'Helm' : MANAGER), chart: '.Release.Service' },
  exposure: { value: ({ exposure }) => exposure, chart: '.Values.expose' },
  'install.operator': installed('operator'),
  'install.definition': installed('definition', '.Values.crds.enabled'),
  'install.operator-namespace': installed('operator-namespace'),
  'install.gateway-namespace': installed('gateway-namespace'),
  'labels.etcd': { value: () => podLabels('etcd') },
  // With those that the operator gives its pods: selectors, and so Services and policies, are the same for both.
  'labels.etcdMember': {
    value: ({ settings: { etcd_cluster_name: name } }) => ({ ...podLabels('etcd'), app: name, controller: name }),
    chart: `dict ${Object.entries(podLabels('etcd'))
      .map(([key, text]) => `"${key}" "${text}"`)
      .join(' ')} "app" .Values.etcd_cluster_name "controller" .Values.etcd_cluster_name`,
  },
  'labels.gateway': { value: () => podLabels('gateway') },
  'version.operator': version('operator.image.tag'),
  'version.etcd': version('etcd.version'),
  'version.gateway': version('images.tag'),
  'version.test': version('images.tag'),
  'operator.namespace': {
    value: ({ operatorNamespace }) => operatorNamespace,
    chart: { ego: '.Release.Namespace', eg: '.Values.operator.namespace | default .Release.Namespace' },
  },
  'operator.image': imageOf('operator.image.repository', 'operator.image.tag'),
  pullSecrets: {
    value: ({ settings }) => settings['images.pullSecrets'].map(name => ({ name })),
    chart: `regexReplaceAll "\\"[^\\"]+\\"" (${chartSetting('images.pullSecrets')} | toJson) "{\\"name\\":\${0}}" | fromJsonArray`,
  },
  'gateway.image': imageOf('images.repository', 'images.tag'),
  'gateway.args': {
    value: ({ settings }) => gatewayArgs(settings),
    chart:
      'ternary .Values.command (prepend .Values.command (printf "-db-hosts=%s" (join "," (.Values.etcd.endpoints | ' +
      'default (list (printf "%s-client:2379" .Values.etcd_cluster_name)))))) ' +
      '(regexMatch "(^|\\n)--?db-hosts(=|\\n)" (join "\\n" .Values.command))',
  },
  'gateway.configPort': containerPort('config', 4001),
  'gateway.eventsPort': containerPort('events', 4000),
  // The operator's chart always installs the operator.
  'etcd.mode': { value: ({ settings }) => settings['etcd.mode'], chart: { eg: '.Values.etcd.mode' } },
  'etcd.size': { value: ({ etcdSize }) => etcdSize, chart: ETCD_SIZE },
  'etcd.isReplicated': { value: ({ etcdSize }) => etcdSize > 1, chart: `gt (int ${ETCD_SIZE}) 1` },
  'etcd.image': {
    value: ({ settings }) => `${settings['etcd.imageRegistry']}:${settings['etcd.version']}`,
    chart: 'printf "%s:%s" .Values.etcd.imageRegistry .Values.etcd.version',
  },
  'etcd.initialCluster': {
    value: ({ settings: { etcd_cluster_name: name }, etcdSize }) =>
      Array.from({ length: etcdSize }, (_, member) => `${name}-${member}=http://${name}-${member}.${name}:2380`).join(
        ',',
      ),
    chart:
      `regexReplaceAll "[0-9]+" (join "," (until (int ${ETCD_SIZE}))) ` +
      `(printf "%[1]s-\${0}=http://%[1]s-\${0}.%[1]s:2380" .Values.etcd_cluster_name)`,
  },
  'etcd.storage.className': unlessEmpty('etcd.storage.className'),
  'service.type': { value: typeOf, chart: SERVICE_TYPE },
  'service.annotations': {
    value: choices => ({
      ...(typeOf(choices) === 'LoadBalancer' ? choices.annotations : {}),
      ...choices.settings['service.annotations'],
    }),
    chart: 'include "event-gateway.annotations" .Values.service.annotations | fromJson',
  },
  'service.sourceRanges': {
    value: choices => {
      const { allowFrom } = choices.settings
      return typeOf(choices) === 'LoadBalancer' && isLimited(allowFrom) ? allowFrom : undefined
    },
    chart:
      `ternary .Values.allowFrom list (and (eq ${SERVICE_TYPE} "LoadBalancer") ` +
      `(not (has "${ANY}" .Values.allowFrom)))`,
    optional: true,
  },
  'service.loadBalancerClass': onlyFor(['LoadBalancer'], 'service.loadBalancerClass'),
  'service.externalTrafficPolicy': onlyFor(['LoadBalancer', 'NodePort'], 'service.externalTrafficPolicy'),
  'service.ipFamilyPolicy': unlessEmpty('service.ipFamilyPolicy'),
  'service.ipFamilies': unlessEmpty('service.ipFamilies'),
  'service.config.nodePort': nodePort('config'),
  'service.events.nodePort': nodePort('events'),
  host: unlessEmpty('host'),
  'ingress.className': unlessEmpty('ingress.className'),
  'ingress.annotations': {
    value: ({ settings: { 'ingress.annotations': annotations } }) =>
      Object.keys(annotations).length > 0 ? annotations : undefined,
    chart: '(include "event-gateway.annotations" .Values.ingress.annotations | fromJson)',
    optional: true,
  },
  ...ROUTE_VALUES,
} as const satisfies Record<string, DerivedRow>

type ValueName = Path | keyof typeof TABLE

/** The rows by name, without their literal types. */
export const DERIVED: Readonly<Record<string, DerivedRow>> = TABLE

/** When an object belongs to the plan: each named value is the one given, or one of those. */
export type When = Readonly<Partial<Record<ValueName, string | boolean | readonly string[]>>>

export const holds = (when: When, values: Readonly<Record<string, unknown>>): boolean =>
  Object.entries(when).every(([name, wanted]) => [wanted].flat().includes(values[name] as string))

/** Everything a template may ask for: the settings by their paths, and what follows from them. */
export const valuesOf = (choices: Choices): Record<string, unknown> => ({
  ...choices.settings,
  ...Object.fromEntries(Object.entries(DERIVED).map(([name, { value }]) => [name, value(choices)])),
})
