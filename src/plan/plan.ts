import templates from 'templates'
import { type Exposure, exposureRow } from '../endpoints/exposures.ts'
import type { KubeObject } from '../kube/object.ts'
import { etcdHosts, gatewayArgs, gatewayPorts } from '../settings/gateway-args.ts'
import { ANY } from '../settings/reach.ts'
import type { Settings } from '../settings/rows.ts'
import { fill } from './fill.ts'
import { COMPONENT, type Component, objectLabels, podLabels, type Release } from './labels.ts'

/** The operator's own namespace, as in its published manifest: it serves the whole cluster. */
export const OPERATOR_NAMESPACE = 'etcd-operator-system'
export const GATEWAY = 'eg-event-gateway'

export type StageId = 'operator' | 'etcd' | 'gateway'

/** Objects that are applied together and waited for together. */
export type Stage = { id: StageId; title: string; release: Release; objects: readonly KubeObject[] }

export type EtcdMode = Settings['etcd.mode']

export type Plan = {
  namespace: string
  etcdMode: EtcdMode
  /** 0 for an etcd of somebody else's. */
  etcdSize: number
  etcdName: string
  /** Where the gateway looks for it, as pods see it. */
  etcdHosts: readonly string[]
  stages: readonly Stage[]
}

/** What may be in the cluster already without being ours. */
export type Part = 'gateway-namespace' | 'operator-namespace' | 'operator' | 'definition'

/** What the plan depends on beyond the settings: all of it is known before anything is written. */
export type Choices = {
  namespace: string
  settings: Settings
  exposure: Exposure
  etcdSize: number
  /** Left out: they are there already and not ours to change. */
  without: ReadonlySet<Part>
  /** Where the operator runs that looks after the etcd. */
  operatorNamespace: string
  /** What the provider's load balancers have to be told on this kind of cluster. */
  annotations: Readonly<Record<string, string>>
  /** nodePorts that the gateway had before: a Service that is made again gets them again. */
  nodePorts?: { config?: number; events?: number } | undefined
}

type When = (choices: Choices) => boolean
type StageRow = {
  id: StageId
  release: Release
  title: string
  /** Whether there is such a stage at all. */
  when: When
  templates: readonly (readonly [file: string, when: When])[]
}

const always: When = () => true
const unless =
  (part: Part): When =>
  ({ without }) =>
    !without.has(part)
const operator = unless('operator')
const configIsPublic: When = ({ settings }) => !settings.privateConfig
const configIsPrivate: When = ({ settings }) => settings.privateConfig
const etcdIs =
  (...modes: EtcdMode[]): When =>
  ({ settings }) =>
    modes.includes(settings['etcd.mode'])
const both =
  (one: When, other: When): When =>
  choices =>
    one(choices) && other(choices)
const isIngress: When = ({ exposure }) => exposure === 'ingress'

/** Every object that is installed, by its file under templates/, and when; in the order of the stages. */
const STAGES: readonly StageRow[] = [
  {
    id: 'operator',
    release: 'ego',
    title: 'etcd operator',
    when: etcdIs('operator'),
    templates: [
      ['etcd-operator/namespace', both(operator, unless('operator-namespace'))],
      ['etcd-operator/custom-resource-definition', both(operator, unless('definition'))],
      ['etcd-operator/service-account', operator],
      ['etcd-operator/leader-election-role', operator],
      ['etcd-operator/leader-election-role-binding', operator],
      ['etcd-operator/manager-role', operator],
      ['etcd-operator/manager-role-binding', operator],
      ['etcd-operator/deployment', operator],
    ],
  },
  {
    id: 'etcd',
    release: 'eg',
    title: 'etcd',
    when: etcdIs('operator', 'statefulset'),
    templates: [
      ['event-gateway/namespace', unless('gateway-namespace')],
      ['event-gateway/etcd-network-policy', always],
      ['event-gateway/etcd-operator-network-policy', etcdIs('operator')],
      ['event-gateway/etcd-cluster', etcdIs('operator')],
      ['event-gateway/etcd-client-service', always],
      ['event-gateway/etcd-peer-service', etcdIs('statefulset')],
      ['event-gateway/etcd-stateful-set', etcdIs('statefulset')],
      ['event-gateway/etcd-disruption-budget', both(etcdIs('statefulset'), ({ etcdSize }) => etcdSize > 1)],
    ],
  },
  {
    id: 'gateway',
    release: 'eg',
    title: 'Event Gateway',
    when: always,
    templates: [
      ['event-gateway/namespace', both(etcdIs('external'), unless('gateway-namespace'))],
      ['event-gateway/deployment', always],
      ['event-gateway/service', configIsPublic],
      ['event-gateway/service-events', configIsPrivate],
      ['event-gateway/service-config', configIsPrivate],
      ['event-gateway/ingress', both(isIngress, configIsPublic)],
      ['event-gateway/ingress-events', both(isIngress, configIsPrivate)],
    ],
  },
]

