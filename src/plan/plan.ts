import templates from 'templates'
import type { KubeObject } from '../kube/object.ts'
import { COMPONENT, type Component, MANAGED_BY, MANAGER, podLabels, type Release, VERSION } from '../names.ts'
import { etcdHosts } from '../settings/gateway-args.ts'
import type { Settings } from '../settings/setting-rows.ts'
import type { Choices } from './derived-row.ts'
import { fill } from './fill-template.ts'
import { holds, valuesOf, type When } from './values.ts'

export type StageId = 'operator' | 'etcd' | 'gateway'

/** Objects that are applied together and waited for together. */
export type Stage = { id: StageId; title: string; release: Release; objects: readonly KubeObject[] }

export type EtcdMode = Settings['etcd.mode']

export type Plan = {
  namespace: string
  etcdMode: EtcdMode
  /** 0 for an external etcd. */
  etcdSize: number
  etcdName: string
  /** The endpoints of etcd that the gateway uses, as seen from pods. */
  etcdHosts: readonly string[]
  /** Names of the ports whose node port was allocated earlier and not requested: the cluster may allocate another one. */
  formerNodePorts: readonly string[]
  stages: readonly Stage[]
}

type StageRow = {
  id: StageId
  release: Release
  title: string
  /** Whether there is such a stage at all. */
  when?: When
  templates: readonly (readonly [file: string, when?: When])[]
}

const operator: When = { 'install.operator': true }
const configIsPublic: When = { privateConfig: false }
const configIsPrivate: When = { privateConfig: true }
const byOperator: When = { 'etcd.mode': 'operator' }
const byStatefulSet: When = { 'etcd.mode': 'statefulset' }
const isIngress: When = { exposure: 'ingress' }
const isGatewayApi: When = { exposure: 'gateway-api' }

/** Every object that is installed, by its file under templates/, and when; in the order of the stages. */
export const STAGES: readonly StageRow[] = [
  {
    id: 'operator',
    release: 'ego',
    title: 'etcd operator',
    when: byOperator,
    templates: [
      ['etcd-operator/namespace', { ...operator, 'install.operator-namespace': true }],
      ['etcd-operator/custom-resource-definition', { ...operator, 'install.definition': true }],
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
    when: { 'etcd.mode': ['operator', 'statefulset'] },
    templates: [
      ['event-gateway/namespace', { 'install.gateway-namespace': true }],
      ['event-gateway/etcd-network-policy'],
      ['event-gateway/etcd-operator-network-policy', byOperator],
      ['event-gateway/etcd-cluster', byOperator],
      ['event-gateway/etcd-client-service'],
      ['event-gateway/etcd-peer-service', byStatefulSet],
      ['event-gateway/etcd-stateful-set', byStatefulSet],
      ['event-gateway/etcd-disruption-budget', { ...byStatefulSet, 'etcd.isReplicated': true }],
    ],
  },
  {
    id: 'gateway',
    release: 'eg',
    title: 'Event Gateway',
    templates: [
      ['event-gateway/namespace', { 'etcd.mode': 'external', 'install.gateway-namespace': true }],
      ['event-gateway/deployment'],
      ['event-gateway/service', configIsPublic],
      ['event-gateway/service-events', configIsPrivate],
      ['event-gateway/service-config', configIsPrivate],
      ['event-gateway/ingress', { ...isIngress, ...configIsPublic }],
      ['event-gateway/ingress-events', { ...isIngress, ...configIsPrivate }],
      ['event-gateway/gateway', { ...isGatewayApi, 'gateway.isOwn': true }],
      ['event-gateway/http-route', { ...isGatewayApi, ...configIsPublic }],
      ['event-gateway/http-route-events', { ...isGatewayApi, ...configIsPrivate }],
    ],
  },
]

const NODE_PORTS = ['config', 'events'] as const

/** The objects that setup applies, in stages. Pure: the same choices give the same plan. */
export function makePlan(choices: Choices): Plan {
  const values = valuesOf(choices)
  const { settings, namespace } = choices
  const stages = STAGES.filter(({ when = {} }) => holds(when, values)).map(
    ({ id, release, title, templates: rows }) => ({
      id,
      release,
      title,
      objects: rows
        .filter(([, when = {}]) => holds(when, values))
        .map(([file]) => fill(labelled(file), values, file) as KubeObject),
    }),
  )
  const { 'etcd.mode': etcdMode, etcd_cluster_name: etcdName } = settings
  const etcdSize = etcdMode === 'external' ? 0 : choices.etcdSize
  const formerNodePorts = NODE_PORTS.filter(
    name => !settings[`service.${name}.nodePort`] && choices.nodePorts?.[name] !== undefined,
  )
  return { namespace, etcdMode, etcdSize, etcdName, etcdHosts: etcdHosts(settings), formerNodePorts, stages }
}

/** A namespace where the plan has it; else it is there already. */
export const namespaceOf = ({ stages }: Plan, name: string): KubeObject | undefined =>
  stages.flatMap(({ objects }) => objects).find(({ kind, metadata }) => kind === 'Namespace' && metadata.name === name)

/** The template of an object with the labels that every object of its component has. */
export function labelled(template: string): KubeObject {
  const object = templates[template] as KubeObject
  const component = object.metadata.labels?.[COMPONENT] as Component
  const labels = {
    ...object.metadata.labels,
    ...podLabels(component),
    [VERSION]: `\${version.${component}}`,
    // Whatever applies the rest, namespaces are made by ourselves.
    [MANAGED_BY]: object.kind === 'Namespace' ? MANAGER : '${manager}',
  }
  return { ...object, metadata: { ...object.metadata, labels } }
}
