import type { Server, Socket } from 'node:net'
import { createServer } from 'node:net'
import type { KubeObject } from '../../kube/object.ts'
import type { Cluster } from '../cluster.ts'
import { runController } from '../cluster.ts'
import type { Network } from './network.ts'
import { readyEndpoints } from './service-names.ts'

/** kube-proxy needs a while: after a rollout the first connections are refused. In ms of simulated time. */
const DELAY = 1000

type Target = { service: string; namespace: string; portName: string }

const hostsOf = (entry: { ip?: string; hostname?: string }) =>
  entry.ip ? [entry.ip] : entry.hostname === 'localhost' ? ['127.0.0.1'] : []

/** Where a Service is to be reached from outside, by "address port". */
function wantedOf(service: KubeObject, nodes: readonly KubeObject[]): Map<string, Target> {
  const wanted = new Map<string, Target>()
  const { metadata, spec, status } = service
  const addresses = nodes.flatMap(node =>
    node['status'].addresses.filter(({ type }: { type: string }) => type.endsWith('IP')),
  )
  for (const { name: portName = '', port, nodePort } of spec.ports ?? []) {
    const target = { service: metadata.name, namespace: metadata.namespace!, portName }
    if (nodePort) for (const { address } of addresses) wanted.set(`${address} ${nodePort}`, target)
    if (spec.type === 'LoadBalancer')
      for (const host of (status?.loadBalancer?.ingress ?? []).flatMap(hostsOf)) wanted.set(`${host} ${port}`, target)
  }
  return wanted
}

/** Binds the node ports and load balancer ports of Services on this machine, while there is somebody behind them. */
export function startProxy(cluster: Cluster, network: Network): void {
  const bound = new Map<string, { target: Target; server: Server | undefined }>()
  const sockets = new Set<Socket>()

  const readyPods = ({ service: name, namespace, portName }: Target) =>
    readyEndpoints(cluster, { name, namespace }, portName)

  const bind = (key: string, target: Target) => {
    const [address = '', port] = key.split(' ')
    const server = createServer(socket => {
      sockets.add(socket)
      socket.once('close', () => sockets.delete(socket))
      const pods = readyPods(target)
      const pod = pods[Math.floor(Math.random() * pods.length)]
      if (!pod || !network.accept(pod.ip, pod.port, socket)) socket.destroy()
    })
    const entry = { target, server: server as Server | undefined }
    bound.set(key, entry)
    // An address that is not this machine's, or a port that is taken, stays out of reach: a case that clients meet as well.
    server.on('error', () => {
      entry.server = undefined
    })
    server.listen(Number(port), address)
  }
  const release = (key: string) => {
    bound.get(key)?.server?.close()
    bound.delete(key)
  }
  const sync = (metadata: KubeObject['metadata']) => {
    const service = cluster.get('Service', metadata.namespace, metadata.name)
    const wanted = service ? wantedOf(service, cluster.list('Node')) : new Map<string, Target>()
    for (const [key, target] of wanted) {
      if (readyPods(target).length === 0) release(key)
      else if (!bound.has(key)) bind(key, target)
    }
    for (const [key, { target }] of bound)
      if (target.service === metadata.name && target.namespace === metadata.namespace && !wanted.has(key)) release(key)
  }

  runController(cluster, {
    kind: 'Service',
    related: ({ kind, object }) => {
      const service = kind.kind === 'EndpointSlice' ? object.metadata.labels?.['kubernetes.io/service-name'] : undefined
      const found = service && cluster.get('Service', object.metadata.namespace, service)
      return found ? [found] : []
    },
    reconcile: ({ metadata, spec }) => {
      if (spec.type === 'NodePort' || spec.type === 'LoadBalancer' || bound.size > 0)
        cluster.after(DELAY, () => sync(metadata))
    },
  })
  cluster.onStop(
    cluster.store.watch(({ type, kind, object }) => {
      if (type === 'DELETED' && kind.kind === 'Service') sync(object.metadata)
    }),
  )
  cluster.onStop(() => {
    for (const key of [...bound.keys()]) release(key)
    for (const socket of sockets) socket.destroy()
  })
}

/** Ports of the range of node ports, in a row, of which the first is only listened on. */
const BLOCK = 24
const BLOCKS = Array.from({ length: 115 }, (_, index) => 30_000 + index * BLOCK)

export type ReservedPorts = { readonly ports: readonly number[]; readonly release: () => void }

/**
 * Ports that can be bound on all of these addresses, and that are given to nobody else on this machine before `release`:
 * whoever listens on the first port of a block has the others. None where no block is free.
 */
export async function reservePorts(addresses: readonly string[]): Promise<ReservedPorts> {
  const start = Math.floor(Math.random() * BLOCKS.length)
  for (const first of [...BLOCKS.slice(start), ...BLOCKS.slice(0, start)]) {
    const guard = await listen('127.0.0.1', first).catch(() => undefined)
    if (guard === undefined) continue
    const ports = Array.from({ length: BLOCK - 1 }, (_, index) => first + 1 + index)
    const free = await Promise.all(addresses.flatMap(address => ports.map(port => isFree(address, port))))
    if (free.every(Boolean)) return { ports, release: () => void guard.close() }
    guard.close()
  }
  return { ports: [], release: () => {} }
}

/** On an address that is not this machine's nobody else listens either. */
const isFree = (address: string, port: number): Promise<boolean> =>
  listen(address, port).then(
    server => new Promise(resolve => server.close(() => resolve(true))),
    (error: NodeJS.ErrnoException) => error.code === 'EADDRNOTAVAIL',
  )

const listen = (address: string, port: number): Promise<Server> =>
  new Promise((resolve, reject) => {
    const server = createServer(socket => socket.destroy())
    server.once('error', reject)
    server.listen(port, address, () => resolve(server))
  })
