import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer as createHttpServer, type RequestListener } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import { createServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { makeCertificate } from '../bed/certificate.ts'
import { BIN, NODE } from '../bed/command.ts'
import { listen } from './kube-server.ts'

/** The fields of a cluster that leads to something hostile. */
type Cluster = Record<string, unknown>

const onSocket = async (serve: (socket: Socket) => void) =>
  `127.0.0.1:${await listen(createServer(socket => serve(socket.on('error', () => {}))))}`
const onRequest = async (serve: RequestListener): Promise<Cluster> => ({
  server: `https://127.0.0.1:${await listen(createTlsServer(makeCertificate(), serve))}`,
  'insecure-skip-tls-verify': true,
})
const through = (proxy: string): Cluster => ({ server: 'https://api.example:6443', 'proxy-url': proxy })

/** Accepts every tunnel, and is silent in it. */
async function acceptingProxy(): Promise<string> {
  const proxy = createHttpServer()
  proxy.on('connect', (_, socket) => void socket.on('error', () => {}).write('HTTP/1.1 200 OK\r\n\r\n'))
  return `http://127.0.0.1:${await listen(proxy)}`
}

const drip: RequestListener = (_, response) => {
  response.writeHead(200, { 'content-type': 'application/json' })
  const timer = setInterval(() => response.write(' '), 50)
  response.on('close', () => clearInterval(timer))
}
const status =
  (code: number, headers = {}): RequestListener =>
  (_, response) =>
    void response.writeHead(code, headers).end('{"kind":"Status","message":"no"}')

const CASES: [what: string, cluster: () => Promise<Cluster>, code?: number][] = [
  ['a proxy that never answers', async () => through(`http://${await onSocket(() => {})}`)],
  ['a proxy that accepts CONNECT and is silent then', async () => through(await acceptingProxy())],
  ['a proxy that closes', async () => through(`http://${await onSocket(socket => void socket.destroy())}`)],
  ['a SOCKS proxy that never answers', async () => through(`socks5://${await onSocket(() => {})}`)],
  [
    'a SOCKS proxy that accepts the login and is silent then',
    async () =>
      through(`socks5://${await onSocket(socket => void socket.once('data', () => socket.write('\x05\x00')))}`),
  ],
  ['a server that takes no part in TLS', async () => ({ server: `https://${await onSocket(() => {})}` })],
  ['a server that closes', async () => ({ server: `https://${await onSocket(socket => void socket.destroy())}` })],
  ['a server that never answers', () => onRequest(() => {})],
  ['a server that answers by single bytes', () => onRequest(drip)],
  ['a server that answers 503 for ever', () => onRequest(status(503)), 1],
  ['a server that answers 429 for ever', () => onRequest(status(429, { 'retry-after': '1' })), 1],
  ['a server that refuses the login', () => onRequest(status(401))],
  ['a server that answers no JSON', () => onRequest((_, response) => void response.end('<html>'))],
]

/** Runs eg-setup without waiting for pipes that a program of its own may hold. */
async function ended(cluster: Cluster, args: readonly string[]) {
  const folder = mkdtempSync(join(tmpdir(), 'eg-hostile-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  const kubeconfig = join(folder, 'config')
  const content = {
    'current-context': 'a',
    clusters: [{ name: 'a', cluster }],
    users: [{ name: 'a', user: { token: 'hunter2' } }],
    contexts: [{ name: 'a', context: { cluster: 'a', user: 'a' } }],
  }
  writeFileSync(kubeconfig, JSON.stringify(content))
  const child = spawn(NODE, [BIN, ...args, '--kubeconfig', kubeconfig], {
    env: { PATH: process.env['PATH'], HOME: folder },
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: 45_000,
    killSignal: 'SIGKILL',
  })
  let stdout = ''
  let stderr = ''
  let saidAt = 0
  child.stdout.on('data', text => {
    stdout += text
  })
  child.stderr.on('data', text => {
    stderr += text
    saidAt = Date.now()
  })
  const started = Date.now()
  const code = await new Promise<number | null>(done => child.on('close', done))
  return { code, stdout, stderr, tookMs: Date.now() - started, lingeredMs: Date.now() - saidAt }
}

test.each(CASES)('env --timeout 3s says what is wrong and ends: %s', async (_, cluster, code = 3) => {
  const outcome = await ended(await cluster(), ['env', '--timeout', '3s'])
  expect(outcome).toMatchObject({
    code,
    stdout: '',
    stderr: expect.stringMatching(/^✖ {2}\S.*\n {3}\S.*\n(?: {5}.*\n)*$/m),
  })
  expect(outcome.stderr).not.toMatch(/^ +at /m)
  // 4 s, and what it takes a busy machine to start Node.
  expect(outcome.tookMs).toBeLessThan(15_000)
  expect(outcome.lingeredMs).toBeLessThan(5000)
})

test.each(['status', 'check', 'setup --yes', 'cleanup --yes', 'forward', 'verify'])(
  '%s ends where a proxy is silent',
  async words => {
    const cluster = through(`http://${await onSocket(() => {})}`)
    const outcome = await ended(cluster, [...words.split(' '), '--timeout', '2s'])
    expect(outcome).toMatchObject({ code: 3 })
    expect(`${outcome.stdout}${outcome.stderr}`).toContain('through the proxy')
    expect(outcome.lingeredMs).toBeLessThan(5000)
  },
)
