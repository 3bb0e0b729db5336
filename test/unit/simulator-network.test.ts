import { createServer } from 'node:http'
import { duplexPair } from 'node:stream'
import { expect, onTestFinished, test, vi } from 'vitest'
import { fetchOver } from '../../src/simulator/node/network.ts'
import { type Simulator, startSimulator } from '../../src/simulator/simulator.ts'
import { openSimulatorBed } from '../bed/simulator.ts'

test('an answer that is cut is no answer', async () => {
  const server = createServer((_, response) => {
    response.writeHead(200, { 'content-length': 100 }).write('half')
    setTimeout(() => response.destroy(), 20)
  })
  const [near, far] = duplexPair()
  far.once('close', () => near.destroy())
  server.emit('connection', far)
  await expect(fetchOver(near, { path: '/' })).rejects.toMatchObject({ code: 'ECONNRESET' })
})

/** Simulated clusters that begin to look for their node ports at the same one; each gives those that are tried and taken. */
async function startSideBySide(count: number) {
  vi.spyOn(Math, 'random').mockReturnValue(0)
  const clusters: Simulator[] = []
  for (let index = 0; index < count; index++) clusters.push(await startSimulator())
  onTestFinished(async () => {
    vi.restoreAllMocks()
    await Promise.all(clusters.map(({ stop }) => stop()))
  })
  const services = '/api/v1/namespaces/default/services'
  return clusters.map(({ api }) => ({
    create: async (name: string, query = '') => {
      const spec = { type: 'NodePort', ports: [{ port: 80 }] }
      const object = { apiVersion: 'v1', kind: 'Service', metadata: { name }, spec }
      const { status, body } = await api('POST', `${services}${query}`, object)
      expect(status).toBe(201)
      return body.spec.ports[0].nodePort as number
    },
    remove: (name: string) => api('DELETE', `${services}/${name}`),
  }))
}

test('simulated clusters side by side have node ports of their own', async () => {
  const clusters = await startSideBySide(3)
  const ports = await Promise.all(clusters.flatMap(({ create }) => [create('one'), create('another')]))
  expect(new Set(ports).size).toBe(6)
})

test('their load balancers have ports of their own as well', async () => {
  const beds = await Promise.all([openSimulatorBed(), openSimulatorBed(), openSimulatorBed()])
  await Promise.all(beds.map(({ close }) => close()))
  expect(new Set(beds.flatMap(({ loadBalancer }) => [loadBalancer.config, loadBalancer.events])).size).toBe(6)
})

test('a dry run takes no node port, and one that was given back rests', async () => {
  const [{ create, remove } = expect.unreachable()] = await startSideBySide(1)
  const tried = []
  for (let index = 0; index < 50; index++) tried.push(await create('one', '?dryRun=All'))
  const one = await create('one')
  const others = [await create('another'), await create('third')]
  expect(new Set(tried)).toEqual(new Set([one]))
  await remove('one')
  expect([one, ...others]).not.toContain(await create('one'))
})
