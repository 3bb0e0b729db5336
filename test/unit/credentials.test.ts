import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { TLSSocket } from 'node:tls'
import { expect, test } from 'vitest'
import { EXIT, UserError } from '../../src/errors.ts'
import { makeCertificate } from '../bed/certificate.ts'
import { connectTo, json, serve } from './kube-server.ts'

const GET = { method: 'GET', path: '/version' } as const

/** A server that accepts one bearer token, which the test may change. */
async function guarded(accepted: { token: string }) {
  return serve((request, response) =>
    request.headers.authorization === `Bearer ${accepted.token}`
      ? json(response, {})
      : json(response, { kind: 'Status', reason: 'Unauthorized' }, 401),
  )
}

/** A plugin that counts its runs, keeps what it was told and prints what `print` (JavaScript, `n` is the run) gives. */
function plugin(folder: string, print: string, more: object = {}) {
  const script = join(folder, 'plugin.js')
  const runs = join(folder, 'runs')
  writeFileSync(
    script,
    `const fs = require('node:fs')
     fs.appendFileSync(${JSON.stringify(runs)}, process.env.KUBERNETES_EXEC_INFO + process.env.EXTRA + '\\n')
     const n = fs.readFileSync(${JSON.stringify(runs)}, 'utf8').split('\\n').length - 1
     const credential = status => JSON.stringify({ apiVersion: 'client.authentication.k8s.io/v1', kind: 'ExecCredential', status })
     ${print}`,
  )
  return {
    exec: {
      apiVersion: 'client.authentication.k8s.io/v1',
      command: process.execPath,
      args: [script],
      env: [{ name: 'EXTRA', value: 'extra' }],
      installHint: 'Install node.',
      interactiveMode: 'IfAvailable',
      ...more,
    },
  }
}
const runsIn = (folder: string) => {
  const file = join(folder, 'runs')
  return existsSync(file) ? readFileSync(file, 'utf8').trim().split('\n') : []
}

async function withPlugin(print: string, { more = {}, token = 't1' } = {}) {
  const accepted = { token }
  const server = await guarded(accepted)
  const { folder } = await connectTo({ server: server.url }) // for its folder
  const connected = await connectTo({ server: server.url, ca: server.ca, user: plugin(folder, print, more) })
  return { ...connected, accepted, server, runs: () => runsIn(folder) }
}

test('a plugin is told about us and run once for calls at the same time', async () => {
  const { connection, runs, server } = await withPlugin(`console.log(credential({ token: 't1' }))`, {
    more: { provideClusterInfo: true },
  })
  await Promise.all(Array.from({ length: 5 }, () => connection.send(GET)))
  await connection.send(GET)
  expect(runs().length).toBe(1)
  expect(runs()[0]).toMatch(/extra$/)
  expect(JSON.parse(runs()[0]!.replace(/extra$/, ''))).toEqual({
    apiVersion: 'client.authentication.k8s.io/v1',
    kind: 'ExecCredential',
    spec: { interactive: false, cluster: { server: `${server.url}/`, 'certificate-authority-data': server.ca } },
  })
})

test('a plugin is run again after a 401, once, also for calls at the same time', async () => {
  const { connection, runs, accepted } = await withPlugin(`console.log(credential({ token: 't' + n }))`)
  await connection.send(GET)
  accepted.token = 't2'
  await Promise.all([connection.send(GET), connection.send(GET), connection.send(GET)])
  expect(runs().length).toBe(2)
  accepted.token = 'none'
  await expect(connection.send(GET)).rejects.toThrow(/rejected the credentials of user "me"/)
  expect(runs().length).toBe(3)
})

test('a plugin is run again when its credential is about to end', async () => {
  const { connection, runs, accepted, io } = await withPlugin(
    `console.log(credential({ token: 't' + n, expirationTimestamp: new Date(Date.now() + 60_000).toISOString() }))`,
  )
  await connection.send(GET)
  await connection.send(GET)
  expect(runs().length).toBe(1)
  await io.clock.sleep(55_000, io.signal)
  accepted.token = 't2'
  await connection.send(GET)
  expect(runs().length).toBe(2)
})

test('a plugin may give a client certificate', async () => {
  const mine = makeCertificate({ name: 'me' })
  const tls = { ...makeCertificate(), ca: mine.cert, requestCert: true, rejectUnauthorized: false }
  const names: unknown[] = []
  const server = await serve(
    (request, response) => {
      names.push((request.socket as TLSSocket).getPeerCertificate().subject?.CN)
      json(response, {})
    },
    { tls },
  )
  const { folder } = await connectTo({ server: server.url })
  const user = plugin(
    folder,
    `console.log(credential(${JSON.stringify({ clientCertificateData: mine.cert, clientKeyData: mine.key })}))`,
  )
  const { connection } = await connectTo({ server: server.url, ca: server.ca, user })
  await connection.send(GET)
  expect(names).toEqual(['me'])
})

