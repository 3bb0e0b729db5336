import templates from 'templates'
import { EXPOSURES, type Exposure } from '../cluster/exposures.ts'
import type { KubeObject } from '../kube/object.ts'
import { portOf } from '../kube/service.ts'
import { GATEWAY } from '../names.ts'
import { etcdHosts } from '../settings/gateway-args.ts'
import { type Path, SETTINGS } from '../settings/setting-rows.ts'
import type { EtcdMode } from './plan.ts'

/** What the objects of an installation show of the choices that made them. */
export type Shown = {
  settings: Record<string, unknown>
  exposure?: Exposure
  etcdSize?: number
  nodePorts: { config?: number; events?: number }
}

type Setting = readonly [path: Path, value: unknown]

/** Placeholders whose value in the cluster says something else than the setting of that name. */
const AMBIGUOUS: readonly string[] = [
  // Sizes, types and node ports are decided once or by the cluster; annotations and IP families are the provider's and others' too.
  'etcd.size',
  'service.type',
  'service.annotations',
  'service.ipFamilies',
  'ingress.annotations',
  'service.config.nodePort',
  'service.events.nodePort',
]

/** What the API server sets on every Service that asks for nothing else. */
const FILLED_IN: Readonly<Partial<Record<Path, unknown>>> = {
  'service.externalTrafficPolicy': 'Cluster',
  'service.ipFamilyPolicy': 'SingleStack',
}

/** The templates of the objects that show settings, by kind and name; that of the gateway's Service is the one with both ports. */
const TEMPLATES = [
  'event-gateway/deployment',
  'event-gateway/service',
  'event-gateway/service-config',
  'event-gateway/ingress',
  'event-gateway/gateway',
  'event-gateway/etcd-cluster',
  'event-gateway/etcd-stateful-set',
]

/** The settings that objects as they are show, with what else a plan was made from. Pure; what they cannot show is left out. */
export function settingsOfObjects(live: readonly KubeObject[]): Shown {
  const find = (kind: string, name?: string) =>
    live.find(object => object.kind === kind && (name === undefined || object.metadata.name === name))
  const [gateway, service, route] = ['Deployment', 'Service', 'HTTPRoute'].map(kind => find(kind, GATEWAY))
  const etcd = find('EtcdCluster') ?? find('StatefulSet')
  const etcdName = etcd?.metadata.name
  const found: Setting[] = TEMPLATES.flatMap(file => {
    const template = templates[file] as KubeObject
    const object = template.kind === etcd?.kind ? etcd : find(template.kind, template.metadata.name)
    return object === undefined ? [] : settingsIn(template, object)
  })
  if (gateway !== undefined) found.push(...ofGateway(gateway, etcd))
  const certificate = find('Gateway', GATEWAY)?.spec?.listeners?.[0]?.tls?.certificateRefs?.[0]?.name
  const secret = find('Ingress', GATEWAY)?.spec?.tls?.[0]?.secretName ?? certificate
  if (secret !== undefined) found.push(['tls.secretName', secret])
  if (route !== undefined) found.push(...ofRoute(route, find('Gateway', GATEWAY) !== undefined))
  if (service?.spec?.loadBalancerSourceRanges) found.push(['allowFrom', service.spec.loadBalancerSourceRanges])
  if (find('Service', `${GATEWAY}-config`) !== undefined) found.push(['privateConfig', true])
  const type = service?.spec?.type
  const row =
    EXPOSURES.find(({ source }) => source !== 'Service' && find(source, GATEWAY) !== undefined) ??
    EXPOSURES.find(({ source, serviceType }) => source === 'Service' && serviceType === type)
  const size = etcd?.spec?.size ?? etcd?.spec?.replicas
  const [config, events] = ['config', 'events'].map(name => service && portOf(service, name, 'nodePort'))
  return {
    settings: Object.fromEntries(found.filter(isUnusual)),
    ...(row && { exposure: row.id }),
    ...(size !== undefined && etcdName !== undefined && { etcdSize: Number(size) }),
    nodePorts: { ...(config && { config }), ...(events && { events }) },
  }
}

/** Whether it is a value that the setting can have and has not by default. */
function isUnusual([path, value]: Setting): boolean {
  if (value === FILLED_IN[path]) return false
  const row = SETTINGS.find(each => each.path === path)
  const read = row?.type.read(value)
  return read !== undefined && 'value' in read && JSON.stringify(read.value) !== JSON.stringify(row?.default)
}

/** The values at the placeholders of a template that are settings themselves. */
function settingsIn(template: unknown, live: unknown): Setting[] {
  if (live === undefined || live === null) return []
  if (typeof template === 'string') {
    const path = /^\$\{([\w.]+)\}$/.exec(template)?.[1]
    const isSetting = SETTINGS.some(row => row.path === path) && !AMBIGUOUS.includes(path ?? '')
    return isSetting ? [[path as Path, live]] : []
  }
  if (typeof template !== 'object' || template === null || typeof live !== 'object') return []
  const fields = live as Readonly<Record<string, unknown>>
  return Object.entries(template).flatMap(([key, field]) =>
    settingsIn(field, Array.isArray(live) && isNamed(field) ? named(live, field.name) : fields[key]),
  )
}

type Named = { name: string }
const isNamed = (item: unknown): item is Named => typeof (item as Named | null)?.name === 'string'
/** One Service has fewer ports than the other. */
const named = (list: readonly unknown[], name: string): unknown =>
  list.find(item => isNamed(item) && item.name === name)

/** Image and arguments, which templates have under names of their own, and where the etcd is that the arguments name. */
function ofGateway({ spec }: KubeObject, etcd: KubeObject | undefined): Setting[] {
  const { image = '', args = [] } = (spec?.template?.spec?.containers?.[0] ?? {}) as { image?: string; args?: string[] }
  const [, repository, tag] = /^(.+?)[:@]((?:sha256:)?[^:/@]+)$/.exec(image) ?? []
  const mode: EtcdMode = etcd === undefined ? 'external' : etcd.kind === 'EtcdCluster' ? 'operator' : 'statefulset'
  const hosts = etcdHosts({ command: args, etcd_cluster_name: '', 'etcd.endpoints': [] })
  const usual = `-db-hosts=${mode === 'external' ? hosts.join(',') : `${etcd?.metadata.name}-client:2379`}`
  return [
    ['images.repository', repository],
    ['images.tag', tag],
    ['etcd.mode', mode],
    ...(mode === 'external' ? [['etcd.endpoints', hosts] as const] : []),
    ['command', args[0] === usual ? args.slice(1) : args],
  ]
}

/** The host and, unless it is our own, the Gateway of the HTTPRoute. */
function ofRoute({ spec }: KubeObject, isOwn: boolean): Setting[] {
  const { name = '', namespace, sectionName } = (spec?.parentRefs?.[0] ?? {}) as Record<string, string | undefined>
  const gateway = `${namespace ? `${namespace}/` : ''}${name}${sectionName ? `#${sectionName}` : ''}`
  return [['host', spec?.hostnames?.[0] ?? ''], ...(isOwn ? [] : [['gatewayApi.gateway', gateway] as const])]
}
