import { createServer } from 'node:http'
import { expect, test } from 'vitest'
import { proveShortly } from '../../src/gateway/short-proof.ts'
import type { Io } from '../../src/io.ts'
import type { Kube } from '../../src/kube/client.ts'
import { makeReporter } from '../../src/ui/reporter.ts'
import { listen } from './kube-server.ts'

/** Asks a gateway whose answers are "." and whose other connections end without one; gives what is said meanwhile. */
async function askGateway(answers: string, forMs: number) {
  let asked = 0
  const server = createServer((request, response) =>
    answers[asked++ % answers.length] === '.' ? void response.writeHead(202).end() : request.socket.destroy(),
  )
  const endpoint = { host: '127.0.0.1', events: await listen(server) }
  let said = ''
  const io = {
    env: { NO_COLOR: '1' },
    stderr: { write: (text: string) => (said += text) },
    clock: { now: Date.now, sleep: async (ms: number) => void (await new Promise(wake => setTimeout(wake, ms))) },
    signal: new AbortController().signal,
  } as unknown as Io
  const limits = { answers: 3, deadline: Date.now() + forMs }
  const reason = await proveShortly(undefined as unknown as Kube, 'ns', endpoint, limits, makeReporter(io), io)
  return { said, reason }
}

test.each<[string, string, RegExp, RegExp | undefined]>([
  ['answers each time is told nothing about', '.', /^$/, undefined],
  [
    'fails once is told about and asked again',
    '.x..',
    /^It does not answer each time: .*\n {2}\S+: connection closed .*\n$/,
    undefined,
  ],
  [
    'falls silent is asked until the time is up',
    '.xxxxxxxx',
    /^It does not .*\n {2}\S+: connection closed .*\n$/,
    /: connection closed/,
  ],
])('a gateway that has answered and then %s', async (_what, answers, said, reason) => {
  const outcome = await askGateway(answers, 1000)
  expect(outcome.said).toMatch(said)
  if (reason === undefined) expect(outcome.reason).toBeUndefined()
  else expect(outcome.reason).toMatch(reason)
})
