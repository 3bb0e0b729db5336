import { expect, test } from 'vitest'
import { checkGone, checkInstalled, checkPrefix, checkRun, wantedIn } from './invariants.ts'
import { status } from './status.ts'
import { sweep } from './sweep.ts'
import { type Asked, CLEANUP, type Fault, openWorld, SETUP } from './world.ts'

const isAny = () => true
const isWrite = ({ method }: Asked) => method !== 'GET'
const isApply = ({ method }: Asked) => method === 'PATCH'
const named =
  (text: string) =>
  ({ path }: Asked) =>
    status(403, `${path} is forbidden: ${text}`, { reason: 'Forbidden' })

const CASES: [string, (asked: Asked) => boolean, (asked: Asked) => Fault][] = [
  [
    '401, or a 404 that no API server sends',
    isAny,
    ({ index }) =>
      index % 2
        ? { status: 404, body: '<html><title>Not Found</title></html>' }
        : status(401, 'Unauthorized', { reason: 'Unauthorized' }),
  ],
  [
    'a webhook that denies',
    isWrite,
    () => status(400, 'admission webhook "policy.example.com" denied the request: no'),
  ],
  [
    '422',
    isApply,
    () =>
      status(422, 'it is invalid: spec.selector: Invalid value: field is immutable', {
        reason: 'Invalid',
        details: { causes: [{ reason: 'FieldValueInvalid', field: 'spec.selector', message: 'field is immutable' }] },
      }),
  ],
  ['403 of a quota', isApply, named('exceeded quota: compute, requested: pods=1, used: pods=0, limited: pods=0')],
  [
    '403 of a namespace that is going',
    isApply,
    () =>
      status(403, 'x is forbidden: unable to create new content in namespace egk because it is being terminated', {
        reason: 'Forbidden',
        details: {
          causes: [
            {
              reason: 'NamespaceTerminating',
              field: 'metadata.namespace',
              message: 'namespace egk is being terminated',
            },
          ],
        },
      }),
  ],
]

test.for(CASES)('%s, once, at any request', { timeout: 400_000 }, async ([, matches, fault], { task }) => {
  const { setup, env, cleanup } = await sweep((world, args, index) => {
    let count = 0
    return world.run(args, asked => (matches(asked) && count++ === index ? fault(asked) : undefined))
  })
  Object.assign(task.meta, { faults: setup + env + cleanup })
  expect(setup).toBeGreaterThan(15)
})

/** "PATCH deployments", "GET deployments": verb and resource, as rights are given. */
const rightOf = ({ method, path }: { method: string; path: string }) =>
  `${method} ${/\/(?:namespaces\/[^/]+\/)?([a-z]+)(?:\/[^/]+)?(?:\/proxy.*)?$/.exec(path.split('?')[0]!)?.[1]}`

test('without any one right: what is missing is named, and with it the run goes on', { timeout: 400_000 }, async ({
  task,
}) => {
  const world = await openWorld()
  try {
    const wanted = await wantedIn(world)
    await checkGone(world, await world.run(CLEANUP))
    const rights = new Set(world.simulator.requests.map(rightOf))
    let faults = 0
    for (const right of rights) {
      const forbid = (asked: Asked) =>
        rightOf(asked) === right ? named(`User "demo" cannot ${right}`)(asked) : undefined
      const setup = await world.run(SETUP, forbid)
      checkRun(setup)
      if (setup.code !== 0) {
        expect([1, 3], `${right}\n${setup.stderr}`).toContain(setup.code)
        expect(setup.stderr).toContain(`cannot ${right}`)
      }
      await checkPrefix(world, `setup without ${right}`)
      await checkInstalled(world, await world.run(SETUP), wanted)
      const cleanup = await world.run(CLEANUP, forbid)
      checkRun(cleanup)
      await checkPrefix(world, `cleanup without ${right}`)
      await checkGone(world, await world.run(CLEANUP))
      faults += setup.struck + cleanup.struck
    }
    Object.assign(task.meta, { faults })
    expect(rights.size).toBeGreaterThan(30)
  } finally {
    await world.bed.close()
  }
})
