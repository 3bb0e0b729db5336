import { once } from 'node:events'
import http from 'node:http'
import type { AddressInfo } from 'node:net'
import { PassThrough } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import { Cancelled } from '../../src/errors.ts'
import type { Io } from '../../src/io.ts'
import { main } from '../../src/main.ts'
import { type Simulator, startSimulator } from '../../src/simulator/simulator.ts'

/** Which answers are changed: of the API server by a part of their path, or of the gateway; where in them, and into what. */
export type Change = { of: string; spot: number; into: unknown }

type Holder = Record<string | number, unknown>

/** The value with one of its parts replaced: `spot` counts all of its parts, the whole first. */
function changed(value: unknown, spot: number, into: unknown): unknown {
  const root: Holder = { whole: structuredClone(value) }
  const spots: [Holder, string | number][] = [[root, 'whole']]
  for (const [holder, key] of spots) {
    const inner = holder[key]
    if (typeof inner === 'object' && inner !== null && spots.length < 5000)
      spots.push(...Object.keys(inner).map((name): [Holder, string] => [inner as Holder, name]))
  }
  const [holder, key] = spots[spot % spots.length]!
  holder[key] = into
  return root['whole']
}

/** The record within the ConfigMap changed instead of the ConfigMap. */
function withChangedRecord(configMap: { data?: { record?: unknown } }, { spot, into }: Change): unknown {
  return { ...configMap, data: { record: reworded(String(configMap.data?.record), spot, into) } }
}

/**
 * An installed gateway on a simulated cluster, behind a server that changes its answers. What a command writes is tried and
 * not done, so that each one finds the same.
 */
export async function openHostileCluster() {
  const simulator = await startSimulator({
    nodes: [{ name: 'demo', addresses: [{ type: 'InternalIP', address: '127.0.0.1' }] }],
  })
  const answer = answersOf(simulator)
  let changes: readonly Change[] = []
  const isOf = (path: string) => changes.filter(({ of }) => path.includes(of))
  const gateways: http.Server[] = []
  const ports = new Map<number, number>()

  /** A node port of the gateway, behind a server of ours. */
  async function gatewayPort(port: number): Promise<number> {
    const known = ports.get(port)
    if (known !== undefined) return known
    const server = http.createServer(async (request, response) => {
      const body = await textOf(request)
      const inner = http.request(
        { port, host: '127.0.0.1', method: request.method, path: request.url, headers: request.headers, agent: false },
        async answer => {
          const text = await textOf(answer)
          const sent = isOf(GATEWAY_ANSWERS).reduce((before, { spot, into }) => reworded(before, spot, into), text)
          response.writeHead(answer.statusCode ?? 200, { 'content-type': 'application/json' }).end(sent)
        },
      )
      inner.on('error', () => response.destroy()).end(body)
    })
    gateways.push(server)
    ports.set(port, await listen(server))
    return ports.get(port)!
  }

  const server = http.createServer(async (request, response) => {
    const { status, body } = await answer(request)
    const service = body as { kind?: string; spec?: { ports?: { nodePort?: number }[] } }
    if (service?.kind === 'Service')
      for (const port of service.spec?.ports ?? []) if (port.nodePort) port.nodePort = await gatewayPort(port.nodePort)
    const path = request.url ?? ''
    const sent = isOf(path).reduce<unknown>(
      (before, change) =>
        change.of === RECORD && (before as { data?: object })?.data
          ? withChangedRecord(before as object, change)
          : changed(before, change.spot, change.into),
      body,
    )
    response.writeHead(status, { 'content-type': 'application/json', date: new Date().toUTCString() })
    response.end(typeof sent === 'string' ? sent : JSON.stringify(sent))
  })
  const url = `http://127.0.0.1:${await listen(server)}`
  return {
    simulator,
    kubeconfig: JSON.stringify({
      'current-context': 'here',
      clusters: [{ name: 'c', cluster: { server: url } }],
      users: [{ name: 'me', user: { token: 'x' } }],
      contexts: [{ name: 'here', context: { cluster: 'c', user: 'me' } }],
    }),
    change: (next: readonly Change[]) => {
      changes = next
    },
    close: async () => {
      for (const each of [server, ...gateways]) {
        each.closeAllConnections()
        each.close()
      }
      await simulator.stop()
    },
  }
}

