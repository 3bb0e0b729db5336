import { createServer } from 'node:http'
import { duplexPair } from 'node:stream'
import { expect, onTestFinished, test } from 'vitest'
import { fetchOver } from '../../src/simulator/network.ts'
import { startSimulator } from '../../src/simulator/simulator.ts'

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

test('simulated clusters side by side have node ports of their own, and dry runs use none of them up', async () => {
  const clusters = await Promise.all([startSimulator(), startSimulator(), startSimulator()])
  onTestFinished(async () => void (await Promise.all(clusters.map(({ stop }) => stop()))))
  const given = clusters.map(async ({ api }) => {
    const create = async (name: string, query = '') => {
      const service = {
        apiVersion: 'v1',
        kind: 'Service',
        metadata: { name },
        spec: { type: 'NodePort', ports: [{ port: 80 }] },
      }
      const { status, body } = await api('POST', `/api/v1/namespaces/default/services${query}`, service)
      expect(status).toBe(201)
      return body.spec.ports[0].nodePort as number
    }
    const tried = []
    for (let index = 0; index < 50; index++) tried.push(await create('one', '?dryRun=All'))
    const one = await create('one')
    expect(new Set(tried)).toEqual(new Set([one]))
    return [one, await create('another')]
  })
  const ports = (await Promise.all(given)).flat()
  expect(new Set(ports).size).toBe(6)
})
