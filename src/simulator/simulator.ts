import { randomBytes } from 'node:crypto'
import type { Forbidden } from './api/handler.ts'
import { makeHandler } from './api/handler.ts'
import { makeRegistry } from './api/registry.ts'
import { nothing } from './api/reviews.ts'
import type { Faults, LoggedRequest } from './api/server.ts'
import { startServer } from './api/server.ts'
import { makeServiceAddresses } from './api/services.ts'
import { makeStore } from './api/store.ts'
import { makeWatch } from './api/watch.ts'
import { makeCertificate } from './certificate.ts'
import { makeCluster, runController } from './cluster.ts'
import { claims, volumes } from './controllers/claims.ts'
import { deployments } from './controllers/deployment.ts'
import { endpoints } from './controllers/endpoints.ts'
import { collectGarbage } from './controllers/garbage.ts'
import type { CloudAddress } from './controllers/load-balancer.ts'
import { cloud } from './controllers/load-balancer.ts'
import { definitions, namespaces } from './controllers/namespaces.ts'
import { quotas } from './controllers/quotas.ts'
import { replicaSets } from './controllers/replica-set.ts'
import { scheduler } from './controllers/scheduler.ts'
import { statefulSets } from './controllers/stateful-set.ts'
import { makeEtcd } from './etcd.ts'
import { gatewayProgram } from './gateway-program.ts'
import { makeInside } from './inside.ts'
import type { KubeconfigOptions } from './kubeconfig.ts'
import { writeKubeconfig } from './kubeconfig.ts'
import { startKubelet } from './kubelet.ts'
import { makeNetwork } from './network.ts'
import { operatorProgram } from './operator-program.ts'
import { makeUpgrade } from './port-forward.ts'
import { reservePorts, startProxy } from './proxy.ts'
import type { NodeOptions } from './seed.ts'
import { seed } from './seed.ts'

/*
 * A Kubernetes cluster in memory, behind `eg-setup demo` and the tests: what a client can see of it is meant to be what a
 * real one of version 1.34 answers.
 *
 *   api/          HTTPS server, verbs, server-side apply, defaults, validation: all over one store of objects
 *   controllers/  what a control plane does with Deployments, StatefulSets, claims, namespaces …
 *   kubelet.ts    runs pods: known containers (etcd, the etcd operator, the gateway) are programs in this process
 *   network.ts    connections between pods; proxy.ts binds node ports and load balancer ports on this machine
 *   operator.ts   etcd-io/etcd-operator v0.2.0; gateway/ Event Gateway 0.9.0: both also run as stand-ins on real nodes
 *
 * Times of the simulated cluster (pulls, probes, back-offs) are divided by `speed`; everything a client does is in real
 * time.
 */
export type SimulatorOptions = {
  /** One node "demo" at 127.0.0.1 unless given. Addresses in 127.0.0.0/8 are really bound. */
  nodes?: readonly NodeOptions[]
  /** gitVersion; v1.34.4 unless given. */
  version?: string
  /** What a cloud gives Services of type LoadBalancer; nothing ever unless given. */
  loadBalancer?: 'none' | CloudAddress
  /** Whether StorageClass "standard" exists and is the default; it does unless said. */
  defaultStorageClass?: boolean
  /** Images that cannot be pulled. The list may be changed while the simulator runs. */
  missingImages?: readonly string[]
  /** Rights that the user of the kubeconfig does not have. */
  forbidden?: Forbidden
  speed?: number
  host?: string
  port?: number
  /** The server's; valid for this machine unless given. */
  certificate?: { cert: string; key: string }
  /** Bearer token of the kubeconfig; random unless given. Requests without it get 401. */
  token?: string
  /** The kubeconfig has a client certificate instead of the token. */
  clientCertificate?: boolean
  /** What a user is called in messages: "demo" unless given. */
  user?: string
  kubeconfig?: KubeconfigOptions
}

// biome-ignore lint/suspicious/noExplicitAny: whatever the API answers
type ApiResult = { status: number; body: any }

