import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import http, { type IncomingMessage, type ServerResponse } from 'node:http'
import https from 'node:https'
import type { AddressInfo, Server, Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import { onTestFinished } from 'vitest'
import { connect } from '../../src/kube/request/connect.ts'
import type { Connection } from '../../src/kube/request/connection.ts'
import type { CallLimits, Hooks } from '../../src/kube/request/pipeline.ts'
import { LIMITS } from '../../src/kube/request/send-once.ts'
import { makeCertificate } from '../bed/certificate.ts'

export type Handler = (request: IncomingMessage, response: ServerResponse, count: number) => void

/** A server that counts its requests and connections; it is gone after the test. */
export async function serve(
  handler: Handler,
  { tls = makeCertificate() as { cert: string; key: string } | false } = {},
) {
  const seen: { method: string; url: string; headers: IncomingMessage['headers'] }[] = []
  const sockets = new Set<Socket>()
  let connections = 0
  const onRequest = (request: IncomingMessage, response: ServerResponse) => {
    seen.push({ method: request.method ?? '', url: request.url ?? '', headers: request.headers })
    request.resume()
    handler(request, response, seen.length)
  }
  const server: Server = tls ? https.createServer(tls, onRequest) : http.createServer(onRequest)
  server.on('connection', socket => {
    connections += 1
    sockets.add(socket.on('error', () => {}))
  })
  const port = await listen(server, sockets)
  return {
    port,
    seen,
    url: `${tls ? 'https' : 'http'}://127.0.0.1:${port}`,
    ca: tls ? Buffer.from(tls.cert).toString('base64') : undefined,
    connections: () => connections,
    /** Closes what is open, as a server does with idle connections. */
    hangUp: () => sockets.forEach(socket => void socket.resetAndDestroy()),
  }
}

export async function listen(server: Server, sockets = new Set<Socket>()): Promise<number> {
  await new Promise<void>(done => server.listen(0, '127.0.0.1', done))
  server.on('connection', socket => sockets.add(socket))
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  return (server.address() as AddressInfo).port
}

export const json = (response: ServerResponse, body: unknown, status = 200, headers: http.OutgoingHttpHeaders = {}) =>
  response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body))

export type Fixture = {
  server: string
  ca?: string | undefined
  cluster?: object
  user?: object
  env?: Record<string, string>
  hooks?: Hooks
  limits?: Partial<CallLimits>
}

/** A connection made from a real kubeconfig, on a clock whose sleeps take no time and are recorded. */
export async function connectTo({ server, ca, cluster, user, env, hooks, limits }: Fixture) {
  const folder = mkdtempSync(join(tmpdir(), 'connect-'))
  const kubeconfig = join(folder, 'config')
  const entry = { server, ...(ca ? { 'certificate-authority-data': ca } : {}), ...cluster }
  const content = {
    'current-context': 'here',
    clusters: [{ name: 'c', cluster: entry }],
    users: [{ name: 'me', user: user ?? { token: 'hunter2' } }],
    contexts: [{ name: 'here', context: { cluster: 'c', user: 'me' } }],
  }
  writeFileSync(kubeconfig, JSON.stringify(content))
  const slept: number[] = []
  const abort = new AbortController()
  const calls: string[] = []
  const warnings: string[] = []
  let ahead = 0
  const clock = {
    now: () => Date.now() + ahead,
    sleep: async (ms: number, signal: AbortSignal) => {
      signal.throwIfAborted()
      slept.push(ms)
      ahead += ms
    },
  }
  const io = {
    stdin: new PassThrough(),
    stdout: new PassThrough(),
    stderr: new PassThrough(),
    env: { PATH: process.env['PATH'], ...env },
    signal: abort.signal,
    clock,
  }
  const all: Hooks = { onCall: line => calls.push(line), onWarning: text => warnings.push(text), ...hooks }
  const connection: Connection = await connect({ kubeconfig }, io, all, { ...LIMITS, ...limits })
  onTestFinished(() => {
    connection.close()
    rmSync(folder, { recursive: true, force: true })
  })
  return { connection, slept, calls, warnings, abort, folder, io }
}
