// Stands in for gcr.io/etcd-development/etcd-operator:v0.2.0 on a real node: the simulator's operator over the real API
// and a real etcd. Needs the rights that the real one needs.
import { createServer } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { runOperator } from '../../src/simulator/operator/loop.ts'
import type { EtcdMembership, Member, OperatorKube } from '../../src/simulator/operator/operator.ts'
import { anyOf, callEtcd, encode } from './etcd-json.ts'
import { callKube, namespace, refOf } from './in-cluster.ts'
import { lead } from './leader.ts'

const log = (line: object) => console.error(JSON.stringify({ ts: new Date().toISOString(), ...line }))
const CLUSTERS = '/apis/operator.etcd.io/v1alpha1/etcdclusters'
/** What the real operator's informers list before it does anything. */
const WATCHED = [CLUSTERS, '/apis/apps/v1/statefulsets', '/api/v1/configmaps', '/api/v1/services', '/api/v1/secrets']

const kube: OperatorKube = {
  get: async (kind, namespace, name) => {
    const { status, body } = await callKube('GET', refOf(kind, namespace, name))
    if (status === 404) return undefined
    if (status !== 200) throw new Error(body.message)
    return body
  },
  clusters: async () => {
    const { status, body } = await callKube('GET', CLUSTERS)
    if (status !== 200) throw new Error(body.message)
    return body.items
  },
  create: async object => {
    const { status, body } = await callKube('POST', refOf(object.kind, object.metadata.namespace!), object)
    if (status >= 300) throw new Error(body.message)
  },
  update: async object => {
    const { namespace, name } = object.metadata
    const { status, body } = await callKube('PUT', refOf(object.kind, namespace!, name), object)
    if (status >= 300) throw new Error(body.message)
  },
}

type ListedMember = { ID: string; name?: string; peerURLs: string[]; isLearner?: boolean }

const etcd: EtcdMembership = {
  list: async endpoints => {
    const { members } = await anyOf(endpoints, each =>
      callEtcd(each, '/v3/cluster/member/list', { linearizable: true }),
    )
    return members.map(
      ({ ID, name = '', peerURLs, isLearner = false }: ListedMember): Member => ({
        id: ID,
        name,
        peerUrl: peerURLs[0]!,
        isLearner,
      }),
    )
  },
  addLearner: async (endpoints, peerUrl) =>
    void (await anyOf(endpoints, each =>
      callEtcd(each, '/v3/cluster/member/add', { peerURLs: [peerUrl], isLearner: true }),
    )),
  promote: async (endpoints, id) =>
    void (await anyOf(endpoints, each => callEtcd(each, '/v3/cluster/member/promote', { ID: id }))),
  remove: async (endpoints, id) =>
    void (await anyOf(endpoints, each => callEtcd(each, '/v3/cluster/member/remove', { ID: id }))),
  health: async endpoint => {
    const { header, isLearner } = await callEtcd(endpoint, '/v3/maintenance/status', {})
    if (!isLearner) await callEtcd(endpoint, '/v3/kv/range', { key: encode('health') })
    // Whether a learner has caught up only its leader knows: it refuses the promotion until then.
    return { id: header.member_id, isCaughtUp: true }
  },
}

async function main() {
  process.on('SIGTERM', () => process.exit(0))
  process.on('SIGINT', () => process.exit(0))
  const flag = (name: string) =>
    process.argv.findLast(arg => arg.startsWith(`--${name}=`) || arg === `--${name}`)?.split('=')[1]
  const port = Number(/:(\d+)$/.exec(flag('health-probe-bind-address') ?? ':8081')?.[1])
  createServer((_, response) => response.end('ok')).listen(port)
  if (process.argv.includes('--leader-elect')) await lead(namespace(), 'cc4a0f4b.etcd.io', log)
  for (const path of WATCHED) {
    const { status, body } = await callKube('GET', `${path}?limit=1`)
    if (status !== 200) {
      log({ level: 'error', msg: 'failed to wait for caches to sync', error: body.message })
      process.exit(1)
    }
  }
  const imageRegistry = flag('image-registry')
  await runOperator({ kube, etcd, sleep: ms => sleep(ms), log, ...(imageRegistry ? { imageRegistry } : {}) }, Date.now)
}

main().catch(error => {
  console.error(error)
  process.exit(1)
})
