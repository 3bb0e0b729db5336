import * as v from 'valibot'
import { GATEWAY_API } from './gateway-api-shapes.ts'
import type { KindName } from './kinds.ts'
import type { KubeObject } from './object.ts'
import { conditions, flag, list, need, number, object, type Shape, some, text, texts } from './schema-parts.ts'

export type { Shape, ShapeOf } from './schema-parts.ts'

/*
 * What of each kind is read, and which type it has: as much as the code relies on, all else may be as it likes. What is null
 * in an answer is absent here, as it is to an API server.
 */

const resources = some({ requests: texts, limits: texts })
const containers = v.array(
  need({
    name: text,
    image: text,
    args: list(v.string()),
    resources,
    ports: list(need({ name: text, containerPort: number })),
  }),
)
const pod = {
  containers,
  nodeName: text,
  volumes: list(need({ name: text, persistentVolumeClaim: some({ claimName: text }) })),
}
const end = some({ reason: text, exitCode: number, finishedAt: text })
const state = some({
  waiting: some({ reason: text, message: text }),
  running: some({ startedAt: text }),
  terminated: end,
})
const containerStatuses = list(
  need({ name: text, image: text, ready: flag, restartCount: number, state, lastState: state }),
)
const workload = object({
  spec: need({
    replicas: number,
    selector: some({ matchLabels: texts }),
    template: need({ metadata: some({ labels: texts, annotations: texts }), spec: need(pod) }),
  }),
  status: some({
    observedGeneration: number,
    replicas: number,
    readyReplicas: number,
    updatedReplicas: number,
    availableReplicas: number,
    currentRevision: text,
    updateRevision: text,
    conditions,
  }),
})
const claim = {
  storageClassName: text,
  volumeName: text,
  accessModes: list(v.string()),
  resources,
}
const loadBalancer = some({ ingress: list(need({ ip: text, hostname: text })) })
const anything = object({})
const subjects = list(need({ kind: text, name: text, namespace: text }))
const binding = object({ roleRef: some({ kind: text, name: text }), subjects })
const rules = list(need({ apiGroups: list(v.string()), resources: list(v.string()), verbs: list(v.string()) }))
const role = object({ rules })
/** Where kinds hold a list of amounts. */
const limits = list(need({ type: text, min: texts, max: texts, default: texts, defaultRequest: texts }))

/** What each kind has to look like, wherever it comes from. */
const SHAPES: Readonly<Record<KindName, Shape<KubeObject>>> = {
  ClusterRole: role,
  ClusterRoleBinding: binding,
  ConfigMap: object({ data: texts }),
  CustomResourceDefinition: object({
    spec: some({ versions: list(need({ name: text, served: flag })), names: some({ kind: text }) }),
    status: some({ conditions }),
  }),
  Deployment: workload,
  EtcdCluster: object({ spec: some({ size: number, version: text }) }),
  Event: object({
    type: text,
    reason: text,
    message: text,
    count: number,
    lastTimestamp: text,
    eventTime: text,
    series: some({ count: number, lastObservedTime: text }),
    involvedObject: some({ kind: text, name: text, namespace: text, uid: text }),
  }),
  ...GATEWAY_API,
  Ingress: object({
    spec: some({
      ingressClassName: text,
      rules: list(need({ host: text, http: some({ paths: list(need({ path: text })) }) })),
    }),
    status: some({ loadBalancer }),
  }),
  IngressClass: object({ spec: some({ controller: text }) }),
  Lease: object({
    spec: some({ holderIdentity: text, leaseDurationSeconds: number, acquireTime: text, renewTime: text }),
  }),
  LimitRange: object({ spec: some({ limits }) }),
  Namespace: object({ status: some({ phase: text, conditions }) }),
  NetworkPolicy: anything,
  Node: object({
    spec: some({ providerID: text, unschedulable: flag, taints: list(need({ key: text, effect: text })) }),
    status: some({
      addresses: list(need({ type: v.string(), address: v.string() })),
      allocatable: texts,
      conditions,
      nodeInfo: some({ architecture: text, kernelVersion: text }),
    }),
  }),
  PersistentVolumeClaim: object({ spec: some(claim), status: some({ phase: text, capacity: texts, conditions }) }),
  Pod: object({
    spec: need(pod),
    status: some({
      phase: text,
      conditions,
      podIP: text,
      initContainerStatuses: containerStatuses,
      containerStatuses,
    }),
  }),
  PodDisruptionBudget: anything,
  ReplicaSet: workload,
  ResourceQuota: object({
    spec: need({ hard: texts, scopes: list(v.string()), scopeSelector: some({}) }),
    status: some({ hard: texts, used: texts }),
  }),
  Role: role,
  RoleBinding: binding,
  Secret: object({ type: text, data: texts }),
  Service: object({
    spec: some({
      type: text,
      clusterIP: text,
      selector: texts,
      ports: list(need({ name: text, port: number, nodePort: number, protocol: text })),
      healthCheckNodePort: number,
      loadBalancerClass: text,
      loadBalancerSourceRanges: list(v.string()),
    }),
    status: some({ loadBalancer, conditions }),
  }),
  ServiceAccount: anything,
  StatefulSet: workload,
  StorageClass: object({ provisioner: text, parameters: texts, volumeBindingMode: text }),
}

/** The shape of a kind; throws if the table lacks it, which is a bug. */
export function shapeOf(kind: string): Shape<KubeObject> {
  if (!Object.hasOwn(SHAPES, kind)) throw new Error(`the kind ${kind} has no row in SHAPES`)
  return SHAPES[kind as KindName]
}

/** A page of a list, whose items are of one kind. */
export const pageOf = <T>(item: Shape<T>) =>
  need({ apiVersion: text, metadata: some({ continue: text, remainingItemCount: number }), items: list(item) })

/** /version, /apis, and the other answers that are no objects. */
export const VERSION = need({ gitVersion: text, platform: text })
export const API_GROUPS = need({ groups: list(need({ name: v.string() })) })
/** A list as kubectl get shows it. */
export const TABLE = need({
  columnDefinitions: v.array(need({ name: v.string() })),
  rows: list(need({ cells: v.array(v.unknown()) })),
})
export const ANY_PAGE = pageOf(object({ type: text }))
/** Discovery, aggregated (`items`) or plain. */
export const DISCOVERY = need({
  kind: text,
  versions: list(v.string()),
  groups: list(need({ name: v.string(), preferredVersion: need({ version: v.string() }) })),
  items: list(
    need({
      metadata: some({ name: text }),
      versions: list(
        need({
          version: text,
          resources: list(
            need({ resource: v.string(), scope: text, verbs: v.array(v.string()), responseKind: some({ kind: text }) }),
          ),
        }),
      ),
    }),
  ),
})
export const RESOURCES = need({
  resources: list(need({ name: v.string(), namespaced: flag, kind: v.string(), verbs: v.array(v.string()) })),
})
export const ACCESS_REVIEW = need({ status: some({ allowed: flag }) })
