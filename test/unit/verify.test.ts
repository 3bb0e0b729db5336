import { createHash } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer, type RequestListener } from 'node:http'
import { hostname, tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { diagnose } from '../../src/endpoints/reach-gateway.ts'
import type { Asked } from '../../src/gateway/ask.ts'
import { judge } from '../../src/gateway/event-arrival.ts'
import { EXAMPLES, exampleText } from '../../src/gateway/examples.ts'
import { FAILURES, NotVerified, type Reason } from '../../src/gateway/failures.ts'
import { eventOf, isLeftover, namesOf, proofId, saidBy, toRegister } from '../../src/gateway/registrations.ts'
import { startSimulator } from '../../src/simulator/simulator.ts'
import { run } from '../bed/command.ts'
import { refuseEvent } from './gateway-answers.ts'
import { listen } from './kube-server.ts'

const NOW = Date.parse('2026-11-24')

const answer = (status: number, text = ''): Asked => ({ status, text, server: '' })
const FAILED = '{"errors":[{"message":"Function call failed. Please check logs."}]}\n'

test.each<[what: string, asked: Asked, isReplica: boolean, reason: Reason | undefined, isFinal: boolean]>([
  ['nobody waits for the answer', answer(202), true, undefined, false],
  ["somebody else's function has answered", answer(200, 'hello'), true, 'route-taken', true],
  ["somebody else's function has refused", answer(404), true, 'route-taken', true],
  ["somebody else's function cannot be called", answer(500, FAILED), true, 'route-taken', true],
  ['an Ingress has no backend yet', answer(503), false, 'events-blocked', false],
  ['an Ingress has no such route', answer(404), false, 'events-blocked', true],
  ['the pod does not answer', { reason: 'nothing listens' }, true, 'replica-silent', false],
  ['the address does not answer', { reason: 'refused' }, false, 'events-blocked', false],
])('what an answer to the event means: %s', (_what, asked, isReplica, reason, isFinal) => {
  expect(judge(asked, isReplica)?.reason).toBe(reason)
  expect(judge(asked, isReplica)?.final === true).toBe(isFinal)
})

test.each<[Asked, string]>([
  [{ reason: 'connection refused' }, 'connection refused'],
  [answer(202), 'HTTP 202'],
  [
    answer(409, '{"errors":[{"message":"Function \\"f\\" already registered."}]}\n'),
    '409 Function "f" already registered.',
  ],
  [answer(502, '<html>\n\u001b[31mBad'), '502 <html> Bad'],
])('%o is told as %s', (asked, text) => {
  expect(saidBy(asked)).toBe(text)
})

test('the requests are those of the API of 0.9.0', () => {
  const names = { functionId: 'f', eventType: 'e' }
  const probe = { method: 'PATCH', path: '/' }
  expect(toRegister(names, probe, 'http://s.n.svc:4001/x')).toEqual({
    ...names,
    function: {
      method: 'POST',
      path: '/v1/spaces/eg-setup-probe/functions',
      body: { functionId: 'f', type: 'http', provider: { url: 'http://s.n.svc:4001/x' } },
    },
    type: { method: 'POST', path: '/v1/spaces/eg-setup-probe/eventtypes', body: { name: 'e' } },
    subscription: {
      method: 'POST',
      path: '/v1/spaces/eg-setup-probe/subscriptions',
      body: { type: 'async', eventType: 'e', functionId: 'f', path: '/', method: 'PATCH' },
    },
  })
  expect(eventOf(names, probe)).toEqual({
    method: 'PATCH',
    path: '/',
    headers: { 'ce-eventtype': 'e', 'ce-cloudeventsversion': '0.1', 'ce-source': '/eg-setup', 'ce-eventid': 'f' },
  })
})

const HOST = createHash('sha256').update(hostname()).digest('hex').slice(0, 6)

test.each<[what: string, name: (mine: string) => string, isLeftover: boolean]>([
  ['a proof of this process', mine => mine, false],
  ['a process of this machine that has ended', mine => mine.replace(/\d+$/, '4194305'), true],
  ['a proof on another machine', mine => mine.replace(/[0-9a-f]{6}-\d+$/, '000000-1'), false],
  ['a proof in a container that has our host name', mine => mine.replace(/[0-9a-f]{6}-\d+$/, `${HOST}-4194305`), false],
  ['a proof on another machine an hour ago', () => `loop-${(NOW - 3_600_000).toString(36)}-000000-1`, true],
  ['whatever else is in that space', () => 'echo', false],
  ['a name that only ends like one', mine => `mine-${mine}`, false],
])('what is left behind: %s', (_what, name, expected) => {
  const { functionId, eventType } = namesOf(proofId(NOW))
  expect([functionId, eventType].map(mine => isLeftover(name(mine), NOW))).toEqual([expected, expected])
})

/** A gateway of which only some answers come. */
async function gateway(config: RequestListener | undefined, events: RequestListener | undefined) {
  const ports = await Promise.all(
    [config, events].map(async handle => {
      const server = createServer((request, response) =>
        handle === undefined ? request.socket.destroy() : handle(request, response),
      )
      const port = await listen(server)
      if (handle === undefined) server.close()
      return port
    }),
  )
  return { host: '127.0.0.1', config: ports[0]!, events: ports[1]! }
}

const functions: RequestListener = (_, response) => void response.end('{"functions":[]}')
const withoutEtcd: RequestListener = (request, response) =>
  request.url === '/v1/status' ? void response.end() : request.socket.destroy()

test.each<[Reason, RequestListener | undefined, RequestListener | undefined]>([
  ['events-blocked', functions, undefined],
  ['config-blocked', undefined, refuseEvent],
  ['etcd-silent', withoutEtcd, refuseEvent],
  ['unreachable', undefined, undefined],
])('where no address answers as it should the reason is %s', async (reason, config, events) => {
  const endpoint = await gateway(config, events)
  const failed = diagnose([endpoint], 'ns', 'no answer', { signal: new AbortController().signal })
  await expect(failed).rejects.toMatchObject({ reason, code: 1 })
})

test('an address that answers on a second look is taken: one of the replicas behind it may be in trouble', async () => {
  const endpoint = await gateway(functions, refuseEvent)
  const found = diagnose([endpoint], 'ns', 'no answer', { signal: new AbortController().signal })
  await expect(found).resolves.toEqual(endpoint)
})

test.each(Object.keys(FAILURES) as Reason[])('%s says what and what next, in whole sentences', reason => {
  const { message, fix } = new NotVerified(reason, { namespace: 'ns', where: 'pod-1', said: 'HTTP 202' })
  expect(message).toMatch(/^[A-Z].*\.$/)
  expect(fix).toMatch(/^[A-Z].+/)
})

test.each(EXAMPLES)('the example for %s has the live address, and the content type of each API', example => {
  const text = exampleText(example, 'default', { host: '2001:db8::1', config: 1, events: 2 })
  expect(text).toContain("'http://[2001:db8::1]:1/v1/spaces/default/functions' -H 'content-type: application/json'")
  expect(text).toContain("'http://[2001:db8::1]:2/users' -H 'content-type: application/cloudevents+json'")
})

test('where pods may not be asked, their Service is', async () => {
  const simulator = await startSimulator({
    forbidden: ({ subresource }) => subresource === 'portforward',
  })
  const folder = await mkdtemp(join(tmpdir(), 'eg-verify-'))
  onTestFinished(async () => {
    await simulator.stop()
    await rm(folder, { recursive: true })
  })
  const env = { KUBECONFIG: join(folder, 'kubeconfig') }
  await writeFile(env.KUBECONFIG, simulator.kubeconfig)
  expect(await run(['--yes', '--expose', 'node-port'], { env })).toMatchObject({ code: 0 })
  const { code, stderr } = await run(['verify'], { env })
  expect({ code, stderr }).toMatchObject({ code: 0 })
  expect(stderr).toContain('Checking the replicas through their Service instead.')
  expect(stderr).toMatch(
    /Not all subscriptions could be read: only the subscriptions in space default, .* were read \(You don't have permission/,
  )
  expect(await run(['--yes', '--expose', 'cluster-ip'], { env })).toMatchObject({ code: 0, stdout: '' })
  expect(await run(['verify'], { env })).toMatchObject({ code: 3 })
})
