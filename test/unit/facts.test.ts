import { expect, test } from 'vitest'
import { readFacts } from '../../src/cluster/read-facts.ts'
import { makeKube } from '../../src/kube/request/client.ts'
import { ApiError, type Connection } from '../../src/kube/request/connection.ts'

const ANSWERS: Readonly<Record<string, unknown>> = {
  '/version': { gitVersion: 'v1.34.4', platform: 'linux/arm64' },
  '/apis': { kind: 'APIGroupList', groups: [{ name: 'apps' }, { name: 'metallb.io' }] },
  '/api/v1/nodes?limit=20': {
    apiVersion: 'v1',
    metadata: { continue: 'more' },
    items: [
      {
        metadata: { name: 'one', labels: { a: 'b' } },
        spec: { providerID: 'aws:///a/one', unschedulable: true },
      },
      ...Array(19).fill({ metadata: { name: 'two' }, status: { conditions: [{ type: 'Ready', status: 'True' }] } }),
    ],
  },
  '/api/v1/namespaces/kube-system': { metadata: { name: 'kube-system', uid: 'b7f8a6f2' } },
}
const PATHS = Object.keys(ANSWERS)

/** A cluster that answers as above, but for some paths with another status. */
function clusterThat(status: number, refused: readonly string[] = [], others: typeof ANSWERS = {}) {
  const asked: string[] = []
  const connection: Connection = {
    context: 'ctx',
    cluster: 'kind-a',
    user: 'kind-a',
    server: 'https://127.0.0.1:6443',
    namespace: 'default',
    extensions: [],
    files: [],
    kubeConfig: () => Promise.reject(new Error('not needed')),
    send: async call => {
      asked.push(call.path)
      await new Promise(setImmediate)
      if (refused.includes(call.path)) throw new ApiError(call, status, { reason: 'Refused', message: 'no' })
      return { status: 200, headers: {}, text: JSON.stringify({ ...ANSWERS, ...others }[call.path]) }
    },
    close: () => {},
  }
  return { kube: makeKube(connection), asked }
}

test('the facts take four requests, all at once, where the first nodes tell enough', async () => {
  const { kube, asked } = clusterThat(200)
  const reading = readFacts(kube)
  expect(asked.toSorted()).toEqual(PATHS.toSorted())
  expect(await reading).toMatchObject({
    context: 'ctx',
    cluster: 'kind-a',
    user: 'kind-a',
    version: 'v1.34.4',
    serverPlatform: 'linux/arm64',
    groups: ['apps', 'metallb.io'],
    clusterId: 'b7f8a6f2',
  })
  const [one, two, ...others] = (await reading).nodes ?? []
  const closed = { ready: false, schedulable: false }
  expect(one).toMatchObject({ name: 'one', labels: { a: 'b' }, providerId: 'aws:///a/one', ...closed })
  expect(two).toMatchObject({ name: 'two', labels: {}, providerId: '', ready: true, schedulable: true })
  expect(others).toHaveLength(18)
  expect(asked).toHaveLength(PATHS.length)
})

const TABLE = '/api/v1/nodes?includeObject=None&resourceVersion=0'
const REGIONAL = `${TABLE}&labelSelector=topology.kubernetes.io%2Fregion`
const columnDefinitions = ['Name', 'Status', 'Internal-IP', 'External-IP'].map(name => ({ name }))
const PLAIN = Array(1500).fill(['plain', 'Ready', '10.0.0.1', '<none>'])
const ODD = '/api/v1/nodes/odd'

test.each([
  ['19 nodes are all there are', 19, PLAIN, [], []],
  ['private ones are all looked at', 20, PLAIN, [], [REGIONAL, TABLE]],
  ['one has a public address', 20, [...PLAIN, ['odd', '', '10.0.0.2', '8.8.8.8']], [], [REGIONAL, TABLE, ODD]],
  ['one is in a region of a cloud', 20, PLAIN, [['odd', '', '10.0.0.2', '<none>']], [REGIONAL, TABLE, ODD]],
])('of many nodes, %s', async (_, first, all, regional, asks) => {
  const items = Array(first).fill({ metadata: { name: 'plain' } })
  const table = (rows: string[][]) => ({
    kind: 'Table',
    columnDefinitions,
    rows: rows.map(cells => ({ cells, object: null })),
  })
  const { kube, asked } = clusterThat(200, [], {
    '/api/v1/nodes?limit=20': { metadata: first < 20 ? {} : { continue: 'more' }, items },
    [TABLE]: table(all),
    [REGIONAL]: table(regional),
    [ODD]: { metadata: { name: 'odd' } },
  })
  const facts = await readFacts(kube)
  expect(facts.nodes!.slice(first).map(({ name }) => name)).toEqual(asks.includes(ODD) ? ['odd'] : [])
  expect(asked.slice(PATHS.length)).toEqual(asks)
})

test.each([
  ['/version', { version: '', serverPlatform: '' }],
  ['/apis', { groups: undefined }],
  ['/api/v1/nodes?limit=20', { nodes: undefined }],
  ['/api/v1/namespaces/kube-system', { clusterId: undefined }],
])('where %s is forbidden, the other facts are read', async (path, missing) => {
  const all = await readFacts(clusterThat(200).kube)
  expect(await readFacts(clusterThat(403, [path]).kube)).toEqual({ ...all, ...missing })
})

test('facts are there even if everything is forbidden', async () => {
  expect(await readFacts(clusterThat(403, PATHS).kube)).toMatchObject({ server: 'https://127.0.0.1:6443', version: '' })
})

test.each(PATHS)('an error of the server at %s is not taken for a lack of rights', async path => {
  await expect(readFacts(clusterThat(500, [path]).kube)).rejects.toMatchObject({ status: 500 })
})
