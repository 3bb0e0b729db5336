import { createServer, type RequestListener } from 'node:http'
import { expect, onTestFinished, test } from 'vitest'
import { probe, prove } from '../../src/endpoints/prove.ts'
import { answerProbes } from './gateway-answers.ts'
import { listen } from './kube-server.ts'

const IO = {
  signal: new AbortController().signal,
  clock: { now: Date.now, sleep: async (ms: number) => void (await new Promise(wake => setTimeout(wake, ms))) },
}

test('of ten addresses that are asked at once the one that answers is found, without a word from Node', async () => {
  const warnings: string[] = []
  const note = ({ message }: Error) => void warnings.push(message)
  process.on('warning', note)
  onTestFinished(() => void process.off('warning', note))
  const port = await listen(createServer(answerProbes))
  const closed = Array.from({ length: 9 }, (_, index) => ({ host: `127.9.9.${index + 1}`, config: 1, events: 1 }))
  const open = { host: '127.0.0.1', config: port, events: port }

  const { endpoint, reason } = await prove([...closed, open], { answers: 1, deadline: Date.now() + 5000 }, IO)
  await new Promise(done => setImmediate(done))
  expect(endpoint).toEqual(open)
  expect(reason).toBe(
    '127.9.9.1:1: connection refused; 127.9.9.2:1: connection refused; 127.9.9.3:1: connection refused; and others',
  )
  expect(warnings).toEqual([])
})

const status =
  (code: number, text = ''): RequestListener =>
  (_, response) =>
    void response.writeHead(code, { server: 'proxy' }).end(text)

test.each<[what: string, events: RequestListener, said: RegExp]>([
  ['a proxy without a backend', status(503, 'Service Unavailable'), /is not an Event Gateway \(HTTP 503 from proxy\)$/],
  ['an Ingress without a rule', status(404, 'default backend'), /HTTP 404 from proxy/],
  ['a web server that takes everything', status(200), /HTTP 200 from proxy/],
  ['something that accepts everything', status(202), /HTTP 202 from proxy/],
  ['something that refuses everything', status(400, '{"errors":[{"message":"Bad Request"}]}'), /HTTP 400 from proxy/],
])('no proof of the events API is %s', async (_what, events, said) => {
  const port = await listen(createServer(events))
  const verdict = await probe({ host: '127.0.0.1', events: port }, 10_000, IO.signal)
  expect(verdict).toEqual({ ok: false, reason: expect.stringMatching(said) })
})

test('the reason is that of the last whole attempt, not of one that the deadline cut short', async () => {
  const started = Date.now()
  const server = createServer((request, response) => {
    if (Date.now() - started < 500) status(503)(request, response)
  })
  const port = await listen(server)
  onTestFinished(() => server.closeAllConnections())
  const endpoint = { host: '127.0.0.1', events: port }
  const { reason } = await prove([endpoint], { answers: 1, deadline: started + 1500 }, IO)
  expect(reason).toBe(`127.0.0.1:${port} is not an Event Gateway (HTTP 503 from proxy)`)
})
