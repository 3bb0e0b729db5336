import { expect, test, vi } from 'vitest'
import type { Asked, Fault } from './faulty-api.ts'
import { status } from './status.ts'
import { sweep } from './sweep.ts'

// A hung request is given up after 30 s: as fast as everything else here.
vi.mock('../../src/kube/request/send-once.ts', async original => {
  const real = await original<typeof import('../../src/kube/request/send-once.ts')>()
  return { ...real, LIMITS: { ...real.LIMITS, answerMs: 150 } }
})

const TIMEOUT_S = 20
/** Reading comes before the deadline is set and has 30 s of its own. */
const READING_MS = 35_000

/** From which requests on; a hung one takes its time, so only those that change something count. */
const DOWN: [string, Fault, (asked: Asked) => boolean][] = [
  ['answers 503 and nothing else', status(503, 'the server is currently unable to handle the request'), () => true],
  ['hangs', 'hang', ({ method }) => method !== 'GET'],
]

test.for(DOWN)('from any request on the server %s: the deadline holds', async ([, fault, counts], { task }) => {
  let faults = 0
  const struck = await sweep(
    async (world, args, index) => {
      let count = 0
      const ran = await world.run([...args, '--timeout', `${TIMEOUT_S}s`], asked => {
        if (counts(asked)) count++
        return count > index ? fault : undefined
      })
      faults += ran.struck
      return ran
    },
    { worlds: 4, limitMs: READING_MS + (TIMEOUT_S + 5) * 1000 },
  )
  Object.assign(task.meta, { faults })
  expect(struck.setup).toBeGreaterThan(15)
})
