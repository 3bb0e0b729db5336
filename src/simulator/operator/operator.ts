import type { KubeObject } from '../../kube/object.ts'

/** The Kubernetes API as the operator uses it. */
export type OperatorKube = {
  readonly get: (
    kind: 'StatefulSet' | 'Service' | 'ConfigMap',
    namespace: string,
    name: string,
  ) => Promise<KubeObject | undefined>
  /** EtcdClusters of all namespaces. */
  readonly clusters: () => Promise<KubeObject[]>
  readonly create: (object: KubeObject) => Promise<void>
  readonly update: (object: KubeObject) => Promise<void>
}

export type Member = { id: string; name: string; peerUrl: string; isLearner: boolean }

/** etcd's membership as the operator uses it. All reject when no member answers or there is no quorum. */
export type EtcdMembership = {
  readonly list: (endpoints: readonly string[]) => Promise<Member[]>
  readonly addLearner: (endpoints: readonly string[], peerUrl: string) => Promise<void>
  readonly promote: (endpoints: readonly string[], id: string) => Promise<void>
  readonly remove: (endpoints: readonly string[], id: string) => Promise<void>
  /** Of one member: who it is, and whether a learner has caught up with its leader. */
  readonly health: (endpoint: string) => Promise<{ id: string; isCaughtUp: boolean }>
}

export type OperatorOptions = {
  kube: OperatorKube
  etcd: EtcdMembership
  /** Waits so many ms; rejects once the operator is stopped. */
  sleep: (ms: number) => Promise<void>
  log: (line: object) => void
  imageRegistry?: string
}

const REGISTRY = 'gcr.io/etcd-development/etcd'
const REQUEUE = 10_000
const STEPS = [3_000, 6_000, 12_000, 24_000]

const labelsOf = ({ metadata: { name } }: KubeObject) => ({ app: name, controller: name })
const peerUrl = ({ metadata: { name, namespace } }: KubeObject, index: number) =>
  `http://${name}-${index}.${name}.${namespace}.svc.cluster.local:2380`
const clientUrls = ({ metadata: { name, namespace } }: KubeObject, count: number) =>
  Array.from({ length: count }, (_, index) => `http://${name}-${index}.${name}.${namespace}.svc.cluster.local:2379`)

const ownedBy = ({ apiVersion, kind, metadata: { name, uid } }: KubeObject) => [
  { apiVersion, kind, name, uid: uid!, controller: true, blockOwnerDeletion: true },
]

function stateMap(cluster: KubeObject, replicas: number): KubeObject {
  const { name, namespace } = cluster.metadata
  const peers = Array.from({ length: replicas }, (_, index) => `${name}-${index}=${peerUrl(cluster, index)}`)
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: `${name}-state`, namespace: namespace!, ownerReferences: ownedBy(cluster) },
    data: {
      ETCD_INITIAL_CLUSTER_STATE: replicas > 1 ? 'existing' : 'new',
      ETCD_INITIAL_CLUSTER: peers.join(','),
      ETCD_DATA_DIR: '/var/lib/etcd',
    },
  }
}

const flagName = (option: string) => option.split(/[= ]/)[0]

/** The user's options replace defaults of the same name. */
function argsOf({ metadata: { name }, spec }: KubeObject): string[] {
  const options: string[] = spec.etcdOptions ?? []
  const host = `http://$(POD_NAME).${name}.$(POD_NAMESPACE).svc.cluster.local`
  const defaults = [
    '--name=$(POD_NAME)',
    '--listen-peer-urls=http://0.0.0.0:2380',
    '--listen-client-urls=http://0.0.0.0:2379',
    `--initial-advertise-peer-urls=${host}:2380`,
    `--advertise-client-urls=${host}:2379`,
  ]
  return [...defaults.filter(each => !options.some(option => flagName(option) === flagName(each))), ...options]
}

/** Volume mounts and claim templates of a storageSpec, of which eg-setup only uses ReadWriteOnce. */
function storageOf({ spec: { storageSpec: storage } }: KubeObject): { mounts?: object[]; templates?: object[] } {
  if (!storage) return {}
  const mounts = [{ name: 'etcd-data', mountPath: '/var/lib/etcd', subPathExpr: '$(POD_NAME)' }]
  const size = String(storage.volumeSizeRequest)
  const resources = { requests: { storage: size }, limits: { storage: String(storage.volumeSizeLimit ?? size) } }
  const storageClass = storage.storageClassName ? { storageClassName: storage.storageClassName } : {}
  const spec = { accessModes: ['ReadWriteOnce'], resources, ...storageClass }
  return { mounts, templates: [{ metadata: { name: 'etcd-data' }, spec }] }
}

