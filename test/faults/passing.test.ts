import { expect, test, vi } from 'vitest'
import type { Asked, Fault } from './faulty-api.ts'
import { checkGone, checkInstalled, checkRun, wantedIn } from './invariants.ts'
import { status } from './status.ts'
import { CLEANUP, ENV, openWorld, SETUP } from './world.ts'

// A hung request is given up after 30 s: as fast as everything else here.
vi.mock('../../src/kube/request/send-once.ts', async original => {
  const real = await original<typeof import('../../src/kube/request/send-once.ts')>()
  return { ...real, LIMITS: { ...real.LIMITS, answerMs: 250 } }
})

const inTwoSeconds = () => new Date(Date.now() + 2000).toUTCString()
const isWrite = ({ method, path }: Asked) => method !== 'GET' && !path.includes('/authorization.k8s.io/')
const WEBHOOK =
  'Internal error occurred: failed calling webhook "policy.example.com": failed to call webhook: Post "https://policy.svc:443/": dial tcp 10.96.0.9:443: connect: connection refused'

/** What may be another answer the next time: every run ends well all the same. */
const FAULTS: [string, (asked: Asked) => Fault | undefined][] = [
  ['429 with Retry-After in seconds', () => status(429, 'too many requests', { headers: { 'retry-after': '1' } })],
  [
    '429 with Retry-After as a date',
    () => status(429, 'too many requests', { headers: { 'retry-after': inTwoSeconds() } }),
  ],
  ['429 without Retry-After', () => status(429, 'too many requests')],
  ['500 of an etcd that changes its leader', () => status(500, 'etcdserver: leader changed')],
  ['500 of an etcd that is late', () => status(500, 'etcdserver: request timed out')],
  ['502 of a proxy', () => ({ status: 502, body: '<html><title>502 Bad Gateway</title></html>' })],
  ['503', () => status(503, 'apiserver is shutting down')],
  ['504', () => status(504, 'Timeout: request did not complete within the allotted timeout')],
  ['a webhook that is down', asked => (isWrite(asked) ? status(500, WEBHOOK) : undefined)],
  [
    '409 of a writer in between',
    asked =>
      isWrite(asked)
        ? status(
            409,
            'Operation cannot be fulfilled on it: the object has been modified; please apply your changes to the latest version and try again',
            { reason: 'Conflict' },
          )
        : undefined,
  ],
  ['a reset before the request is read', () => 'reset-before'],
  ['a reset after the request was carried out', () => 'reset-after'],
  ['a reset within the answer', () => 'reset-mid'],
  // A server that has never answered is not waited for, and a lock that can't be given back expires.
  [
    'a request that is never answered',
    ({ index, method, path }) => (index < 4 || (method === 'DELETE' && path.includes('/leases/')) ? undefined : 'hang'),
  ],
  ['an answer in small pieces', () => 'trickle'],
]

test.concurrent.for(FAULTS)(
  '%s, at every request once: setup, env and cleanup do their work',
  async ([, fault], { task }) => {
    const world = await openWorld()
    try {
      const wanted = await wantedIn(world)
      await checkGone(world, await world.run(CLEANUP))
      const everyOther = () => {
        const tries = new Map<string, number>()
        return (asked: Asked): Fault | undefined => {
          const key = `${asked.method} ${asked.path}`
          const count = (tries.get(key) ?? 0) + 1
          tries.set(key, count)
          return count % 2 === 1 ? fault(asked) : undefined
        }
      }
      const setup = await world.run(SETUP, everyOther())
      await checkInstalled(world, setup, wanted)
      const env = await world.run(ENV, everyOther())
      checkRun(env)
      expect(env, env.stderr).toMatchObject({ code: 0, stdout: setup.stdout })
      const cleanup = await world.run(CLEANUP, everyOther())
      await checkGone(world, cleanup)
      Object.assign(task.meta, { faults: setup.struck + env.struck + cleanup.struck })
    } finally {
      await world.bed.close()
    }
  },
)
