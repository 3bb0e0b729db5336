import type { Server } from 'node:http'
import { request } from 'node:http'
import type { Duplex } from 'node:stream'
import { duplexPair } from 'node:stream'
import { text } from 'node:stream/consumers'
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
    asked.on('response', answer =>
      text(answer).then(body => {
        clearTimeout(timer)
        const headers = Object.fromEntries(Object.entries(answer.headers).map(([name, value]) => [name, String(value)]))
        resolve({ status: answer.statusCode ?? 0, headers, body })
        connection.destroy()
      }, fail),
    )
    asked.end(body)
  })
}
