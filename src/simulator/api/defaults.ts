import type { KubeObject } from '../../kube/object.ts'

// biome-ignore lint/suspicious/noExplicitAny: objects of any kind, as JSON
type Json = any

/** Sets fields that are absent. */
const fill = (object: Json, fields: object) => {
  for (const [key, value] of Object.entries(fields)) object[key] ??= value
}

const PROBE = { timeoutSeconds: 1, periodSeconds: 10, successThreshold: 1, failureThreshold: 3 }

function container(spec: Json) {
  const tag = /[:@]([^/]*)$/.exec(spec.image ?? '')?.[1]
  fill(spec, {
    imagePullPolicy: tag === undefined || tag === 'latest' ? 'Always' : 'IfNotPresent',
    resources: {},
  })
  for (const port of spec.ports ?? []) fill(port, { protocol: 'TCP' })
  for (const { valueFrom } of spec.env ?? []) if (valueFrom?.fieldRef) fill(valueFrom.fieldRef, { apiVersion: 'v1' })
  for (const probe of [spec.livenessProbe, spec.readinessProbe, spec.startupProbe])
    if (probe) {
      fill(probe, PROBE)
      if (probe.httpGet) fill(probe.httpGet, { path: '/', scheme: 'HTTP' })
    }
}

function podSpec(spec: Json) {
  fill(spec, {
    restartPolicy: 'Always',
    terminationGracePeriodSeconds: 30,
    securityContext: {},
  })
  spec.serviceAccount ??= spec.serviceAccountName
  spec.serviceAccountName ??= spec.serviceAccount
  for (const each of [...(spec.initContainers ?? []), ...(spec.containers ?? [])]) container(each)
  if (spec.serviceAccount === undefined) {
    delete spec.serviceAccount
    delete spec.serviceAccountName
  }
}

function claim(spec: Json) {
  fill(spec, { volumeMode: 'Filesystem' })
}

/** By kind: what the API server adds to the fields that were sent. */
const DEFAULTS: Readonly<Record<string, (object: Json) => void>> = {
  Deployment: ({ spec }) => {
    const rollingUpdate = { maxUnavailable: '25%', maxSurge: '25%' }
    fill(spec, { replicas: 1, strategy: {}, revisionHistoryLimit: 10, progressDeadlineSeconds: 600 })
    fill(spec.strategy, { type: 'RollingUpdate' })
    if (spec.strategy.type === 'RollingUpdate') {
      spec.strategy.rollingUpdate ??= {}
      fill(spec.strategy.rollingUpdate, rollingUpdate)
    }
    podSpec(spec.template.spec)
  },
  ReplicaSet: ({ spec }) => {
    fill(spec, { replicas: 1 })
    podSpec(spec.template.spec)
  },
  StatefulSet: ({ spec }) => {
    const persistentVolumeClaimRetentionPolicy = { whenDeleted: 'Retain', whenScaled: 'Retain' }
    const updateStrategy = { type: 'RollingUpdate', rollingUpdate: { partition: 0 } }
    fill(spec, { replicas: 1, podManagementPolicy: 'OrderedReady', updateStrategy, revisionHistoryLimit: 10 })
    fill(spec, { persistentVolumeClaimRetentionPolicy, serviceName: '' })
    podSpec(spec.template.spec)
    for (const template of spec.volumeClaimTemplates ?? []) {
      fill(template, { apiVersion: 'v1', kind: 'PersistentVolumeClaim', status: { phase: 'Pending' } })
      claim(template.spec)
    }
  },
  Pod: ({ spec }) => {
    fill(spec, { serviceAccountName: 'default' })
    podSpec(spec)
    for (const { resources } of [...(spec.initContainers ?? []), ...spec.containers])
      if (resources.limits) resources.requests = { ...resources.limits, ...resources.requests }
  },
  PersistentVolumeClaim: ({ spec }) => claim(spec),
  PersistentVolume: ({ spec }) => fill(spec, { persistentVolumeReclaimPolicy: 'Retain', volumeMode: 'Filesystem' }),
  Service: ({ spec, status }) => {
    fill(spec, { type: 'ClusterIP', sessionAffinity: 'None' })
    if (spec.type !== 'ExternalName') fill(spec, { internalTrafficPolicy: 'Cluster' })
    if (spec.type === 'NodePort' || spec.type === 'LoadBalancer') fill(spec, { externalTrafficPolicy: 'Cluster' })
    if (spec.type === 'LoadBalancer') fill(spec, { allocateLoadBalancerNodePorts: true })
    for (const port of spec.ports ?? []) {
      fill(port, { protocol: 'TCP' })
      fill(port, { targetPort: port.port })
    }
    for (const entry of status?.loadBalancer?.ingress ?? []) if (entry.ip) fill(entry, { ipMode: 'VIP' })
  },
  Secret: object => {
    fill(object, { type: 'Opaque' })
    for (const [name, text] of Object.entries((object.stringData ?? {}) as Record<string, string>))
      object.data = { ...object.data, [name]: Buffer.from(text).toString('base64') }
    delete object.stringData
  },
  StorageClass: object => fill(object, { reclaimPolicy: 'Delete', volumeBindingMode: 'Immediate' }),
  Namespace: object => {
    object.metadata.labels = { ...object.metadata.labels, 'kubernetes.io/metadata.name': object.metadata.name }
    object.spec ??= {}
    fill(object.spec, { finalizers: ['kubernetes'] })
  },
  CustomResourceDefinition: ({ spec }) => {
    fill(spec, { conversion: { strategy: 'None' } })
    fill(spec.names, { singular: spec.names.kind.toLowerCase(), listKind: `${spec.names.kind}List` })
  },
  RoleBinding: binding,
  ClusterRoleBinding: binding,
  NetworkPolicy: ({ spec }) => {
    fill(spec, { policyTypes: spec.egress ? ['Ingress', 'Egress'] : ['Ingress'], podSelector: {} })
    for (const rule of [...(spec.ingress ?? []), ...(spec.egress ?? [])])
      for (const port of rule.ports ?? []) fill(port, { protocol: 'TCP' })
  },
}

function binding(object: Json) {
  fill(object.roleRef, { apiGroup: 'rbac.authorization.k8s.io' })
  for (const subject of object.subjects ?? [])
    if (subject.kind !== 'ServiceAccount') fill(subject, { apiGroup: 'rbac.authorization.k8s.io' })
}

/** A copy with the fields filled in that the API server fills in before it validates. */
export function withDefaults(object: KubeObject, custom: boolean): KubeObject {
  const copy = structuredClone(object)
  if (!custom) DEFAULTS[object.kind]?.(copy)
  for (const [holder, name] of [
    [copy.metadata, 'labels'],
    [copy.metadata, 'annotations'],
    ...(custom ? [] : [[copy, 'data']]),
  ] as [Json, string][])
    if (holder[name] && Object.keys(holder[name]).length === 0) delete holder[name]
  return copy
}
