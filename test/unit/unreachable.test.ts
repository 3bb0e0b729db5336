import { createServer } from 'node:net'
import { expect, test } from 'vitest'
import { EXIT, UserError } from '../../src/errors.ts'
import { makeCertificate } from '../bed/certificate.ts'
import { connectTo, type Fixture, json, listen, serve } from './kube-server.ts'

const SECRET = 'hunter2'
const GET = { method: 'GET', path: '/version' } as const
const HOUR = 3_600_000
const DAY = 24 * HOUR

const tlsServer = (options: Parameters<typeof makeCertificate>[0] = {}) =>
  serve((_, response) => json(response, {}), { tls: makeCertificate(options) })

/** An API server that does not know whoever shows this certificate. */
async function refusingLogin(certificate: Parameters<typeof makeCertificate>[0]): Promise<Fixture> {
  const { url: server, ca } = await serve((_, response) => json(response, { kind: 'Status' }, 401))
  const [cert, key] = Object.values(makeCertificate(certificate)).map(text => Buffer.from(text).toString('base64'))
  return { server, ca, user: { 'client-certificate-data': cert, 'client-key-data': key } }
}

async function closedPort(): Promise<string> {
  const server = createServer()
  await new Promise<void>(done => server.listen(0, '127.0.0.1', done))
  const { port } = server.address() as { port: number }
  await new Promise(done => server.close(done))
  return `127.0.0.1:${port}`
}

