import { PassThrough } from 'node:stream'
import { expect, test } from 'vitest'
import { ref } from '../../src/kube/kinds.ts'
import type { KubeObject } from '../../src/kube/object.ts'
import type { Kube } from '../../src/kube/request/client.ts'
import { waitFor } from '../../src/kube/waiting/wait.ts'
import { lookAtWorkload } from '../../src/kube/waiting/workload.ts'

const object = (kind: string, status: object): KubeObject => ({
  apiVersion: 'v1',
  kind,
  metadata: { name: 'x' },
  spec: { replicas: 1 },
  status,
})
const WORKLOAD = ref('Deployment', 'x', 'here')

/** A cluster whose Deployment becomes ready at a time (ms), and the times at which it was asked for what. */
function becomesReadyAt(readyAt: number) {
  let now = 0
  const asked: { what: string; at: number }[] = []
  const clock = {
    now: () => now,
    sleep: async (ms: number) => {
      now += ms
    },
  }
  const answer = async <T>(what: string, value: T): Promise<T> => {
    now += 10
    asked.push({ what, at: now })
    return value
  }
  const kube = {
    read: () => answer('read', object('Deployment', now < readyAt ? {} : { updatedReplicas: 1, availableReplicas: 1 })),
    list: (kind: string) =>
      kind === 'Pod'
        ? answer('list', [object('Pod', { conditions: [{ type: 'Ready', status: now < readyAt ? 'False' : 'True' }] })])
        : Promise.resolve([]),
  } as unknown as Kube
  return { kube, asked, io: { clock, signal: new AbortController().signal, stdin: new PassThrough() } }
}

test.each([300, 2_000, 30_000, 120_000])('what is ready after %s ms is noticed within half a second', async readyAt => {
  const { kube, asked, io } = becomesReadyAt(readyAt)
  const look = lookAtWorkload(kube, WORKLOAD, {})
  await waitFor({ what: 'It', look, fix: '', deadline: 200_000, onReason: () => {} }, io)
  expect(asked.at(-1)?.at).toBeGreaterThanOrEqual(readyAt)
  expect(asked.at(-1)?.at).toBeLessThan(readyAt + 550)
})

test('a long wait polls twice a second and inspects the pods now and then', async () => {
  const { kube, asked, io } = becomesReadyAt(60_000)
  const look = lookAtWorkload(kube, WORKLOAD, {})
  await waitFor({ what: 'It', look, fix: '', deadline: 200_000, onReason: () => {} }, io)
  const later = asked.filter(({ at }) => at > 1_000 && at <= 51_000)
  expect(later.filter(({ what }) => what === 'read').length).toBeLessThanOrEqual(100)
  expect(later.filter(({ what }) => what === 'list').length).toBeLessThan(20)
  expect(later.some(({ what }) => what === 'list')).toBe(true)
})
