// Two control planes without nodes, one as it comes, one full of other people's objects; eg-setup is installed in both.
import { existsSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { makeApi } from './cluster.js'
import { makeGateway } from './gateway.js'
import { NAMESPACE, OPERATOR_NAMESPACE } from './installation.js'
import { run } from './measure.js'

/** A folder with the programs `up` and `down` of control planes: EG_BENCH_CONTROL_PLANE=FOLDER. */
const TOOLS = `${process.env.EG_BENCH_CONTROL_PLANE ?? ''}/`
const COUNTS = { nodes: 1_000, services: 10_000, pods: 5_000 }
const AT_ONCE = 32

const OBJECTS = {
  nodes: n => ({
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name: `node-${n}` },
    status: {
      addresses: [{ type: 'InternalIP', address: `127.1.${n >> 8}.${n & 255}` }], // nothing leaves this machine
      nodeInfo: { architecture: 'amd64', operatingSystem: 'linux' },
      allocatable: { cpu: '8', memory: '16Gi', pods: '110' },
      conditions: [{ type: 'Ready', status: 'True', reason: 'Bench', lastHeartbeatTime: new Date().toISOString() }],
    },
  }),
  // Without a selector, so that no controller has ten thousand slices to write before anything can be measured.
  services: n => ({
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: `service-${n}`, labels: { app: `app-${n % 100}` } },
    spec: { ports: [{ name: 'http', port: 80 }] },
  }),
  pods: n => ({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: `pod-${n}`, labels: { app: `app-${n % 100}` } },
    spec: {
      nodeName: `node-${n % COUNTS.nodes}`,
      automountServiceAccountToken: false,
      containers: [{ name: 'c', image: 'example/image:1' }],
    },
  }),
}
const STORAGE_CLASS = {
  apiVersion: 'storage.k8s.io/v1',
  kind: 'StorageClass',
  metadata: { name: 'standard', annotations: { 'storageclass.kubernetes.io/is-default-class': 'true' } },
  provisioner: 'example/none',
}
const COLLECTIONS = {
  nodes: '/api/v1/nodes',
  services: '/api/v1/namespaces/crowd/services',
  pods: '/api/v1/namespaces/crowd/pods',
}

/** Whether control planes can be had here. */
export const canStart = () => existsSync(`${TOOLS}up`)

/** Starts one, with as many of each as `counts` says; one that runs already is filled up. */
export async function startControlPlane(name, port, counts = { nodes: 1 }) {
  const state = `/tmp/eg-bench-${name}`
  const env = { EG_CLUSTER_STATE: state, EG_CLUSTER_PORT: String(port) }
  await run([`${TOOLS}up`, '--control-plane'], { env })
  const kubeconfig = `${state}/kubeconfig`
  const api = makeApi(kubeconfig, AT_ONCE)
  await fill(api, counts)
  return { kubeconfig, api, down: () => run([`${TOOLS}down`], { env }) }
}

async function fill(api, counts) {
  // Those of the installation too: Kubernetes takes ten seconds to remove one, whatever is in the cluster.
  for (const name of ['crowd', NAMESPACE, OPERATOR_NAMESPACE])
    await api(
      'POST',
      '/api/v1/namespaces',
      { apiVersion: 'v1', kind: 'Namespace', metadata: { name } },
      { allowed: [409] },
    )
  await api('POST', '/apis/storage.k8s.io/v1/storageclasses', STORAGE_CLASS, { allowed: [409] })
  const account = '/api/v1/namespaces/crowd/serviceaccounts/default'
  while ((await api('GET', account, undefined, { allowed: [404] })).kind !== 'ServiceAccount');
  for (const [kind, count] of Object.entries(counts)) {
    const { items = [], metadata } = await api('GET', `${COLLECTIONS[kind]}?limit=1`)
    let next = items.length + (metadata?.remainingItemCount ?? 0)
    const one = async () => {
      while (next < count) await api('POST', COLLECTIONS[kind], OBJECTS[kind](next++), { allowed: [409] })
    }
    await Promise.all(Array.from({ length: AT_ONCE }, one))
  }
  // New nodes are tainted until a controller has seen that they are ready.
  while ((await api('GET', COLLECTIONS.nodes)).items.some(({ spec }) => spec.taints)) await sleep(500)
}

export const crowd = COUNTS

/** What kubelets, kube-proxy and the etcd operator would do, as far as eg-setup waits for it; until the signal aborts. */
export async function playNode(api, folder, signal) {
  const { follow, stop } = await makeGateway(folder)
  const list = async path => (await api('GET', path, undefined, { allowed: [404, 429] })).items ?? []
  while (!signal.aborted) {
    for (const cluster of await list(`/apis/operator.etcd.io/v1alpha1/namespaces/${NAMESPACE}/etcdclusters`))
      await api('POST', `/apis/apps/v1/namespaces/${NAMESPACE}/statefulsets`, statefulSet(cluster), {
        allowed: [404, 409],
      })
    for (const namespace of [NAMESPACE, OPERATOR_NAMESPACE])
      for (const pod of await list(`/api/v1/namespaces/${namespace}/pods`)) await playKubelet(api, pod)
    const services = await list(`/api/v1/namespaces/${NAMESPACE}/services?fieldSelector=metadata.name=eg-event-gateway`)
    await follow(services.map(nodePortsOf)[0])
    await sleep(50)
  }
  stop()
}

async function playKubelet(api, { metadata, status }) {
  const path = `/api/v1/namespaces/${metadata.namespace}/pods/${metadata.name}`
  if (metadata.deletionTimestamp)
    await api('DELETE', `${path}?gracePeriodSeconds=0`, undefined, { allowed: [404, 409] })
  else if (!status.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True'))
    await api(
      'PATCH',
      `${path}/status`,
      { status: RUNNING },
      { type: 'application/merge-patch+json', allowed: [404, 409] },
    )
}

const nodePortsOf = ({ spec }) => Object.fromEntries(spec.ports.map(({ name, nodePort }) => [name, nodePort]))

const RUNNING = {
  phase: 'Running',
  podIP: '127.0.0.1', // the API server refuses to go there, and nobody waits for it
  conditions: ['PodScheduled', 'Initialized', 'ContainersReady', 'Ready'].map(type => ({ type, status: 'True' })),
}

const statefulSet = ({ metadata: { name, uid }, spec }) => {
  const labels = { app: name, controller: name }
  return {
    apiVersion: 'apps/v1',
    kind: 'StatefulSet',
    metadata: {
      name,
      labels,
      ownerReferences: [{ apiVersion: 'operator.etcd.io/v1alpha1', kind: 'EtcdCluster', name, uid, controller: true }],
    },
    spec: {
      replicas: spec.size,
      serviceName: name,
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: { containers: [{ name: 'etcd', image: 'example/etcd:1' }] } },
    },
  }
}
