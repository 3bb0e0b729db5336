import { createServer } from 'node:http'
import { expect, onTestFinished, test } from 'vitest'
import { prove } from '../../src/endpoints/prove.ts'
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
  const port = await listen(createServer((_, response) => response.end('{"functions":[]}')))
  const closed = Array.from({ length: 9 }, (_, index) => ({ host: `127.9.9.${index + 1}`, config: 1, events: 1 }))
  const open = { host: '127.0.0.1', config: port, events: port }

  const { endpoint, reason } = await prove([...closed, open], { answers: 1, deadline: Date.now() + 5000 }, IO)
  await new Promise(done => setImmediate(done))
  expect(endpoint).toEqual(open)
  expect(reason).toBe(
    '127.9.9.1:1: connection refused; 127.9.9.2:1: connection refused; 127.9.9.3:1: connection refused; and so on',
  )
  expect(warnings).toEqual([])
})
