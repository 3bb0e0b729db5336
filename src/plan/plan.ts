import templates from 'templates'
import { type Exposure, exposureRow } from '../endpoints/exposures.ts'
import type { KubeObject } from '../kube/object.ts'
import { gatewayArgs, gatewayPorts } from '../settings/gateway-args.ts'
import type { Settings } from '../settings/rows.ts'
import { fill } from './fill.ts'
import { COMPONENT, type Component, objectLabels, podLabels, type Release } from './labels.ts'

/** The operator's own namespace, as in its published manifest: it serves the whole cluster. */
export const OPERATOR_NAMESPACE = 'etcd-operator-system'
export const GATEWAY = 'eg-event-gateway'

export type StageId = 'operator' | 'etcd' | 'gateway'

/** Objects that are applied together and waited for together. */
export type Stage = { id: StageId; title: string; release: Release; objects: readonly KubeObject[] }

export type Plan = { namespace: string; etcdSize: number; etcdName: string; stages: readonly Stage[] }

/** What the plan depends on beyond the settings: all of it is known before anything is written. */
export type Choices = {
  namespace: string
  settings: Settings
  exposure: Exposure
  etcdSize: number
  /** Left out where they are not ours to create or to change. */
  without: ReadonlySet<'gateway-namespace' | 'operator-namespace' | 'operator' | 'custom-resource-definition'>
  /** nodePorts that the gateway had before: a Service that is made again gets them again. */
  nodePorts?: { config: number; events: number } | undefined
}

type StageRow = { id: StageId; release: Release; title: string; templates: readonly string[] }

/** Every object that is installed, by its file under templates/, in the order of the stages. */
const STAGES: readonly StageRow[] = [
  {
    id: 'operator',
    release: 'ego',
    title: 'etcd operator',
    templates: [
      'etcd-operator/namespace',
      'etcd-operator/custom-resource-definition',
      'etcd-operator/service-account',
      'etcd-operator/leader-election-role',
      'etcd-operator/leader-election-role-binding',
      'etcd-operator/manager-role',
      'etcd-operator/manager-role-binding',
      'etcd-operator/deployment',
    ],
  },
  {
    id: 'etcd',
    release: 'eg',
    title: 'etcd',
    templates: ['event-gateway/namespace', 'event-gateway/etcd-cluster', 'event-gateway/etcd-client-service'],
  },
  {
    id: 'gateway',
    release: 'eg',
    title: 'Event Gateway',
    templates: ['event-gateway/deployment', 'event-gateway/service'],
  },
]

/** The objects that setup applies, in stages. Pure: the same choices give the same plan. */
export function makePlan(choices: Choices): Plan {
  const values = valuesOf(choices)
  const { without, settings, namespace, etcdSize } = choices
  const isLeftOut = (template: string) =>
    (template === 'event-gateway/namespace' && without.has('gateway-namespace')) ||
    (template === 'etcd-operator/namespace' && without.has('operator-namespace')) ||
    (template === 'etcd-operator/custom-resource-definition' && without.has('custom-resource-definition')) ||
    (template.startsWith('etcd-operator/') && without.has('operator'))
  const stages = STAGES.map(({ id, release, title, templates: files }) => ({
    id,
    release,
    title,
    objects: files.filter(file => !isLeftOut(file)).map(file => makeObject(file, values, settings)),
  }))
  return { namespace, etcdSize, etcdName: settings['etcd_cluster_name'], stages }
}

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
function valuesOf({ settings, namespace, exposure, etcdSize, nodePorts }: Choices): Record<string, unknown> {
  const ports = gatewayPorts(settings)
  const { serviceType } = exposureRow(exposure)
  const hasNodePorts = serviceType !== 'ClusterIP'
  return {
    ...settings,
    namespace,
    'operator.namespace': OPERATOR_NAMESPACE,
    'operator.image': image(settings['operator.image.repository'], settings['operator.image.tag']),
    pullSecrets: settings['images.pullSecrets'].map(name => ({ name })),
    'labels.etcd': podLabels('etcd'),
    'labels.gateway': podLabels('gateway'),
    'etcd.size': etcdSize,
    'etcd.storage.className': settings['etcd.storage.className'] || undefined,
    'gateway.image': image(settings['images.repository'], settings['images.tag']),
    'gateway.args': gatewayArgs(settings),
    'gateway.configPort': ports.config,
    'gateway.eventsPort': ports.events,
    'service.type': serviceType,
    'service.config.nodePort': hasNodePorts ? settings['service.config.nodePort'] || nodePorts?.config : undefined,
    'service.events.nodePort': hasNodePorts ? settings['service.events.nodePort'] || nodePorts?.events : undefined,
  }
}
