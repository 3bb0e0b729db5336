import { randomBytes } from 'node:crypto'
import type { Admission } from './api/admission.ts'
import { makeHandler } from './api/handler.ts'
import { makeRegistry } from './api/registry.ts'
import { type Forbidden, nothing } from './api/reviews.ts'
import { type Intercept, startServer } from './api/server.ts'
import { makeServiceAddresses } from './api/services.ts'
import { makeStore } from './api/store.ts'
import { type Controller, makeCluster, runController } from './cluster.ts'
import { claims, volumes } from './controllers/claims.ts'
import { deployments } from './controllers/deployment.ts'
import { endpoints } from './controllers/endpoints.ts'
import { collectGarbage } from './controllers/garbage.ts'
import { definitions, namespaces } from './controllers/namespaces.ts'
import { replicaSets } from './controllers/replica-set.ts'
import { scheduler } from './controllers/scheduler.ts'
import { statefulSets } from './controllers/stateful-set.ts'
import { gatewayProgram } from './gateway/program.ts'
import { writeKubeconfig } from './kubeconfig.ts'
import { makeInside } from './node/inside.ts'
import { startKubelet } from './node/kubelet.ts'
import { makeNetwork } from './node/network.ts'
import { makeUpgrade, type StrikeForward } from './node/port-forward.ts'
import { reservePorts, startProxy } from './node/proxy.ts'
import { makeEtcd } from './operator/etcd.ts'
import { operatorProgram } from './operator/program.ts'
import type { NodeOptions } from './seed.ts'
import { seed } from './seed.ts'

/*
 * A Kubernetes cluster in memory, behind `eg-setup demo` and the tests: a client sees of it what it sees of a real one of
 * version 1.34.
 *
 *   api/          HTTP server, verbs, server-side apply, defaults, validation: all over one store of objects
 *   controllers/  what a control plane does with Deployments, StatefulSets, claims, namespaces
 *   node/         kubelet, which runs known containers as programs in this process, pod network, node ports, port-forward
 *   operator/     etcd and etcd-io/etcd-operator v0.2.0; gateway/ Event Gateway 0.9.0: both also run as stand-ins on real nodes
 *
 * Times of the simulated cluster (pulls, probes, back-offs) are divided by `speed`; everything a client does is in real
 * time.
 */
export type SimulatorOptions = {
  /** One node "demo" at 127.0.0.1 unless given. Addresses in 127.0.0.0/8 are really bound. */
  nodes?: readonly NodeOptions[]
  /** Images that no registry has. */
  missingImages?: readonly string[]
  /** Permissions that the user of the kubeconfig does not have. */
  forbidden?: Forbidden
  speed?: number
  /** Of the API server: 127.0.0.1 unless given. */
  host?: string
  /** The API server's, signed by itself; without one it speaks plain HTTP. */
  certificate?: { cert: string; key: string }
  /** Bearer token of the kubeconfig; random unless given. Requests without it get 401. */
  token?: string
  /** Context of the kubeconfig, and the name of its cluster and user: "demo" unless given. */
  context?: string
  /** Refuses further objects, as admission plugins do. */
  admission?: Admission
  /** Run besides those that every cluster has. */
  controllers?: readonly Controller[]
  /** Stands between every request and its answer. */
  intercept?: Intercept
  /** Strikes what is sent through port-forwards. */
  strikeForward?: StrikeForward
}

// biome-ignore lint/suspicious/noExplicitAny: whatever the API answers
type ApiResult = { status: number; body: any }

export type Simulator = {
  /** A kubeconfig file's content in YAML. */
  readonly kubeconfig: string
  readonly stop: () => Promise<void>
  /** A request as administrator, past HTTP, credentials and `intercept`. */
  readonly api: (method: string, path: string, body?: unknown, contentType?: string) => Promise<ApiResult>
}

const WORKLOADS = [deployments, replicaSets, statefulSets, scheduler]
const CONTROLLERS = [...WORKLOADS, namespaces, definitions, claims, volumes, endpoints]

/** Starts a simulated cluster; it keeps the process alive until `stop`. */
export async function startSimulator(options: SimulatorOptions = {}): Promise<Simulator> {
  const { nodes = [{ name: 'demo' }], missingImages = [], forbidden = nothing, speed = 10, context = 'demo' } = options
  const { host = '127.0.0.1', certificate, token = randomBytes(16).toString('hex') } = options
  const { intercept = (_, answer) => answer(), admission = () => undefined, controllers = [] } = options
  const addresses = nodes.flatMap(node => node.addresses?.map(({ address }) => address) ?? ['127.0.0.1'])
  const local = addresses.filter(address => address.startsWith('127.'))

  const store = makeStore()
  const nodePorts = await reservePorts([...new Set(local)])
  const registry = makeRegistry(store, makeServiceAddresses(store, nodePorts.ports), admission)
  const cluster = makeCluster(registry, speed)
  cluster.onStop(nodePorts.release)
  const network = makeNetwork(cluster)
  const etcd = makeEtcd(cluster)
  const programs = [operatorProgram(registry, etcd), gatewayProgram(etcd), etcd.program]
  const kubelet = startKubelet({ cluster, network, programs, missingImages })
  collectGarbage(cluster)
  for (const controller of [...CONTROLLERS, ...controllers]) runController(cluster, controller)
  startProxy(cluster, network)
  seed(cluster, nodes)

  const handle = makeHandler(registry, makeInside(cluster, network, kubelet, forbidden))
  const upgrade = makeUpgrade(cluster, network, options.strikeForward)
  const server = await startServer({ host, certificate, token, intercept, handle, upgrade }).catch((error: unknown) => {
    cluster.stop()
    throw error
  })
  return {
    kubeconfig: writeKubeconfig(context, server.url, token, certificate?.cert),
    stop: async () => {
      cluster.stop()
      await server.stop()
    },
    api: async (method, path, body, contentType = 'application/json') => {
      const headers = { 'user-agent': 'admin' }
      const request = { method, path, headers, body: structuredClone(body), contentType, user: '' }
      const answer = await handle(request)
      return { status: answer.status, body: structuredClone(answer.body) }
    },
  }
}
