// Stands in for serverless/event-gateway:0.9.0 on a real node: the simulator's gateway over a real etcd.
import { createServer, request } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import type { CallHttp } from '../../src/simulator/gateway/events-api.ts'
import { parseFlags } from '../../src/simulator/gateway/flags.ts'
import { gatewayApis } from '../../src/simulator/gateway/gateway.ts'
import type { Kv } from '../../src/simulator/gateway/kv.ts'
import { ROOT } from '../../src/simulator/gateway/kv.ts'
import { anyOf, callEtcd, decode, encode } from './etcd-json.ts'

const CONNECT = 10_000
const CALL = 5_000
const POLL = 500

/** The end of a range of keys with this prefix: its last byte plus one. */
const after = (prefix: string) => prefix.slice(0, -1) + String.fromCharCode(prefix.charCodeAt(prefix.length - 1) + 1)

type Listed = { kvs?: { key: string; value?: string }[] }
const entriesIn = ({ kvs = [] }: Listed) =>
  new Map(kvs.map(({ key, value = '' }) => [decode(key), decode(value)] as const))

function etcdKv(hosts: readonly string[]): Kv {
  const ask = (path: string, body: object) => anyOf(hosts, host => callEtcd(host, path, body))
  const all = { key: encode(`${ROOT}/`), range_end: encode(after(`${ROOT}/`)) }
  /** What the watch knows, at a revision: only what has changed is read again. */
  let known: { revision: string; entries: Map<string, string> } | undefined
  const follow = async (): Promise<boolean> => {
    const { header, count = '0' } = await ask('/v3/kv/range', { ...all, count_only: true })
    if (header.revision === known?.revision) return false
    const since = known === undefined ? {} : { min_mod_revision: String(Number(known.revision) + 1) }
    const changed = entriesIn(await ask('/v3/kv/range', { ...all, ...since, revision: header.revision }))
    const entries = new Map([...(known?.entries ?? []), ...changed])
    // Fewer: some were deleted.
    const isWhole = entries.size === Number(count)
    known = {
      revision: header.revision,
      entries: isWhole ? entries : entriesIn(await ask('/v3/kv/range', { ...all, revision: header.revision })),
    }
    return true
  }
  return {
    connect: async () => {
      // Whoever answers is there, whatever it says.
      await ask('/v3/maintenance/status', {}).catch(error => {
        if (!error.answered) throw error
      })
    },
    read: async prefix => {
      // Only the cache asks for all, after the watch has told it to.
      if (prefix === `${ROOT}/` && known !== undefined) return new Map(known.entries)
      return entriesIn(await ask('/v3/kv/range', { key: encode(prefix), range_end: encode(after(prefix)) }))
    },
    put: async (key, value) => void (await ask('/v3/kv/put', { key: encode(key), value: encode(value) })),
    remove: async key => void (await ask('/v3/kv/deleterange', { key: encode(key) })),
    watch: onChange => {
      let stopped = false
      // A fault on demand: it goes on by what its cache holds, as with a watch that hangs.
      process.once('SIGUSR2', () => {
        stopped = true
      })
      const look = async () => {
        while (!stopped) {
          try {
            if (await follow()) onChange()
          } catch {
            // As when it was new: an etcd of another life may be there next.
            known = undefined
          }
          await sleep(POLL)
        }
      }
      look()
      return () => {
        stopped = true
      }
    },
  }
}

const call: CallHttp = (address, event) =>
  new Promise((resolve, reject) => {
    const body = JSON.stringify(event)
    const headers = { 'content-type': 'application/cloudevents+json', 'content-length': Buffer.byteLength(body) }
    const asked = request(address, { method: 'POST', headers, timeout: CALL, agent: false }, async answer => {
      const parts: Buffer[] = []
      for await (const part of answer) parts.push(part as Buffer)
      resolve({ status: answer.statusCode ?? 0, body: Buffer.concat(parts).toString() })
    })
    asked.on('timeout', () => asked.destroy(new Error('timeout')))
    asked.on('error', reject)
    asked.end(body)
  })

const log = (line: object) => console.error(JSON.stringify({ ts: Date.now() / 1000, ...line }))

async function main() {
  process.on('SIGTERM', () => process.exit(143))
  process.on('SIGINT', () => process.exit(130))
  const flags = parseFlags(process.argv.slice(2))
  if (typeof flags === 'string') {
    console.error(flags)
    process.exit(2)
  }
  if (flags.version === 'true') {
    console.log('Event Gateway version: 0.9.0')
    return
  }
  const kv = etcdKv(flags['db-hosts'].split(','))
  const deadline = Date.now() + CONNECT
  for (;;) {
    try {
      await kv.connect()
      break
    } catch (error) {
      if (Date.now() > deadline) {
        log({ level: 'fatal', msg: 'Cannot create KV client.', error: (error as Error).message })
        process.exit(1)
      }
      await sleep(500)
    }
  }
  const isWanted = ({ level }: { level?: string }) => level !== 'debug' || flags['log-level'] === 'debug'
  const logWanted = (line: object) => void (isWanted(line) && log(line))
  const crash = (why: string) => {
    console.error(`panic: ${why}`)
    process.exit(2)
  }
  const { config, events } = gatewayApis({ kv, call, log: logWanted, crash })
  createServer(config).listen(Number(flags['config-port']))
  createServer(events).listen(Number(flags['events-port']))
  log({ level: 'info', msg: 'Running in production mode.' })
}

main().catch(error => {
  console.error(error)
  process.exit(1)
})
