import { expect, test } from 'vitest'
import type { Ask } from '../../src/gateway/replicas.ts'
import { readKeys } from '../../src/gateway/stored-subscriptions.ts'
import { rangeOf } from '../../src/simulator/operator/etcd-range.ts'

const ROOT = '/serverless-event-gateway'
const { signal } = new AbortController()
const keysOf = (count: number) =>
  Array.from({ length: count }, (_, index) => `${ROOT}/subscriptions/s/${index + 10_000}`)

/** An etcd with these keys and what stands beside them; counts the questions. */
function etcd(keys: readonly string[]) {
  const all = new Map([`${ROOT}/functions/s/f`, ...keys, `${ROOT}/zebra`].map(key => [key, 'value'] as const))
  const bodies: { limit?: number; keys_only?: boolean }[] = []
  const ask: Ask = async ({ body }) => {
    bodies.push(body as object)
    return {
      status: 200,
      text: JSON.stringify(rangeOf({ keys: all, changes: [] }, body as Parameters<typeof rangeOf>[1])),
      server: '',
    }
  }
  return { ask, bodies }
}

test.each([0, 1, 500, 501, 1234])(
  '%i keys of subscriptions are read page by page, without their values',
  async count => {
    const { ask, bodies } = etcd(keysOf(count))
    expect(await readKeys(ask, signal)).toEqual(keysOf(count))
    expect(bodies).toHaveLength(Math.max(1, Math.ceil(count / 500)))
    expect(bodies.every(({ keys_only }) => keys_only)).toBe(true)
  },
)

test.each<[what: string, ask: Ask, said: RegExp]>([
  ['refuses', async () => ({ status: 503, text: '{"code":14}', server: '' }), /^etcd answers with HTTP 503$/],
  ['is no etcd', async () => ({ status: 200, text: '<html>', server: '' }), /^etcd answers with HTTP 200$/],
  ['is out of reach', async () => ({ reason: 'connection refused' }), /^connection refused$/],
  [
    'has no end',
    async () => ({
      status: 200,
      text: `{"kvs":[{"key":"${Buffer.from('x').toString('base64')}"}],"more":true}`,
      server: '',
    }),
    /more than 50000 subscriptions$/,
  ],
  ['answers nonsense', async () => ({ status: 200, text: '{"kvs":[null]}', server: '' }), /HTTP 200$/],
])('a member that %s gives a reason', async (_what, ask, said) => {
  expect(await readKeys(ask, signal)).toMatch(said)
})
