import { expect, test } from 'vitest'
import { makeKube } from '../../src/kube/request/client.ts'
import { createLease, leaseOf, leaseRef } from '../../src/kube/request/lease.ts'
import { connectTo, type Handler, json, serve } from './kube-server.ts'

async function kubeOf(handler: Handler, end?: (started: number) => number) {
  const server = await serve(handler)
  const limits = end && { end }
  const { connection, io } = await connectTo({ server: server.url, ca: server.ca, ...(limits && { limits }) })
  return { kube: makeKube(connection), seen: server.seen, io }
}

const page = (token: string) => ({
  apiVersion: 'v1',
  kind: 'ServiceList',
  metadata: { continue: token },
  items: [{ metadata: { name: 'one' } }],
})

test.each<[string, (count: number) => string, number]>([
  ['the same', () => 'again', 2],
  ['another one', count => `page-${count}`, 200],
])('a list is given up whose next page is always %s', async (_, token, pages) => {
  const { kube, seen } = await kubeOf((_, response, count) => json(response, page(token(count))))
  await expect(kube.list('Service')).rejects.toMatchObject({
    message: 'The API server kept returning more pages of kind Service, so eg-setup stopped reading.',
    code: 3,
  })
  expect(seen.length).toBe(pages)
})

test('a Lease is given up that is there when it is made and not there when it is read', async () => {
  const { kube, seen } = await kubeOf(({ method }, response) => {
    const status = method === 'POST' ? 409 : 404
    json(response, { kind: 'Status', reason: status === 409 ? 'AlreadyExists' : 'NotFound' }, status)
  })
  await expect(createLease(kube, leaseOf(leaseRef('eg-setup', 'x'), {}, Date.now()))).rejects.toMatchObject({
    status: 409,
  })
  expect(seen.length).toBeLessThan(20)
})

test.each<[string, Handler]>([
  ['503', (_, response) => json(response, { kind: 'Status' }, 503)],
  [
    'an answer of single bytes',
    (_, response) => {
      response.writeHead(200)
      const drip = setInterval(() => response.write(' '), 20)
      response.on('close', () => clearInterval(drip))
    },
  ],
  ['no answer', () => {}],
])('--timeout ends the calls of a server with %s for ever', async (_, handler) => {
  const { kube } = await kubeOf(handler, started => started + 300)
  const started = Date.now()
  await expect(kube.list('Service')).rejects.toThrow()
  expect(Date.now() - started).toBeLessThan(10_000)
})
