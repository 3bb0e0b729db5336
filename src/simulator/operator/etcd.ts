import { createServer } from 'node:http'
import { text } from 'node:stream/consumers'
import type { Cluster } from '../cluster.ts'
import type { Kv } from '../gateway/kv.ts'
import { flagOf, type Process, type Program } from '../node/programs.ts'
import { resolve } from '../node/service-names.ts'
import { type Change, type KeyHistory, rangeOf } from './etcd-range.ts'
import type { EtcdMembership, Member } from './operator.ts'

/** One etcd cluster: who belongs to it, and its keys. Lives as long as a member's disk does. */
type Ring = KeyHistory & {
  readonly members: (Member & { started: boolean })[]
  readonly listeners: Set<() => void>
}
type Disk = { ring: Ring; id: string }

/** The simulated etcd: the program that runs in pods, and ways to its members from inside of the cluster. */
export type Etcd = {
  readonly program: Program
  readonly membership: EtcdMembership
  /** A client of the gateway in a namespace; `hosts` as in -db-hosts. */
  readonly client: (hosts: string, namespace: string) => Kv
}

/** How long a learner needs to catch up, in ms of simulated time. */
const CATCH_UP = 1000
const UNREACHABLE = 'context deadline exceeded'

export function makeEtcd(cluster: Cluster): Etcd {
  /** By the uid of the claim whose volume a member writes to, and the name of its pod, which names the folder. */
  const disks = new Map<string, Disk>()
  /** Running members by the address of their pod. */
  const running = new Map<string, Disk>()
  /** Clusters whose members are given from the start, by their --initial-cluster. */
  const founded = new Map<string, Ring>()
  let ids = 0x8e9e05c52164694dn

  const isRunning = (ring: Ring, id: string) => [...running.values()].some(disk => disk.ring === ring && disk.id === id)
  const hasQuorum = (ring: Ring) => {
    const voters = ring.members.filter(({ isLearner }) => !isLearner)
    return voters.filter(({ id }) => isRunning(ring, id)).length > voters.length / 2
  }
  const memberOf = ({ ring, id }: Disk) => ring.members.find(member => member.id === id)!

  /** The cluster that a member without data founds or joins, or why it cannot. */
  function join(name: string, namespace: string, initial: string, state: string): Disk | string {
    const peers = initial.split(',').map(each => each.split('=') as [string, string])
    const own = peers.find(([peer]) => peer === name)?.[1]
    if (own === undefined) return `couldn't find local name "${name}" in the initial cluster configuration`
    if (state === 'existing') {
      const others = [...running.values()].map(({ ring }) => ring)
      const ring = others.find(each =>
        each.members.some(({ peerUrl }) => peerUrl === own || peers.some(([, url]) => url === peerUrl)),
      )
      const member = ring?.members.find(({ peerUrl }) => peerUrl === own)
      if (!ring || !member) return 'error validating peerURLs: member count is unequal'
      if (member.started) return `member ${member.id} has already been bootstrapped`
      Object.assign(member, { name, started: true })
      return { ring, id: member.id }
    }
    const key = `${namespace} ${initial}`
    const claims = new Set(cluster.list('PersistentVolumeClaim').map(({ metadata }) => metadata.uid))
    for (const key of disks.keys()) if (!claims.has(key.split(' ')[0])) disks.delete(key)
    const known = founded.get(key)
    const abandoned = known && ![...disks.values(), ...running.values()].some(({ ring }) => ring === known)
    const ring = known && !abandoned ? known : found(peers)
    founded.set(key, ring)
    const member = ring.members.find(({ peerUrl }) => peerUrl === own)!
    if (member.started) return `member ${member.id} has already been bootstrapped`
    member.started = true
    return { ring, id: member.id }
  }
  const found = (peers: [string, string][]): Ring => ({
    members: peers.map(([name, peerUrl]) => ({ id: String(ids++), name, peerUrl, isLearner: false, started: false })),
    keys: new Map(),
    changes: [],
    listeners: new Set(),
  })

  function start(process: Process) {
    const { args, env, pod, container, log, exit } = process
    const name = flagOf(args, 'name') ?? env['ETCD_NAME'] ?? 'default'
    const dataDir = flagOf(args, 'data-dir') ?? env['ETCD_DATA_DIR'] ?? `${name}.etcd`
    const mount = container.volumeMounts?.find(({ mountPath }) => `${dataDir}/`.startsWith(`${mountPath}/`))
    const volume = pod['spec'].volumes?.find((each: { name: string }) => each.name === mount?.name)
    const claim = cluster.get(
      'PersistentVolumeClaim',
      pod.metadata.namespace,
      volume?.persistentVolumeClaim?.claimName ?? '',
    )
    const key = `${claim?.metadata.uid} ${pod.metadata.name}`
    const initial = flagOf(args, 'initial-cluster') ?? env['ETCD_INITIAL_CLUSTER'] ?? `${name}=http://localhost:2380`
    const state = flagOf(args, 'initial-cluster-state') ?? env['ETCD_INITIAL_CLUSTER_STATE'] ?? 'new'
    const disk = (claim && disks.get(key)) ?? join(name, pod.metadata.namespace!, initial, state)
    if (typeof disk === 'string') {
      log(`{"level":"fatal","msg":"discovery failed","error":"${disk}"}`)
      return exit(1)
    }
    if (claim) disks.set(key, disk)
    const ip = pod['status'].podIP
    running.set(ip, disk)
    log(`{"level":"info","msg":"started etcd server","local-member-id":"${disk.id}"}`)
    process.onEnd(() => running.delete(ip))
    const answer = (url: string, content: string): [number, object] => {
      const asked = url === '/v3/kv/range' ? JSON.parse(content) : undefined
      const isHealthy = hasQuorum(disk.ring) && !memberOf(disk).isLearner
      if (asked && (isHealthy || asked.serializable)) return [200, rangeOf(disk.ring, asked)]
      if (isHealthy) return [200, { health: 'true' }]
      return [url === '/livez' ? 200 : 503, { health: 'false', code: 14, message: 'etcdserver: request timed out' }]
    }
    const server = createServer((request, response) =>
      text(request).then(
        content => {
          const [status, body] = answer(request.url ?? '/', content)
          response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
        },
        () => response.destroy(),
      ),
    )
    process.listen(2379, server)
    const metrics = /:(\d+)$/.exec(flagOf(args, 'listen-metrics-urls') ?? '')?.[1]
    if (metrics) process.listen(Number(metrics), server)
  }

  /** The running member behind an address like "http://name:2379"; undefined when nothing answers. */
  const at = (endpoint: string, namespace: string): Disk | undefined => {
    const [, host = '', port = '2379'] = /^(?:https?:\/\/)?([^:/]+)(?::(\d+))?/.exec(endpoint) ?? []
    const found = resolve(cluster, host, Number(port), namespace)
    return found && found.port === 2379 ? running.get(found.ip) : undefined
  }
  const reach = (endpoints: readonly string[]): Ring => {
    const disk = endpoints.map(endpoint => at(endpoint, '')).find(found => found !== undefined)
    if (!disk || !hasQuorum(disk.ring)) throw new Error(UNREACHABLE)
    return disk.ring
  }

  const membership: EtcdMembership = {
    list: async endpoints => reach(endpoints).members.map(({ started: _, ...member }) => member),
    addLearner: async (endpoints, peerUrl) => {
      const ring = reach(endpoints)
      if (ring.members.some(({ isLearner }) => isLearner))
        throw new Error('etcdserver: too many learner members in cluster')
      ring.members.push({ id: String(ids++), name: '', peerUrl, isLearner: true, started: false })
    },
    promote: async (endpoints, id) => {
      const member = reach(endpoints).members.find(each => each.id === id)
      if (!member) throw new Error('etcdserver: member not found')
      member.isLearner = false
    },
    remove: async (endpoints, id) => {
      const { members } = reach(endpoints)
      members.splice(
        members.findIndex(each => each.id === id),
        1,
      )
    },
    health: async endpoint => {
      const disk = at(endpoint, '')
      if (!disk || !hasQuorum(disk.ring)) throw new Error(UNREACHABLE)
      return { id: disk.id, isCaughtUp: !memberOf(disk).isLearner || caughtUp(disk) }
    },
  }
  const seen = new Map<string, number>()
  const caughtUp = ({ id }: Disk) => {
    if (!seen.has(id)) seen.set(id, Date.now())
    return Date.now() - seen.get(id)! >= cluster.real(CATCH_UP)
  }

  const client = (hosts: string, namespace: string): Kv => {
    const ring = (): Ring => {
      const disk = hosts
        .split(',')
        .map(host => at(host, namespace))
        .find(found => found && !memberOf(found).isLearner)
      if (!disk || !hasQuorum(disk.ring)) throw new Error(UNREACHABLE)
      return disk.ring
    }
    const change = (change: Change) => {
      const { keys, changes, listeners } = ring()
      changes.push(change)
      if (change.value === undefined) keys.delete(change.key)
      else keys.set(change.key, change.value)
      for (const listener of [...listeners]) listener()
    }
    return {
      connect: async () => {
        if (!hosts.split(',').some(host => at(host, namespace))) throw new Error(UNREACHABLE)
      },
      read: async prefix =>
        new Map(
          [...ring().keys].filter(([key]) => key.startsWith(prefix)).sort(([one], [other]) => (one < other ? -1 : 1)),
        ),
      put: async (key, value) => change({ key, value }),
      remove: async key => change({ key, value: undefined }),
      watch: onChange => {
        let stop = () => {}
        const poll = cluster.after(0, function look() {
          stop()
          stop = () => {}
          try {
            const { listeners } = ring()
            const tell = () => cluster.after(200 * Math.random() + 50, onChange)
            listeners.add(tell)
            stop = () => listeners.delete(tell)
            tell()
          } catch {
            cluster.after(500, look)
          }
        })
        return () => {
          poll()
          stop()
        }
      },
    }
  }

  return { program: { matches: ({ image }) => /(^|\/)etcd(:|@|$)/.test(image), start }, membership, client }
}
