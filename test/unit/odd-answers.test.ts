import { expect, test } from 'vitest'
import { askMember } from '../../src/engines/etcd-health.ts'
import { UserError } from '../../src/errors.ts'
import { listFunctions } from '../../src/gateway/registrations.ts'
import { ref } from '../../src/kube/kinds.ts'
import { makeKube } from '../../src/kube/request/client.ts'
import type { Connection } from '../../src/kube/request/connection.ts'

let body: unknown
const send = async () => ({ status: 200, headers: {}, text: JSON.stringify(body) })
const kube = makeKube({ send } as unknown as Connection)

const SERVICE = ref('Service', 'x', 'n')
const metadata = { name: 'x' }
const ingress = (entry: unknown) => ({ metadata, status: { loadBalancer: { ingress: entry } } })

test.each<[title: string, answer: unknown, problem: string]>([
  ['null', null, 'it is not an object'],
  ['text', 'abc', 'it is not an object'],
  ['a list', [], 'metadata is missing'],
  ['no metadata', {}, 'metadata is missing'],
  ['metadata without a name', { metadata: {} }, 'metadata.name is missing'],
  ['a name that is a number', { metadata: { name: 7 } }, 'metadata.name is not a string'],
  ['labels of numbers', { metadata: { name: 'x', labels: { a: 1 } } }, 'metadata.labels.a is not a string'],
  ['a spec that is text', { metadata, spec: 'abc' }, 'spec is not an object'],
  ['ports that are no list', { metadata, spec: { ports: {} } }, 'spec.ports is not a list'],
  ['a port that is text', { metadata, spec: { ports: [{ port: '80' }] } }, 'spec.ports[0].port is not a number'],
  ['an address that is a number', ingress([{ ip: 12345 }]), 'status.loadBalancer.ingress[0].ip is not a string'],
  ['an address that is null', ingress([null]), 'status.loadBalancer.ingress[0] is not an object'],
])('an answer with %s is an error that names it', async (_, answer, problem) => {
  body = answer
  const error = await kube.read(SERVICE).catch(error => error)
  expect(error).toBeInstanceOf(UserError)
  expect(error.message).toBe(`The API server's response for service/x -n n isn't valid: ${problem}.`)
  expect(error.fix).toContain('kubectl get --raw /api/v1/namespaces/n/services/x')
})

test.each<[title: string, answer: unknown, problem: string]>([
  ['null', null, 'it is not an object'],
  ['items that are text', { items: 'abc' }, 'items is not a list'],
  ['an item that is null', { items: [null] }, 'items[0] is not an object'],
  ['an item without metadata', { items: [{ metadata }, {}] }, 'items[1].metadata is missing'],
  ['a token that is a number', { metadata: { continue: 1 }, items: [] }, 'metadata.continue is not a string'],
])('a list with %s is an error that names it', async (_, answer, problem) => {
  body = answer
  await expect(kube.list('Service')).rejects.toThrow(
    `The API server's response for the list of kind Service isn't valid: ${problem}.`,
  )
})

test('what is null is absent', async () => {
  body = { metadata: { ...metadata, labels: null, finalizers: null }, spec: { ports: null }, status: null }
  expect(await kube.read(SERVICE)).toEqual({ apiVersion: 'v1', kind: 'Service', metadata, spec: {} })
  body = { items: null }
  expect(await kube.list('Service')).toEqual([])
})

test('ten thousand objects are checked within two seconds of work', async () => {
  const pod = {
    metadata: { name: 'x', namespace: 'n', labels: { app: 'x' }, ownerReferences: [{ kind: 'ReplicaSet', name: 'y' }] },
    spec: { containers: [{ name: 'c', image: 'i', resources: { requests: { cpu: '1' } } }], nodeName: 'a' },
    status: { phase: 'Running', conditions: [{ type: 'Ready', status: 'True' }] },
  }
  body = { items: Array.from({ length: 10_000 }, () => pod) }
  const before = process.cpuUsage()
  expect(await kube.list('Pod')).toHaveLength(10_000)
  const { user, system } = process.cpuUsage(before)
  expect((user + system) / 1000).toBeLessThan(2000)
})

test.each([
  ['null', []],
  ['[]', []],
  ['{"functions":null}', []],
  ['{"functions":[null,7,{"functionId":7},{"functionId":"x"}]}', [{ functionId: 'x' }]],
])('of the functions that a gateway lists as %s, those count that are functions', async (text, functions) => {
  const ask = async () => ({ status: 200, text, server: '' })
  const { signal } = new AbortController()
  expect(await listFunctions({ namespace: 'n', where: 'x', ask, signal })).toEqual(functions)
})

test('a member of etcd whose health is null has none', async () => {
  body = null
  expect(await askMember(kube, 'n', 'etcd-0')).toMatchObject({ ready: false })
})
