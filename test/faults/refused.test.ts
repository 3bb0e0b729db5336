import { expect, test } from 'vitest'
import type { Asked, Fault } from './faulty-api.ts'
import { forbidden, status } from './status.ts'
import { sweep } from './sweep.ts'

const isAny = () => true
const isWrite = ({ method }: Asked) => method !== 'GET'
const isApply = ({ method }: Asked) => method === 'PATCH'

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
  ['403 of a quota', isApply, forbidden('exceeded quota: compute, requested: pods=1, used: pods=0, limited: pods=0')],
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

test.for(CASES)('%s, once, at any request', async ([, matches, fault], { task }) => {
  const { setup, env, cleanup } = await sweep((world, args, index) => {
    let count = 0
    return world.run(args, asked => (matches(asked) && count++ === index ? fault(asked) : undefined))
  })
  Object.assign(task.meta, { faults: setup + env + cleanup })
  expect(setup).toBeGreaterThan(15)
})