type Case = [title: string, fixture: () => Promise<Fixture>, why: RegExp, fix: RegExp]
const cases: Case[] = [
  ['refused', async () => ({ server: `https://${await closedPort()}` }), /connection refused/, /minikube start/],
  ['an unknown name', async () => ({ server: 'https://nowhere.invalid:6443' }), /unknown host name/, /VPN/],
  [
    'a server that does not take part in TLS',
    async () => ({ server: `https://127.0.0.1:${await listen(createServer())}`, limits: { connectMs: 200 } }),
    /no connection within 0\.2 s/,
    /firewall/,
  ],
  [
    'no answer',
    async () => {
      const { url: server, ca } = await serve(() => {})
      return { server, ca, limits: { answerMs: 200 } }
    },
    /no complete answer within 0\.2 s/,
    /VPN, firewall and proxy/,
  ],
  [
    'an unknown authority',
    async () => ({ server: (await tlsServer()).url }),
    /unknown authority, and the kubeconfig has no certificate authority/,
    /certificate-authority=FILE/,
  ],
  [
    'another authority',
    async () => ({ server: (await tlsServer()).url, ca: Buffer.from(makeCertificate().cert).toString('base64') }),
    /not signed by the certificate authority in the kubeconfig/,
    /minikube update-context/,
  ],
  [
    'an expired certificate',
    async () => {
      const { url: server, ca } = await tlsServer({
        notBefore: new Date(Date.now() - 2 * HOUR),
        notAfter: new Date(Date.now() - HOUR),
      })
      return { server, ca }
    },
    /has expired \(this machine's clock says 20\d\d-/,
    /clock/,
  ],
  [
    'a certificate of tomorrow',
    async () => {
      const { url: server, ca } = await tlsServer({ notBefore: new Date(Date.now() + HOUR) })
      return { server, ca }
    },
    /not valid yet \(this machine's clock says/,
    /clock/,
  ],
  [
    'a certificate for others',
    async () => {
      const { url: server, ca } = await tlsServer({ hosts: ['kubernetes.example'] })
      return { server, ca }
    },
    /certificate is not valid for 127\.0\.0\.1/,
    /--tls-server-name=NAME/,
  ],
  [
    'plain HTTP where TLS was meant',
    async () => ({
      server: (await serve((_, response) => json(response, {}), { tls: false })).url.replace('http:', 'https:'),
    }),
    /does not support TLS/,
    // Never http:// where the login would go in clear.
    /^Check the server's host and port in the kubeconfig, HTTPS_PROXY and NO_PROXY\.$/,
  ],
  [
    'plain HTTP where TLS was meant, without a login',
    async () => ({
      server: (await serve((_, response) => json(response, {}), { tls: false })).url.replace('http:', 'https:'),
      user: {},
    }),
    /does not support TLS/,
    /--server=http:\/\/127/,
  ],
  ...(['TLSv1', 'TLSv1.1'] as const).map(
    (maxVersion): Case => [
      `a server of ${maxVersion}`,
      async () => {
        const old = { minVersion: 'TLSv1', maxVersion, ciphers: 'DEFAULT@SECLEVEL=0' } as const
        return {
          server: (await serve((_, response) => json(response, {}), { tls: { ...makeCertificate(), ...old } })).url,
        }
      },
      /the server supports only TLS 1\.0 or 1\.1, but 1\.2 is required/,
      /^Enable TLS 1\.2 or newer/,
    ],
  ),
  [
    'a client certificate that has expired',
    () => refusingLogin({ notBefore: new Date(0), notAfter: new Date(DAY) }),
    /client certificate of user "me" expired on 1970-01-02 00:00 UTC\.$/,
    /Renew the certificate/,
  ],
  [
    'a client certificate of tomorrow',
    () => refusingLogin({ notBefore: new Date(Date.now() + DAY), notAfter: new Date(Date.now() + 2 * DAY) }),
    /client certificate of user "me" is not valid before .*. This machine's clock says 20/,
    /clock/,
  ],
  [
    'a client certificate that is none',
    async () => {
      const { url: server, ca } = await tlsServer()
      const [cert, key] = [SECRET, SECRET].map(text => Buffer.from(text).toString('base64'))
      return { server, ca, user: { 'client-certificate-data': cert, 'client-key-data': key } }
    },
    /client certificate of user "me" in the kubeconfig is not a certificate/,
    /Renew the certificate/,
  ],
  [
    'a key that is no key',
    async () => {
      const { url: server, ca } = await tlsServer()
      const cert = Buffer.from(makeCertificate().cert).toString('base64')
      const key = Buffer.from(`-----BEGIN PRIVATE KEY-----\n${SECRET}\n-----END PRIVATE KEY-----`).toString('base64')
      return { server, ca, user: { 'client-certificate-data': cert, 'client-key-data': key } }
    },
    /client certificate or key of user "me" in the kubeconfig is invalid/,
    /Recreate the kubeconfig entry/,
  ],
  [
    'a token that is no token',
    async () => {
      const { url: server, ca } = await tlsServer()
      return { server, ca, user: { token: `${SECRET}\nx` } }
    },
    /the token of user "me" contains invalid characters/,
    /Log in (to the cluster )?again/,
  ],
  [
    'a refused login',
    async () => {
      const { url: server, ca } = await serve((_, response) => json(response, { kind: 'Status', message: SECRET }, 401))
      return { server, ca }
    },
    /rejected the credentials of user "me"/,
    /Log in (to the cluster )?again/,
  ],
  [
    'a login by a provider that is gone',
    async () => {
      const { url: server, ca } = await tlsServer()
      const idToken = `x.${Buffer.from(SECRET).toString('base64url')}.x`
      return { server, ca, user: { 'auth-provider': { name: 'oidc', config: { 'id-token': idToken } } } }
    },
    /Login failed for user "me" \(auth-provider in the kubeconfig\)/,
    /Log in (to the cluster )?again/,
  ],
  [
    'a token file that is gone',
    async () => ({ server: (await tlsServer()).url, user: { tokenFile: '/nowhere/token' } }),
    /The token file \/nowhere\/token in the kubeconfig can't be read/,
    /Restore/,
  ],
  [
    'a proxy that is not there',
    async () => ({
      server: 'https://10.1.2.3:6443',
      env: { HTTPS_PROXY: `http://me:${SECRET}@${await closedPort()}` },
    }),
    /Can't connect to the API server .* through the proxy http:\/\/127\.0\.0\.1:\d+: connection refused/,
    /NO_PROXY/,
  ],
  [
    'a proxy that says no',
    async () => {
      const proxy = await serve((_, response) => void response.end(), { tls: false })
      return {
        server: 'https://10.1.2.3:6443',
        cluster: { 'proxy-url': `http://me:${SECRET}@127.0.0.1:${proxy.port}` },
      }
    },
    /Can't connect to the API server .* through the proxy http:\/\/127\.0\.0\.1:\d+: /,
    /NO_PROXY/,
  ],
  [
    'a proxy that hangs',
    async () => ({
      server: 'https://10.1.2.3:6443',
      env: { https_proxy: `127.0.0.1:${await listen(createServer())}` },
      limits: { connectMs: 200 },
    }),
    /through the proxy http:\/\/127\.0\.0\.1:\d+: (no connection within 0\.2 s|the proxy did not connect)/,
    /NO_PROXY/,
  ],
]

test.each(cases)('%s: a message, its fix, exit code 3, no secret', async (_, fixture, why, fix) => {
  const { connection, calls } = await connectTo(await fixture())
  const error = await connection.send(GET).then(
    () => undefined,
    (reason: unknown) => reason,
  )
  expect(error).toBeInstanceOf(UserError)
  const refusal = error as UserError
  expect(refusal.message).toMatch(why)
  expect(refusal.fix).toMatch(fix)
  expect(refusal.code).toBe(EXIT.precondition)
  expect(refusal.message).not.toContain('\n')
  expect(refusal.fix).toMatch(/^.+(\n(kubectl|minikube) .+)?$/)
  expect(`${refusal.message} ${refusal.fix} ${refusal.stack} ${refusal.cause} ${calls}`).not.toContain(SECRET)
})

test('who has never answered is given up after 3 s, who has answered after 30 s', async () => {
  const server = await serve((_, response, count) =>
    count === 1 ? json(response, {}) : void response.socket?.destroy(),
  )
  const { connection, io } = await connectTo({ server: server.url, ca: server.ca })
  await connection.send(GET)
  const before = io.clock.now()
  await expect(connection.send(GET)).rejects.toThrow(/connection closed/)
  expect(io.clock.now() - before).toBeGreaterThan(20_000)

  const other = await connectTo({ server: `https://${await closedPort()}` })
  const start = other.io.clock.now()
  await expect(other.connection.send(GET)).rejects.toThrow(/refused/)
  expect(other.io.clock.now() - start).toBeLessThan(6000)
})
