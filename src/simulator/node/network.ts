import type { Server } from 'node:http'
import { request } from 'node:http'
import type { Duplex } from 'node:stream'
import { duplexPair } from 'node:stream'
import type { KubeObject } from '../../kube/object.ts'
import type { Cluster } from '../cluster.ts'

/** What listens in the pods, by address and port. Servers in it are never bound: connections are handed to them. */
export type Network = {
  readonly listen: (ip: string, port: number, server: Server) => void
  readonly close: (ip: string, port: number) => void
  readonly isListening: (ip: string, port: number) => boolean
  /** Hands a connection to a pod; false where nothing listens. */
  readonly accept: (ip: string, port: number, connection: Duplex) => boolean
  /** A connection from inside of the cluster to a pod's address; undefined where nothing listens. */
  readonly dial: (ip: string, port: number) => Duplex | undefined
}

export function makeNetwork(cluster: Cluster): Network {
  const servers = new Map<string, Server>()
  const open = new Set<Duplex>()
  cluster.onStop(() => {
    for (const connection of open) connection.destroy()
    for (const server of servers.values()) server.close()
  })
  const keep = (connection: Duplex) => {
    open.add(connection)
    connection.once('close', () => open.delete(connection))
    connection.on('error', () => {})
  }
  const network: Network = {
    listen: (ip, port, server) => {
      servers.set(`${ip}:${port}`, server)
    },
    close: (ip, port) => {
      servers.delete(`${ip}:${port}`)
    },
    isListening: (ip, port) => servers.has(`${ip}:${port}`),
    accept: (ip, port, connection) => {
      const server = servers.get(`${ip}:${port}`)
      if (!server) return false
      keep(connection)
      server.emit('connection', connection)
      return true
    },
    dial: (ip, port) => {
      const [near, far] = duplexPair()
      if (!network.accept(ip, port, far)) return undefined
      keep(near)
      // A pair ends together, as the two ends of a connection do.
      far.once('close', () => near.destroy())
      return near
    },
  }
  return network
}

export type HttpAnswer = { status: number; headers: Record<string, string>; body: string }

/**
 * One HTTP request over a connection of ours. Rejects with the code ECONNREFUSED where there is none, and with ECONNRESET
 * when it ends without a whole answer.
 */
export function fetchOver(
  connection: Duplex | undefined,
  {
    method = 'GET',
    path,
    headers = {},
    body = '',
    timeoutMs = 30_000,
  }: {
    method?: string
    path: string
    headers?: Record<string, string>
    body?: string
    timeoutMs?: number
  },
): Promise<HttpAnswer> {
  return new Promise((resolve, reject) => {
    if (!connection) return reject(Object.assign(new Error('connect: connection refused'), { code: 'ECONNREFUSED' }))
    const length = { 'content-length': String(Buffer.byteLength(body)), connection: 'close' }
    const asked = request({
      method,
      path,
      headers: { host: 'pod', ...length, ...headers },
      createConnection: () => connection,
    })
    const timer = setTimeout(() => asked.destroy(Object.assign(new Error('timeout'), { code: 'ETIMEDOUT' })), timeoutMs)
    const fail = (error: Error) => {
      clearTimeout(timer)
      reject(error)
    }
    asked.on('error', fail)
    asked.on('response', answer => {
      answer.on('error', fail)
      const parts: Buffer[] = []
      answer.on('data', part => parts.push(part))
      answer.on('end', () => {
        clearTimeout(timer)
        const headers = Object.fromEntries(Object.entries(answer.headers).map(([name, value]) => [name, String(value)]))
        resolve({ status: answer.statusCode ?? 0, headers, body: Buffer.concat(parts).toString() })
        connection.destroy()
      })
    })
    asked.end(body)
  })
}

/** Where a name inside of the cluster leads: a Service, a pod of a headless Service, an address. */
export function resolve(
  cluster: Cluster,
  host: string,
  port: number,
  namespace: string,
): { ip: string; port: number } | undefined {
  if (/^[\d.]+$/.test(host) && !host.startsWith('10.9')) return { ip: host, port }
  const parts = host.split('.')
  const tail = ['svc', 'cluster', 'local']
  const rest = parts.slice(parts.indexOf('svc'))
  const names =
    rest.every((part, index) => part === tail[index]) && parts.includes('svc')
      ? parts.slice(0, parts.indexOf('svc'))
      : parts
  const service = findService(cluster, host, names, namespace)
  if (!service) return undefined
  const wanted = service.pod
  const slices = cluster
    .list('EndpointSlice', service.object.metadata.namespace)
    .filter(({ metadata }) => metadata.labels?.['kubernetes.io/service-name'] === service.object.metadata.name)
  const endpoints = slices
    .flatMap(slice => slice['endpoints'] as Endpoint[])
    .filter(({ conditions, hostname }) => conditions.ready && (wanted === undefined || hostname === wanted))
  const chosen = endpoints[Math.floor(Math.random() * endpoints.length)]
  if (!chosen) return undefined
  const { spec } = service.object
  if (spec.clusterIP === 'None') return { ip: chosen.addresses[0]!, port }
  const name = spec.ports?.find((each: { port: number }) => each.port === port)?.name ?? ''
  const target = slices
    .flatMap(slice => slice['ports'] ?? [])
    .find((each: { name?: string }) => (each.name ?? '') === name)
  return spec.ports?.some((each: { port: number }) => each.port === port) && target
    ? { ip: chosen.addresses[0]!, port: target.port }
    : undefined
}

export type Endpoint = { addresses: string[]; conditions: { ready: boolean }; hostname?: string }

function findService(
  cluster: Cluster,
  host: string,
  names: string[],
  namespace: string,
): { object: KubeObject; pod?: string } | undefined {
  if (/^10\.9/.test(host)) {
    const object = cluster.list('Service').find(({ spec }) => spec.clusterIP === host)
    return object && { object }
  }
  const [first = '', second, third] = names
  const service = (name: string, where: string) => cluster.get('Service', where, name)
  const direct = names.length <= 2 ? service(first, second ?? namespace) : undefined
  if (direct) return { object: direct }
  const headless = second === undefined ? undefined : service(second, third ?? namespace)
  return headless && { object: headless, pod: first }
}
