import { createServer } from 'node:http'
import { expect, test } from 'vitest'
import { proveBriefly } from '../../src/endpoints/prove-briefly.ts'
import type { Io } from '../../src/io.ts'
import type { Kube } from '../../src/kube/request/client.ts'
import { makeReporter } from '../../src/ui/reporter.ts'
import { answerProbes } from './gateway-answers.ts'
import { listen } from './kube-server.ts'

/**
 * Asks a gateway whose answers are "." and whose other connections end without one, and gives what is said. Its config API is
 * exposed where there is a `read`, by which its Service is read.
 */
async function askGateway(answers: string, forMs: number, read?: Kube['read']) {
  let asked = 0
  const server = createServer((request, response) =>
    answers[asked++ % answers.length] === '.' ? answerProbes(request, response) : request.socket.destroy(),
  )
  const port = await listen(server)
  const endpoint = { host: '127.0.0.1', events: port, ...(read && { config: port }) }
  let said = ''
  const io = {
    env: { NO_COLOR: '1' },
    stderr: { write: (text: string) => (said += text) },
    clock: { now: Date.now, sleep: async (ms: number) => void (await new Promise(wake => setTimeout(wake, ms))) },
    signal: new AbortController().signal,
  } as unknown as Io
  const limits = { answers: 3, deadline: Date.now() + forMs }
  const reason = await proveBriefly(
    { kube: { read } as unknown as Kube, reporter: makeReporter(io), io },
    'ns',
    endpoint,
    limits,
  ).catch((error: Error) => error.message)
  return { said: () => said, reason }
}

test.each<[string, string, RegExp, RegExp | undefined]>([
  ['answers each time is told nothing about', '.', /^$/, undefined],
  [
    'fails once is told about and asked again',
    '.x..',
    /^Some requests got no answer, retrying.*\n {2}\S+: connection closed .*\n$/,
    undefined,
  ],
  [
    'falls silent is asked until the time is up',
    '.xxxxxxxx',
    /^Some requests got no answer.*\n {2}\S+: connection closed .*\n$/,
    /: connection closed/,
  ],
])('a gateway that has answered and then %s', async (_what, answers, said, reason) => {
  const outcome = await askGateway(answers, 1000)
  expect(outcome.said()).toMatch(said)
  if (reason === undefined) expect(outcome.reason).toBeUndefined()
  else expect(outcome.reason).toMatch(reason)
})

test('the result of the test event is reported after the requests', async () => {
  const { said, reason } = await askGateway('.x.x......', 2000, async () => undefined)
  expect(said()).toMatch(
    /^Some requests got no answer, retrying.*\n( {2}.*\n)+▲ {2}The test event was not delivered\. The gateway's Service .*\n {3,5}Test every replica:\n {5}eg-setup verify -n ns\n$/,
  )
  expect(reason).toBeUndefined()
})

test('where the cluster fails meanwhile the gateway is asked no more', async () => {
  const broken = async () => Promise.reject(new Error('the cluster fails'))
  const { said, reason } = await askGateway('x', 5000, broken)
  expect(reason).toBe('the cluster fails')
  await new Promise(wake => setTimeout(wake, 400))
  expect(said()).toBe('')
})