/** What stands for all answers of the gateway. */
export const GATEWAY_ANSWERS = '@gateway'
/** The record in the ConfigMap, which is JSON in JSON. */
export const RECORD = '/configmaps/eg-setup'

const reworded = (text: string, spot: number, into: unknown): string => {
  try {
    return JSON.stringify(changed(JSON.parse(text), spot, into)) ?? ''
  } catch {
    return typeof into === 'string' ? into : text
  }
}

type Answer = { status: number; body: unknown }

/** The cluster's own answers, of which reads are asked for once; writes are dry runs. */
function answersOf(simulator: Simulator) {
  const reads = new Map<string, Answer>()
  return async (request: http.IncomingMessage): Promise<Answer> => {
    const { url = '/' } = request
    const known = request.method === 'GET' ? reads.get(url) : undefined
    const answer = known ?? (await answerTo(simulator, request))
    if (request.method === 'GET') reads.set(url, answer)
    return structuredClone(answer)
  }
}

async function answerTo(simulator: Simulator, request: http.IncomingMessage): Promise<Answer> {
  const { method = 'GET', url = '/', headers } = request
  const text = await textOf(request)
  if (method === 'DELETE') return { status: 200, body: { kind: 'Status', status: 'Success' } }
  const isTried = method !== 'GET' && !url.includes('reviews') && !url.includes('dryRun')
  const path = isTried ? `${url}${url.includes('?') ? '&' : '?'}dryRun=All` : url
  return simulator.api(method, path, text === '' ? undefined : JSON.parse(text), headers['content-type'])
}

async function textOf(stream: http.IncomingMessage): Promise<string> {
  let text = ''
  for await (const chunk of stream.setEncoding('utf8')) text += chunk
  return text
}

async function listen(server: http.Server): Promise<number> {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return (server.address() as AddressInfo).port
}

export type Outcome = { code: number | 'hangs'; stdout: string; stderr: string; ms: number }

const MOST_ANSWERS = 6
/** A command hangs that works for longer than this, or does nothing for much longer; waits of its own take no time. */
const HANGS_MS = 5000
const IDLE_MS = 60_000

/** Runs a command in this process; a person who takes every default where `isAsked`. */
export async function runHere(argv: readonly string[], { isAsked = false, inRealTime = false } = {}): Promise<Outcome> {
  const over = new AbortController()
  const outcome: Outcome = { code: 'hangs', stdout: '', stderr: '', ms: 0 }
  const stdin = Object.assign(new PassThrough(), { isTTY: isAsked })
  const stdout = new PassThrough().on('data', chunk => {
    outcome.stdout += chunk
  })
  const stderr = Object.assign(new PassThrough(), { isTTY: isAsked, columns: 100 }).on('data', chunk => {
    outcome.stderr += chunk
    if (!String(chunk).endsWith(']: ')) return
    // Whoever is asked the same again and again gives up.
    setImmediate(() => (answers++ < MOST_ANSWERS ? stdin.write('\n') : stdin.end()))
  })
  let ahead = 0
  let answers = 0
  const clock = {
    now: () => Date.now() + ahead,
    sleep: async (ms: number, signal: AbortSignal) => {
      if (!inRealTime) ahead += ms
      await (inRealTime ? sleep(ms) : new Promise(setImmediate))
      signal.throwIfAborted()
    },
  }
  const io: Io = {
    stdin,
    stdout,
    stderr,
    env: { PATH: '', HOME: '/nowhere', NO_COLOR: '1', ...(isAsked ? { TERM: 'dumb' } : {}) },
    signal: over.signal,
    clock,
  }
  const started = performance.now()
  const before = process.cpuUsage()
  let timer: NodeJS.Timeout | undefined
  const hung = new Promise<'hangs'>(resolve => {
    timer = setInterval(() => {
      const { user, system } = process.cpuUsage(before)
      const hangs = (user + system) / 1000 > HANGS_MS || performance.now() - started > IDLE_MS
      if (hangs && !inRealTime) resolve('hangs')
    }, 1000)
  })
  outcome.code = await Promise.race([main(argv, io), hung])
  clearInterval(timer)
  if (outcome.code === 'hangs') over.abort(new Cancelled())
  await new Promise(setImmediate)
  outcome.ms = performance.now() - started
  return outcome
}