test.each<[string, string, object, RegExp, RegExp]>([
  [
    'is missing',
    '',
    { command: 'no-such-plugin' },
    /"no-such-plugin" of user "me" is not installed/,
    /^Install node\.$/,
  ],
  ['fails', `console.error('why'); process.exit(7)`, {}, /failed \(exit code 7\)/, /kubectl --context here get ns/],
  ['prints garbage', `console.log('hunter2 <html>')`, {}, /returned no ExecCredential/, /Log in/],
  [
    'prints nothing of use',
    `console.log(credential({ expirationTimestamp: 'hunter2' }))`,
    {},
    /returned no ExecCredential/,
    /Log in/,
  ],
  ['needs a terminal', '', { interactiveMode: 'Always' }, /needs a terminal/, /terminal/],
])('a plugin that %s', async (_, print, more, message, fix) => {
  const { connection } = await withPlugin(print, { more })
  const error = await connection.send(GET).then(
    () => undefined,
    (reason: unknown) => reason as UserError,
  )
  expect(error).toBeInstanceOf(UserError)
  expect(error?.code).toBe(EXIT.precondition)
  expect(error?.message).toMatch(message)
  expect(error?.fix).toMatch(fix)
  expect(`${error?.message} ${error?.fix} ${error?.cause}`).not.toContain('hunter2')
})

test('an interrupt ends a plugin that hangs', async () => {
  const { connection, abort, runs } = await withPlugin('setTimeout(() => {}, 60_000)')
  const call = connection.send(GET)
  call.catch(() => {})
  await expect.poll(runs).toHaveLength(1)
  abort.abort(new Error('enough'))
  await expect(call).rejects.toThrow('enough')
})

test('a token file is read for each call', async () => {
  const accepted = { token: 'one' }
  const server = await guarded(accepted)
  const { folder } = await connectTo({ server: server.url })
  const tokenFile = join(folder, 'token')
  writeFileSync(tokenFile, 'one\n')
  const { connection } = await connectTo({ server: server.url, ca: server.ca, user: { tokenFile } })
  await connection.send(GET)
  await connection.send(GET)
  expect(server.connections()).toBe(1)
  writeFileSync(tokenFile, 'two\n')
  accepted.token = 'two'
  await connection.send(GET)
})

test.each<[string, object, object]>([
  ['a name and a password', { username: 'me', password: 'pass' }, { authorization: `Basic ${btoa('me:pass')}` }],
  ['nobody', {}, {}],
  [
    'somebody else',
    { token: 't', as: 'jane', 'as-uid': '7', 'as-groups': ['a', 'b'], 'as-user-extra': { 'x.io/y': ['1', '2'] } },
    {
      authorization: 'Bearer t',
      'impersonate-user': 'jane',
      'impersonate-uid': '7',
      'impersonate-group': 'a, b',
      'impersonate-extra-x.io%2fy': '1, 2',
    },
  ],
])('as %s', async (_, user, headers) => {
  const server = await serve((_, response) => json(response, {}))
  const { connection } = await connectTo({ server: server.url, ca: server.ca, user })
  await connection.send(GET)
  const { authorization, ...rest } = server.seen[0]!.headers
  const sent = Object.fromEntries(Object.entries(rest).filter(([name]) => name.startsWith('impersonate')))
  expect({ ...(authorization ? { authorization } : {}), ...sent }).toEqual(headers)
})

test.each<[string, Parameters<typeof makeCertificate>[0], object, boolean]>([
  ['without verification', { hosts: ['x.io'] }, { 'insecure-skip-tls-verify': true }, false],
  ['by the name said', { hosts: ['x.io'] }, { 'tls-server-name': 'x.io' }, true],
])('TLS %s', async (_, certificate, cluster, withCa) => {
  const server = await serve((_, response) => json(response, {}), { tls: makeCertificate(certificate) })
  const { connection } = await connectTo({ server: server.url, ca: withCa ? server.ca : undefined, cluster })
  expect((await connection.send(GET)).status).toBe(200)
})

test('a plain HTTP server, such as kubectl proxy, below a path', async () => {
  const server = await serve((_, response) => json(response, {}), { tls: false })
  const { connection } = await connectTo({ server: `${server.url}/below/`, user: {} })
  await connection.send(GET)
  await connection.send(GET)
  expect(server.seen.map(one => one.url)).toEqual(['/below/version', '/below/version'])
  expect(server.connections()).toBe(1)
})

test('KubeConfig carries the credentials of the moment for other clients', async () => {
  const { connection } = await withPlugin(`console.log(credential({ token: 't' + n }))`)
  expect((await connection.kubeConfig()).getCurrentUser()?.token).toBe('t1')
  expect(connection.files.length).toBe(1)
})