export type Simulator = {
  readonly server: string
  /** A kubeconfig file's content in YAML; its context is "demo" unless the options say otherwise. */
  readonly kubeconfig: string
  readonly stop: () => Promise<void>
  /** A request as administrator, past HTTP, credentials, faults and log. */
  readonly api: (method: string, path: string, body?: unknown, contentType?: string) => Promise<ApiResult>
  /** May be replaced while it runs: asked about every request that comes in over HTTPS. */
  faults: Faults
  /** Every request that came in over HTTPS, in order. */
  readonly requests: LoggedRequest[]
}

const CONTROLLERS = [
  namespaces,
  definitions,
  deployments,
  replicaSets,
  statefulSets,
  claims,
  volumes,
  endpoints,
  scheduler,
  quotas,
]

/** Starts a simulated cluster; it keeps the process alive until `stop`. */
export async function startSimulator(options: SimulatorOptions = {}): Promise<Simulator> {
  const { version = 'v1.34.4', loadBalancer = 'none', speed = 10, missingImages = [], user = 'demo' } = options
  const { nodes = [{ name: 'demo' }], host = '127.0.0.1', defaultStorageClass = true, forbidden = nothing } = options
  const { certificate = makeCertificate(), token = randomBytes(16).toString('hex') } = options
  const clientCertificate = options.clientCertificate ? makeCertificate({ name: user, hosts: [] }) : undefined
  const addresses = nodes.flatMap(node => node.addresses?.map(({ address }) => address) ?? ['127.0.0.1'])
  const local = addresses.filter(address => address.startsWith('127.'))

  const store = makeStore()
  const nodePorts = await reservePorts([...new Set(local)])
  const registry = makeRegistry(store, makeServiceAddresses(store, nodePorts.ports))
  const cluster = makeCluster(registry, speed)
  cluster.onStop(nodePorts.release)
  const network = makeNetwork(cluster)
  const etcd = makeEtcd(cluster)
  const programs = [operatorProgram(registry, etcd), gatewayProgram(etcd), etcd.program]
  const kubelet = startKubelet({ cluster, network, programs, missingImages })
  collectGarbage(cluster)
  const clouds = loadBalancer === 'none' ? [] : [cloud(loadBalancer)]
  for (const controller of [...CONTROLLERS, ...clouds]) runController(cluster, controller)
  startProxy(cluster, network)
  seed(cluster, nodes, version, defaultStorageClass)

  const inside = makeInside(cluster, network, kubelet, { gitVersion: version, forbidden })
  const handle = makeHandler(registry, inside)
  const requests: LoggedRequest[] = []
  const simulator: Simulator = {
    server: '',
    kubeconfig: '',
    requests,
    faults: () => 'pass',
    stop: async () => {
      cluster.stop()
      await server.stop()
    },
    api: async (method, path, body, contentType = 'application/json') => {
      const answer = await handle({
        method,
        path,
        headers: { 'user-agent': 'admin' },
        body: structuredClone(body),
        contentType,
        user: '',
      })
      return { status: answer.status, body: structuredClone(answer.body) }
    },
  }
  const identify = ({
    authorization,
    commonName,
  }: {
    authorization: string | undefined
    commonName: string | undefined
  }) => (clientCertificate ? commonName : authorization === `Bearer ${token}` ? user : undefined)
  const server = await startServer({
    certificate,
    host,
    port: options.port ?? 0,
    identify,
    clientCa: clientCertificate?.cert,
    faults: () => simulator.faults,
    log: requests,
    handle,
    watch: makeWatch(store),
    upgrade: makeUpgrade(cluster, network, handle),
  }).catch((error: unknown) => {
    cluster.stop()
    throw error
  })
  const credentials = clientCertificate ? { clientCertificate } : { token }
  const at = { server: server.url, ca: certificate.cert }
  return Object.assign(simulator, {
    server: server.url,
    kubeconfig: writeKubeconfig(at, credentials, options.kubeconfig),
  })
}
