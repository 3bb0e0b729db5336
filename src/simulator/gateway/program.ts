import { createServer, request } from 'node:http'
import { text } from 'node:stream/consumers'
import { fetchOver } from '../node/network.ts'
import type { Process, Program } from '../node/programs.ts'
import { resolve } from '../node/service-names.ts'
import type { Etcd } from '../operator/etcd.ts'
import type { CallHttp } from './events-api.ts'
import { parseFlags } from './flags.ts'
import { gatewayApis } from './gateway.ts'
import type { Kv } from './kv.ts'

const CONNECT = 10_000
const CALL = 5_000

/** The Event Gateway in a simulated pod: ends after 10 s without etcd, and listens only once it has reached it. */
export function gatewayProgram(etcd: Etcd): Program {
  return {
    matches: ({ image, args = [], command = [] }) =>
      [...command, ...args].some(arg => /^--?db-hosts(=|$)/.test(arg)) || /(^|\/)event-gateway(:|@|$)/.test(image),
    start: process => start(process, etcd),
  }
}

function start(process: Process, etcd: Etcd) {
  const { args, cluster, pod, log, exit } = process
  const flags = parseFlags(args)
  if (typeof flags === 'string') {
    log(flags)
    return exit(2)
  }
  const ports = { config: Number(flags['config-port']), events: Number(flags['events-port']) }
  const kv = followingUnlessStale(etcd.client(flags['db-hosts'], pod.metadata.namespace!), process)
  const write = (line: object) => log(JSON.stringify({ ts: Date.now() / 1000, ...line }))
  let tries = CONNECT / 500

  const connect = async () => {
    try {
      await kv.connect()
    } catch (error) {
      if (--tries > 0) return process.onEnd(cluster.after(500, connect))
      write({ level: 'fatal', msg: 'Cannot create KV client.', error: (error as Error).message })
      return exit(1)
    }
    const patience = { read: cluster.real(5_000), create: cluster.real(10_000) }
    const crash = (why: string) => {
      log(`panic: ${why}`)
      exit(2)
    }
    const apis = gatewayApis({ kv, call: callFrom(process, ports), log: write, crash, patience })
    const servers = [createServer(apis.config), createServer(apis.events)] as const
    process.onEnd(() => {
      apis.stop()
      for (const server of servers) server.closeAllConnections()
    })
    process.listen(ports.config, servers[0])
    process.listen(ports.events, servers[1])
    write({ level: 'info', msg: 'Running in production mode.' })
  }
  process.onEnd(cluster.after(200, connect))
}

/** A fault on demand: a pod with this annotation goes on by what its cache holds, as with a watch that hangs. */
export const STALE = 'simulator/stale'

const followingUnlessStale = (kv: Kv, { cluster, pod: { metadata } }: Process): Kv => ({
  ...kv,
  watch: onChange =>
    kv.watch(() => {
      const pod = cluster.get('Pod', metadata.namespace, metadata.name)
      if (!pod?.metadata.annotations?.[STALE]) onChange()
    }),
})

/** Names of the simulated cluster lead to its pods, loopback to the pod itself, all others to this machine's network. */
function callFrom({ cluster, network, pod }: Process, own: Record<string, number>): CallHttp {
  return async (address, event) => {
    const url = new URL(address)
    const port = Number(url.port || 80)
    const isOwn = /^(127\.0\.0\.1|localhost|\[::1\])$/.test(url.hostname) && Object.values(own).includes(port)
    const target = isOwn
      ? { ip: pod['status'].podIP, port }
      : resolve(cluster, url.hostname, port, pod.metadata.namespace!)
    const connection =
      target && network.isListening(target.ip, target.port) ? network.dial(target.ip, target.port) : undefined
    const body = JSON.stringify(event)
    const headers = { host: url.host, 'content-type': 'application/cloudevents+json' }
    const path = `${url.pathname}${url.search}`
    if (connection) return fetchOver(connection, { method: 'POST', path, headers, body, timeoutMs: CALL })
    return post(url, headers, body)
  }
}

function post(url: URL, headers: Record<string, string>, body: string): Promise<{ status: number; body: string }> {
  return new Promise((done, failed) => {
    const asked = request(url, { method: 'POST', headers, timeout: CALL, agent: false }, answer =>
      text(answer).then(body => done({ status: answer.statusCode ?? 0, body }), failed),
    )
    asked.on('timeout', () => asked.destroy(new Error('timeout')))
    asked.on('error', failed)
    asked.end(body)
  })
}