/** The objects that setup applies, in stages. Pure: the same choices give the same plan. */
export function makePlan(choices: Choices): Plan {
  const values = valuesOf(choices)
  const { settings, namespace } = choices
  const stages = STAGES.filter(({ when }) => when(choices)).map(({ id, release, title, templates: rows }) => ({
    id,
    release,
    title,
    objects: rows.filter(([, when]) => when(choices)).map(([file]) => makeObject(file, values, settings)),
  }))
  const { 'etcd.mode': etcdMode, etcd_cluster_name: etcdName } = settings
  const etcdSize = etcdMode === 'external' ? 0 : choices.etcdSize
  return { namespace, etcdMode, etcdSize, etcdName, etcdHosts: etcdHosts(settings), stages }
}

/** The gateway's namespace where the plan has it; else it is there already. */
export const namespaceOf = ({ stages, namespace }: Plan): KubeObject | undefined =>
  stages
    .flatMap(({ objects }) => objects)
    .find(({ kind, metadata }) => kind === 'Namespace' && metadata.name === namespace)

const VERSION_OF = {
  operator: 'operator.image.tag',
  etcd: 'etcd.version',
  gateway: 'images.tag',
} as const satisfies Partial<Record<Component, keyof Settings>>

function makeObject(template: string, values: Readonly<Record<string, unknown>>, settings: Settings): KubeObject {
  const object = fill(templates[template], values, template) as KubeObject
  const component = object.metadata.labels?.[COMPONENT] as keyof typeof VERSION_OF
  const labels = { ...object.metadata.labels, ...objectLabels(component, settings[VERSION_OF[component]]) }
  return { ...object, metadata: { ...object.metadata, labels } }
}

/** An image by tag or by digest: "repository:tag", "repository@sha256:…". */
const image = (repository: string, tag: string): string =>
  tag.startsWith('sha256:') ? `${repository}@${tag}` : `${repository}:${tag}`

/** Everything a template may ask for: the settings by their paths, and what follows from them. */
function valuesOf(choices: Choices): Record<string, unknown> {
  const { settings, namespace, exposure, etcdSize, nodePorts } = choices
  const { etcd_cluster_name: etcdName } = settings
  const members = Array.from({ length: etcdSize }, (_, member) => `${etcdName}-${member}`)
  const ports = gatewayPorts(settings)
  const { serviceType } = exposureRow(exposure)
  const nodePort = (name: 'config' | 'events') =>
    serviceType === 'ClusterIP' ? undefined : settings[`service.${name}.nodePort`] || nodePorts?.[name] || undefined
  const isLimited = serviceType === 'LoadBalancer' && settings.allowFrom.length > 0 && settings.allowFrom[0] !== ANY
  return {
    ...settings,
    namespace,
    'operator.namespace': choices.operatorNamespace,
    'operator.image': image(settings['operator.image.repository'], settings['operator.image.tag']),
    pullSecrets: settings['images.pullSecrets'].map(name => ({ name })),
    'labels.etcd': podLabels('etcd'),
    'labels.gateway': podLabels('gateway'),
    // With those that the operator gives its pods: selectors, and so Services and policies, are the same for both.
    'labels.etcdMember': { ...podLabels('etcd'), app: etcdName, controller: etcdName },
    'etcd.size': etcdSize,
    'etcd.image': `${settings['etcd.imageRegistry']}:${settings['etcd.version']}`,
    'etcd.initialCluster': members.map(member => `${member}=http://${member}.${etcdName}:2380`).join(','),
    'etcd.storage.className': settings['etcd.storage.className'] || undefined,
    'gateway.image': image(settings['images.repository'], settings['images.tag']),
    'gateway.args': gatewayArgs(settings),
    'gateway.configPort': ports.config,
    'gateway.eventsPort': ports.events,
    'service.type': serviceType,
    'service.annotations': {
      ...(serviceType === 'LoadBalancer' ? choices.annotations : {}),
      ...settings['service.annotations'],
    },
    'service.sourceRanges': isLimited ? settings.allowFrom : undefined,
    'service.config.nodePort': nodePort('config'),
    'service.events.nodePort': nodePort('events'),
    'ingress.host': settings['ingress.host'] || undefined,
    'ingress.className': settings['ingress.className'] || undefined,
  }
}
