import { expect, test } from 'vitest'
import { askMember } from '../../src/engines/etcd-health.ts'
import { askMembers, blamingOperator } from '../../src/engines/etcd-wait.ts'
import { ref } from '../../src/kube/kinds.ts'
import type { Kube } from '../../src/kube/request/client.ts'
import { ApiError, type Call } from '../../src/kube/request/connection.ts'

type Send = (call: Call) => Promise<{ text: string }>

const refused =
  (status: number, message: string): Send =>
  async call => {
    throw new ApiError(call, status, { reason: '', message })
  }
const says =
  (text: string): Send =>
  async () => ({ text })
const kubeWith = (send: Send) =>
  ({
    list: async () => [{ metadata: { name: 'operator-0' }, spec: { containers: [{ name: 'manager' }] } }],
    connection: { send },
  }) as unknown as Kube

const silent: Send = ({ signal }) =>
  new Promise((_, reject) => signal?.addEventListener('abort', () => reject(signal.reason), { once: true }))

test.each<[what: string, send: Send, expected: unknown]>([
  ['has its quorum', says('{"health":"true"}'), { ready: true }],
  [
    'has none',
    refused(503, '{"health":"false","reason":"RAFT NO LEADER"}'),
    { ready: false, reason: 'member m has no quorum yet' },
  ],
  [
    'does not listen',
    refused(503, 'dial tcp 10.0.0.1:2379: connect: connection refused'),
    { ready: false, reason: 'member m is not listening yet' },
  ],
  ['may not be asked', refused(403, 'pods "m" is forbidden'), 'forbidden'],
  ['is out of reach', refused(502, 'no route to host'), 'unknown'],
  ['is something else', says('<html>'), 'unknown'],
  ['never answers, as behind a network policy', silent, 'unknown'],
])('a member that %s', async (_what, send, expected) => {
  expect(await askMember(kubeWith(send), 'ns', 'm')).toEqual(expected)
})

const lookWith = (send: Send, { size = 1, replicas = 1 } = {}) => {
  const set = {
    apiVersion: 'apps/v1',
    kind: 'StatefulSet',
    metadata: { name: 'e', namespace: 'ns' },
    spec: { replicas },
  }
  const ask = askMembers(kubeWith(send), size)
  return () => ask(set)
}

test('members that may not be queried count by their pods at once, unreachable ones after several polls', async () => {
  expect(await lookWith(refused(403, 'no'))()).toEqual({ ready: true })
  const look = lookWith(refused(502, 'no route to host'))
  for (let looks = 0; looks < 4; looks++) expect(await look()).toMatchObject({ ready: false })
  expect(await look()).toEqual({ ready: true })
})

test('etcd is not ready before as many members as wanted have started', async () => {
  expect(await lookWith(says('{"health":"true"}'), { size: 3 })()).toEqual({
    ready: false,
    reason: '1 of 3 members started',
  })
})

test('an operator that makes nothing is named after a while, with what it says', async () => {
  const kube = kubeWith(says('{"level":"error","msg":"missing TLS config"}\n{"level":"error","msg":"no rights"}\n'))
  const operator = { workload: ref('Deployment', 'op', 'ns'), podLabels: {} }
  const look = blamingOperator(kube, operator, async () => ({ ready: false, reason: 'it does not exist yet' }))
  for (let looks = 1; looks < 40; looks++) expect(await look()).toMatchObject({ reason: 'it does not exist yet' })
  for (let looks = 0; looks < 3; looks++)
    expect(await look()).toMatchObject({
      reason: 'the etcd operator (deployment.apps/op -n ns) has not created any members: no rights',
    })
})
