import type { ChildProcess } from 'node:child_process'
import { randomInt } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PassThrough, Writable } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import { Cancelled } from '../../src/errors.ts'
import { main } from '../../src/main.ts'
import type { StrikeForward } from '../../src/simulator/node/port-forward.ts'
import { startSimulator } from '../../src/simulator/simulator.ts'
import type { Answer, Bed } from '../bed/bed.ts'
import { makeCertificate } from '../bed/certificate.ts'
import { start } from '../bed/command.ts'
import { type Asked, type Fault, type LoggedRequest, makeFaultyApi } from './faulty-api.ts'

/** How many times as fast as the wall's the clock of a run in this process goes while the cluster is asked nothing. */
const SCALE = 50
const TICK_MS = 5
export const NAMESPACE = 'egk'
export const TOKEN = 'S3CRET-token-of-the-kubeconfig'
export const SETUP = ['--yes', '--expose', 'node-port', '--set', 'replicaCount=1', '-n', NAMESPACE, '-v']
export const ENV = ['env', '-n', NAMESPACE, '-v']
export const CLEANUP = ['cleanup', '--yes', '--delete-data', '-n', NAMESPACE, '-v']

export type Ran = {
  args: readonly string[]
  code: number | null
  stdout: string
  stderr: string
  requests: readonly LoggedRequest[]
  /** How many of its requests were struck. */
  struck: number
  /** By the clock of the run. */
  ms: number
}

/** A simulated cluster in which time flies, and runs of eg-setup on it. */
export type World = {
  readonly bed: Pick<Bed, 'api' | 'close'>
  /** All requests of all runs, in order. */
  readonly requests: readonly LoggedRequest[]
  /**
   * Runs a command in this process; `fault` says what strikes a request, undefined for nothing. `end` ends the run as a signal does; 'SIGKILL': none of its later requests arrives.
   */
  readonly run: (
    args: readonly string[],
    fault?: (asked: Asked, end: (how: 'SIGINT' | 'SIGTERM' | 'SIGKILL') => void) => Fault | undefined | Promise<Fault>,
  ) => Promise<Ran>
  /** What strikes the messages that are sent through port-forwards, which are no requests to the API server. */
  strikeForward: StrikeForward
  /** Runs the built program in a process of its own, on the wall's clock. */
  readonly spawn: (
    args: readonly string[],
    fault: (asked: Asked, child: ChildProcess) => Fault | undefined | Promise<Fault>,
  ) => Promise<Ran>
}

export async function openWorld(): Promise<World> {
  // An address of its own: worlds at the same time must not be taken for each other.
  const address = `127.${randomInt(1, 255)}.${randomInt(1, 255)}.${randomInt(1, 255)}`
  const nodes = [{ name: 'demo', addresses: [{ type: 'InternalIP' as const, address }] }]
  const api = makeFaultyApi()
  const simulator = await startSimulator({
    speed: 100,
    token: TOKEN,
    nodes,
    host: address,
    certificate: makeCertificate({ hosts: [address] }),
    intercept: api.intercept,
    strikeForward: () => world.strikeForward(),
  })
  const folder = await mkdtemp(join(tmpdir(), 'eg-faults-'))
  const kubeconfig = join(folder, 'kubeconfig')
  await writeFile(kubeconfig, simulator.kubeconfig)
  const bed: World['bed'] = {
    api: (method, path, body, contentType) => simulator.api(method, path, body, contentType) as Promise<Answer>,
    close: async () => {
      await simulator.stop()
      await rm(folder, { recursive: true, force: true })
    },
  }
  const run: World['run'] = async (args, fault = () => undefined) => {
    const first = api.requests.length
    const ended = new AbortController()
    let isDead = false
    let index = 0
    const end = (how: string) => {
      isDead = how === 'SIGKILL'
      ended.abort(new Cancelled(how === 'SIGTERM' ? 143 : 130))
    }
    const struck = new Set<LoggedRequest | undefined>()
    api.faults = asked => {
      if (isDead) return { status: 410 }
      const result = fault({ ...asked, index: index++ }, end)
      if (result !== undefined) struck.add(api.requests[asked.index])
      return result ?? 'pass'
    }
    const [stdout, stderr] = [collector(), collector()]
    let asked = first
    const clock = fastClock(() => {
      const requests = api.requests.slice(first)
      const isQuiet = api.requests.length === asked
      asked = api.requests.length
      return isQuiet && requests.every(request => request.status !== 0 || struck.has(request))
    })
    const began = clock.now()
    const io = { stdin: new PassThrough(), stdout, stderr, env: environment(kubeconfig), signal: ended.signal, clock }
    const code = await main(args, io)
    api.faults = () => 'pass'
    const requests = api.requests.slice(first)
    const ms = clock.now() - began
    return { args, code, stdout: stdout.text(), stderr: stderr.text(), requests, struck: struck.size, ms }
  }
  const spawn: World['spawn'] = async (args, fault) => {
    const first = api.requests.length
    let index = 0
    const started = Date.now()
    const { child, ended } = start(args, { env: environment(kubeconfig) })
    let struck = 0
    api.faults = asked => {
      const result = fault({ ...asked, index: index++ }, child)
      if (result !== undefined) struck++
      return result ?? 'pass'
    }
    const { code, stdout, stderr } = await ended
    api.faults = () => 'pass'
    return { args, code, stdout, stderr, requests: api.requests.slice(first), struck, ms: Date.now() - started }
  }
  const world: World = { bed, requests: api.requests, run, spawn, strikeForward: () => 'pass' }
  return world
}

const environment = (kubeconfig: string) => ({
  PATH: process.env['PATH'],
  HOME: tmpdir(),
  KUBECONFIG: kubeconfig,
  NO_COLOR: '1',
})

/** Goes faster than the wall's while `isIdle`: what the machine really needs for an answer counts as it is. */
function fastClock(isIdle: () => boolean) {
  let ahead = 0
  let ticked = Date.now()
  const now = () => Math.round(Date.now() + ahead)
  return {
    now,
    sleep: async (ms: number, signal: AbortSignal) => {
      for (const end = now() + ms; now() < end; ) {
        signal.throwIfAborted()
        await sleep(TICK_MS, undefined, { signal }).catch(() => signal.throwIfAborted())
        // Whoever sleeps at the same time shares the ticks.
        if (Date.now() < ticked + TICK_MS) continue
        ticked = Date.now()
        if (isIdle()) ahead += TICK_MS * (SCALE - 1)
      }
    },
  }
}

function collector() {
  let text = ''
  const stream = new Writable({
    write(chunk, _, done) {
      text += chunk
      done()
    },
  })
  return Object.assign(stream, { text: () => text })
}
