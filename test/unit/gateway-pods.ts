import type { IncomingMessage } from 'node:http'
import https from 'node:https'
import { connect as connectSocket, createServer, type Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { onTestFinished } from 'vitest'
import { openLocalPort } from '../../src/endpoints/local-port.ts'
import { makeDial, type PortName } from '../../src/gateway/pod-connection.ts'
import { servePortForward } from '../../src/simulator/node/port-forward.ts'
import { makeCertificate } from '../bed/certificate.ts'
import { connectTo, json, listen } from './kube-server.ts'

export type Pod = { name: string; ready?: boolean; deleted?: boolean; port: number }

/** What the API server makes of a wish to forward: it does, or it answers this status. */
export type Refuse = (pod: string, request: IncomingMessage) => number | undefined

const status = (code: number, message = 'no') => ({
  kind: 'Status',
  apiVersion: 'v1',
  status: 'Failure',
  message,
  code,
})

/** An API server with pods, whose ports are ports of this machine. */
async function podServer(pods: () => readonly Pod[], refuse: Refuse = () => undefined) {
  const { cert, key } = makeCertificate()
  const sockets = new Set<Duplex>()
  let lists = 0
  const server = https.createServer({ cert, key }, (request, response) => {
    const pod = /\/pods\/([^/]+)\/portforward/.exec(request.url ?? '')?.[1]
    if (pod !== undefined) {
      const code = refuse(pod, request) ?? 400
      return json(response, status(code, code === 400 ? 'Upgrade request required' : `pods "${pod}": ${code}`), code)
    }
    lists += 1
    return json(response, { apiVersion: 'v1', kind: 'PodList', metadata: {}, items: pods().map(podObject) })
  })
  server.on('upgrade', (request, socket, head) => {
    const [, pod = '', port] = /\/pods\/([^/]+)\/portforward\?ports=(\d+)$/.exec(request.url ?? '') ?? []
    const code = refuse(pod, request)
    if (code === 0) return
    if (code !== undefined) return void socket.end(`HTTP/1.1 ${code} No\r\ncontent-length: 0\r\n\r\n`)
    sockets.add(socket)
    const onward = connectSocket(Number(port), '127.0.0.1')
    onward.once('connect', () => servePortForward([request, socket, head], Number(port), onward))
    onward.once('error', () => servePortForward([request, socket, head], Number(port), undefined))
  })
  const port = await listen(server)
  return {
    url: `https://127.0.0.1:${port}`,
    ca: Buffer.from(cert).toString('base64'),
    lists: () => lists,
    /** Ends the WebSockets as an API server does that dies. */
    hangUp: () => sockets.forEach(socket => void socket.destroy()),
  }
}

const podObject = ({ name, ready = true, deleted, port }: Pod) => ({
  metadata: { name, namespace: 'default', ...(deleted ? { deletionTimestamp: '2026-01-01T00:00:00Z' } : {}) },
  spec: { containers: [{ ports: [{ name: 'config', containerPort: port }] }] },
  status: { conditions: [{ type: 'Ready', status: ready ? 'True' : 'False' }] },
})

/** A program in a pod; gives its port. */
export const program = (serve: (socket: Socket) => void): Promise<number> =>
  listen(createServer({ allowHalfOpen: true }, socket => serve(socket.on('error', () => {}))))

export const echo = (socket: Socket) => void socket.pipe(socket)

/** A local port that leads to the gateway pods of such a server, and all that was said about it. */
export async function forwardTo(pods: () => readonly Pod[], refuse?: Refuse) {
  const api = await podServer(pods, refuse)
  const { connection, io } = await connectTo({ server: api.url, ca: api.ca })
  const said: string[] = []
  const over = new AbortController()
  const dial = makeDial({
    connection,
    namespace: 'default',
    waitMs: 30_000,
    clock: io.clock,
    signal: over.signal,
    say: text => said.push(text),
  })
  const { port, close } = await openLocalPort({
    address: '127.0.0.1',
    asked: undefined,
    usual: 0,
    dial: () => dial('config'),
    onTrouble: ({ message }) => said.push(message),
  })
  onTestFinished(() => {
    over.abort()
    close()
  })
  return { api, dial: (name: PortName = 'config') => dial(name), port, said, over, io }
}

/** Connects, sends, closes its side after the answer has `length` bytes or at its end; gives the answer, or the error's code. */
export function ask(port: number, text: string, length = Number.POSITIVE_INFINITY): Promise<string> {
  return new Promise(resolve => {
    let answer = ''
    const socket = connectSocket(port, '127.0.0.1', () => socket.write(text))
    socket.on('data', chunk => {
      answer += chunk
      if (answer.length >= length) socket.end()
    })
    socket.on('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? ''))
    socket.on('close', () => resolve(answer))
  })
}
