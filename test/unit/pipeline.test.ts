import { describe, expect, test } from 'vitest'
import { makeKube } from '../../src/kube/request/client.ts'
import { ApiError, type Call } from '../../src/kube/request/connection.ts'
import { connectTo, type Handler, json, serve } from './kube-server.ts'

const GET: Call = { method: 'GET', path: '/api/v1/namespaces?limit=1' }

async function connected(handler: Handler, more: Omit<Parameters<typeof connectTo>[0], 'server'> = {}) {
  const server = await serve(handler)
  return { server, ...(await connectTo({ server: server.url, ca: server.ca, ...more })) }
}

test('calls go over one connection, with the token, our name and the body as JSON', async () => {
  const { server, connection, calls } = await connected((_, response) => json(response, { ok: true }))
  for (let n = 0; n < 5; n++) await connection.send(GET)
  const answer = await connection.send({
    method: 'PATCH',
    path: '/a',
    body: { text: 'Größe' },
    contentType: 'application/apply-patch+yaml',
  })
  expect(JSON.parse(answer.text)).toEqual({ ok: true })
  expect(server.connections()).toBe(1)
  expect(server.seen.at(-1)?.headers).toMatchObject({
    authorization: 'Bearer hunter2',
    'content-type': 'application/apply-patch+yaml',
    'content-length': String(Buffer.byteLength('{"text":"Größe"}')),
    'user-agent': expect.stringMatching(/^eg-setup\/\d+\.\d+\.\d+ \(node\/\d/),
  })
  expect(calls[0]).toMatch(/^GET \/api\/v1\/namespaces\?limit=1 200 \d+ms$/)
})

test('a hundred calls at the same time are all answered over a few connections, without a word from Node', async () => {
  const spoken: string[] = []
  const listener = (warning: Error) => spoken.push(warning.message)
  process.on('warning', listener)
  const { server, connection } = await connected((request, response) => json(response, { url: request.url }))
  const answers = await Promise.all(
    Array.from({ length: 100 }, (_, n) => connection.send({ method: 'GET', path: `/${n}` })),
  )
  await new Promise(done => setImmediate(done))
  process.off('warning', listener)
  expect(answers.map(answer => (JSON.parse(answer.text) as { url: string }).url)).toEqual(
    answers.map((_, n) => `/${n}`),
  )
  expect(spoken).toEqual([])
  expect(server.connections()).toBeLessThanOrEqual(6)
})

describe('sent again', () => {
  type Case = [title: string, first: Handler, waits: [least: number, most: number][]]
  const status =
    (code: number, headers = {}): Handler =>
    (_, response) =>
      json(response, { kind: 'Status' }, code, headers)
  const inTenSeconds = () => new Date(Date.now() + 10_000).toUTCString()
  const cases: Case[] = [
    ['429 without Retry-After', status(429), [[0, 250]]],
    ['429 with seconds', status(429, { 'retry-after': '7' }), [[7000, 7250]]],
    [
      '429 with a date',
      (request, response, n) => status(429, { 'retry-after': inTenSeconds() })(request, response, n),
      [[8000, 10_250]],
    ],
    ['429 with nonsense', status(429, { 'retry-after': 'soon' }), [[0, 250]]],
    ['500', status(500), [[0, 250]]],
    ['502 of a proxy', (_, response) => void response.writeHead(502).end('<html>'), [[0, 250]]],
    ['503', status(503, { 'retry-after': '1' }), [[1000, 1250]]],
    ['504', status(504), [[0, 250]]],
    ['a reset before the answer', request => void request.socket.destroy(), [[0, 250]]],
    [
      'a reset within the answer',
      (_, response) => {
        response.writeHead(200, { 'content-length': '100' }).write('{"a":')
        setImmediate(() => response.socket?.destroy())
      },
      [[0, 250]],
    ],
    ['a server that never answers', () => {}, [[0, 250]]],
    ['an answer that never ends', (_, response) => void response.writeHead(200).write('{'), [[0, 250]]],
  ]
  test.each(cases)('%s', async (_, first, waits) => {
    const handler: Handler = (request, response, count) =>
      count === 1 ? first(request, response, count) : json(response, { count })
    const retries: string[] = []
    const { connection, slept } = await connected(handler, {
      limits: { answerMs: 300 },
      hooks: { onRetry: why => retries.push(why) },
    })
    const retryUntil = Date.now() + 60_000
    expect(JSON.parse((await connection.send({ ...GET, retryUntil })).text)).toEqual({ count: 2 })
    expect(slept.length).toBe(waits.length)
    for (const [n, [least, most]] of waits.entries()) expect(slept[n]! >= least && slept[n]! <= most).toBe(true)
    expect(retries.length).toBe(1)
  })

  test.each<[string, Partial<Call>]>([
    ['POST', { method: 'POST', body: {} }],
    ['PUT', { method: 'PUT', body: {} }],
    ['a GET that must not be', { retry: false }],
  ])('%s is not', async (_, call) => {
    const { connection, server } = await connected((_, response) =>
      json(response, { kind: 'Status', message: 'no' }, 503),
    )
    await expect(connection.send({ ...GET, ...call })).rejects.toMatchObject({ name: 'ApiError', status: 503 })
    expect(server.seen.length).toBe(1)
  })

  test('the waits double up to 8 s and end at the deadline', async () => {
    const { connection, slept, io } = await connected((_, response) => json(response, { kind: 'Status' }, 503))
    const retryUntil = io.clock.now() + 120_000
    await expect(connection.send({ ...GET, retryUntil })).rejects.toBeInstanceOf(ApiError)
    for (const [n, ms] of slept.entries()) expect(ms).toBeLessThanOrEqual(Math.min(8000, 250 * 2 ** n))
    expect(io.clock.now()).toBeGreaterThan(retryUntil - 8000)
    expect(io.clock.now()).toBeLessThan(retryUntil + 3000)
  })

  test('a server that asks for more time than there is gets none', async () => {
    const { connection, server } = await connected((_, response) =>
      json(response, { kind: 'Status', message: 'busy' }, 429, { 'retry-after': '50' }),
    )
    await expect(connection.send(GET)).rejects.toMatchObject({ status: 429, message: 'busy' })
    expect(server.seen.length).toBe(1)
  })

  test('a connection closed while idle fails no request, not even a POST', async () => {
    const { connection, server, slept } = await connected((request, response, count) =>
      count === 2 ? void request.socket.destroy() : json(response, { count }),
    )
    await connection.send(GET)
    expect(JSON.parse((await connection.send({ method: 'POST', path: '/a', body: {} })).text)).toEqual({ count: 3 })
    expect({ slept, connections: server.connections() }).toEqual({ slept: [], connections: 2 })
  })
})

describe('errors', () => {
  test('a Status becomes an ApiError, without what a terminal would obey', async () => {
    const status = {
      kind: 'Status',
      reason: 'Conflict',
      message: 'no\u001b[31m way\u202e',
      details: {
        causes: [{ reason: 'FieldManagerConflict', field: '.spec\u0007', message: 'conflict with "kubectl"' }],
      },
    }
    const { connection } = await connected((_, response) => json(response, status, 409))
    await expect(connection.send(GET)).rejects.toMatchObject({
      status: 409,
      reason: 'Conflict',
      message: 'no way',
      causes: [{ reason: 'FieldManagerConflict', field: '.spec', message: 'conflict with "kubectl"' }],
      call: GET,
    })
  })

  test.each([
    ['HTML', '<html>\n<head><title>502 Bad\u001b]0;x\u0007 Gateway</title>', 'HTTP 400: 502 Bad Gateway'],
    ['nothing', '', 'HTTP 400'],
    [
      'text',
      '\n  Client sent an HTTP request to an HTTPS server.\n',
      'HTTP 400: Client sent an HTTP request to an HTTPS server.',
    ],
    ['other JSON', '[1]', 'HTTP 400: [1]'],
    ['a long line', 'x'.repeat(70_000), `HTTP 400: ${'x'.repeat(199)}…`],
  ])('an error status with %s is told in a few words', async (_, body, message) => {
    const { connection } = await connected((_, response) => void response.writeHead(400).end(body))
    await expect(connection.send(GET)).rejects.toMatchObject({ name: 'ApiError', status: 400, reason: '', message })
  })

  test.each<[string, number, string, object]>([
    ['a 404 of no API server is not "not found"', 404, '<html>Not Found</html>', { name: 'UserError', code: 3 }],
    ['a redirect is no answer', 302, '', { name: 'UserError', code: 3 }],
    ['a path that is not served is a 404', 404, '404 page not found\n', { name: 'ApiError', status: 404 }],
  ])('%s', async (_, status, body, error) => {
    const { connection } = await connected(
      (_, response) => void response.writeHead(status, { location: '/login' }).end(body),
    )
    await expect(connection.send(GET)).rejects.toMatchObject(error)
  })

  test('200 with HTML is no JSON', async () => {
    const { connection } = await connected((_, response) => void response.end('<html>log in</html>'))
    await expect(makeKube(connection).list('Namespace')).rejects.toThrow(
      /not JSON\. A proxy or login page may be between/,
    )
  })

  test('an answer that is too large is cut off', async () => {
    const { connection } = await connected((_, response) => void response.end('x'.repeat(2 * 1024 * 1024)), {
      limits: { maxBytes: 1024 * 1024 },
    })
    await expect(connection.send(GET)).rejects.toThrow(/larger than 1 MB/)
  })

  test('warnings are told once each', async () => {
    const { connection, warnings } = await connected((_, response) =>
      json(response, {}, 200, { Warning: ['299 - "old \\"v1\\""', '299 - "second, with a comma"'] }),
    )
    await connection.send(GET)
    await connection.send(GET)
    expect(warnings).toEqual(['old "v1"', 'second, with a comma'])
  })
})

describe('stopped', () => {
  test.each(['run', 'call'] as const)('by the signal of the %s, with its reason', async which => {
    const own = new AbortController()
    const reason = new Error('enough')
    const { connection, abort } = await connected(() => (which === 'run' ? abort : own).abort(reason))
    await expect(connection.send({ ...GET, signal: own.signal })).rejects.toBe(reason)
  })

  test('before it begins', async () => {
    const { connection, server } = await connected((_, response) => json(response, {}))
    await expect(connection.send({ ...GET, signal: AbortSignal.abort(new Error('enough')) })).rejects.toThrow('enough')
    expect(server.seen).toEqual([])
  })
})