function statefulSet(cluster: KubeObject, replicas: number, registry: string): KubeObject {
  const { metadata, spec } = cluster
  const { name, namespace } = metadata
  const { mounts, templates } = storageOf(cluster)
  const custom = spec.podTemplate?.metadata ?? {}
  const field = (path: string) => ({ fieldRef: { apiVersion: 'v1', fieldPath: path } })
  const container = {
    name: 'etcd',
    command: ['/usr/local/bin/etcd'],
    args: argsOf(cluster),
    image: `${spec.imageRegistry || registry}:${spec.version}`,
    env: [
      { name: 'POD_NAME', valueFrom: field('metadata.name') },
      { name: 'POD_NAMESPACE', valueFrom: field('metadata.namespace') },
    ],
    envFrom: [{ configMapRef: { name: `${name}-state` } }],
    ports: [
      { name: 'client', containerPort: 2379 },
      { name: 'peer', containerPort: 2380 },
    ],
    ...(mounts ? { volumeMounts: mounts } : {}),
  }
  return {
    apiVersion: 'apps/v1',
    kind: 'StatefulSet',
    // Nothing else: every write takes away labels and annotations that others have put there.
    metadata: { name, namespace: namespace!, ownerReferences: ownedBy(cluster) },
    spec: {
      replicas,
      serviceName: name,
      selector: { matchLabels: labelsOf(cluster) },
      template: {
        metadata: {
          labels: { ...custom.labels, ...labelsOf(cluster) },
          ...(custom.annotations ? { annotations: custom.annotations } : {}),
        },
        spec: { containers: [container] },
      },
      ...(templates ? { volumeClaimTemplates: templates } : {}),
    },
  }
}

/**
 * One pass over one EtcdCluster, as etcd-io/etcd-operator v0.2.0 makes it. Gives the ms after which it wants to look again
 * (undefined: not before something changes). Throws what the operator would log and back off from.
 */
export async function reconcileEtcdCluster(cluster: KubeObject, options: OperatorOptions): Promise<number | undefined> {
  const { kube, etcd, log, imageRegistry = REGISTRY } = options
  const { name, namespace = '' } = cluster.metadata
  const { size } = cluster['spec']
  if (!cluster['spec'].tls) log({ level: 'error', msg: 'missing TLS config', cluster: name })

  const write = async (replicas: number): Promise<KubeObject> => {
    await put(kube, stateMap(cluster, replicas))
    await put(kube, statefulSet(cluster, replicas, imageRegistry))
    return ready(options, namespace, name)
  }

  let set = (await kube.get('StatefulSet', namespace, name)) ?? (await write(0))
  if (!set.metadata.ownerReferences?.some(({ uid, controller }) => controller && uid === cluster.metadata.uid))
    throw new Error(`StatefulSet ${namespace}/${name} is not controlled by EtcdCluster ${namespace}/${name}`)
  if (set['spec'].replicas === 0) set = await write(1)
  if (!(await kube.get('Service', namespace, name)))
    await kube.create({
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name, namespace, labels: labelsOf(cluster), ownerReferences: ownedBy(cluster) },
      spec: { clusterIP: 'None', selector: labelsOf(cluster) },
    })

  const replicas: number = set['spec'].replicas
  const endpoints = clientUrls(cluster, replicas)
  const members = await etcd.list(endpoints)
  const health = await Promise.all(clientUrls(cluster, Math.min(replicas, members.length)).map(url => etcd.health(url)))
  if (members.length !== replicas) {
    await write(members.length > replicas ? replicas + 1 : replicas - 1)
    return REQUEUE
  }
  const learner = members.find(({ isLearner }) => isLearner)
  if (learner) {
    if (!health.find(({ id }) => id === learner.id)?.isCaughtUp) return REQUEUE
    log({ level: 'info', msg: 'Learner is ready to be promoted to voting member', learnerID: learner.id })
    await etcd.promote(endpoints.slice(0, -1), learner.id)
  }
  if (replicas === size) {
    log({ level: 'info', msg: 'EtcdCluster is already up-to-date', cluster: name })
    return undefined
  }
  if (replicas < size) {
    await etcd.addLearner(endpoints, peerUrl(cluster, replicas))
    log({ level: 'info', msg: 'Learner member added successfully', peerURLs: peerUrl(cluster, replicas) })
    await write(replicas + 1)
    return REQUEUE
  }
  await etcd.remove(endpoints.slice(0, -1), health.at(-1)!.id)
  await write(replicas - 1)
  return REQUEUE
}

/** Creates the object, or replaces what is there whatever it says. */
async function put(kube: OperatorKube, object: KubeObject): Promise<void> {
  const { namespace = '', name } = object.metadata
  const live = await kube.get(object.kind as 'ConfigMap', namespace, name)
  await (live ? kube.update(object) : kube.create(object))
}

/** The StatefulSet once all its pods are ready; throws when they are not after 45 s. */
async function ready({ kube, sleep }: OperatorOptions, namespace: string, name: string): Promise<KubeObject> {
  for (const ms of [...STEPS, undefined]) {
    const set = await kube.get('StatefulSet', namespace, name)
    if (set && (set['status']?.readyReplicas ?? 0) === set['spec'].replicas) return set
    if (ms !== undefined) await sleep(ms)
  }
  throw new Error(`StatefulSet ${namespace}/${name} did not become ready: timed out waiting for the condition`)
}
