import { X509Certificate } from 'node:crypto'
import { once } from 'node:events'
import { createServer, get } from 'node:https'
import type { AddressInfo } from 'node:net'
import { expect, test } from 'vitest'
import { makeCertificate } from '../bed/certificate.ts'

/** What https says about a server with this certificate: the status, or the error's code. */
async function ask(host: string, { cert, key }: { cert: string; key: string }, ca = cert): Promise<unknown> {
  const server = createServer({ cert, key }, (_, answer) => answer.end('ok')).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  try {
    return await new Promise(resolve => {
      const request = get({ host: '127.0.0.1', servername: host, port, ca, agent: false }, answer => {
        answer.resume()
        resolve(answer.statusCode)
      })
      request.on('error', error => resolve((error as NodeJS.ErrnoException).code))
    })
  } finally {
    server.closeAllConnections()
    server.close()
  }
}

const day = 86_400_000

test('https accepts it as its own authority', async () => {
  expect(await ask('localhost', makeCertificate())).toBe(200)
})

test.each([
  ['another host', makeCertificate({ hosts: ['example.com'] }), 'ERR_TLS_CERT_ALTNAME_INVALID'],
  ['the past', makeCertificate({ notAfter: new Date(Date.now() - day / 2) }), 'CERT_HAS_EXPIRED'],
  ['the future', makeCertificate({ notBefore: new Date(Date.now() + day) }), 'CERT_NOT_YET_VALID'],
])('https refuses one for %s', async (_, certificate, code) => {
  expect(await ask('localhost', certificate)).toBe(code)
})

test('https refuses one that another authority did not sign', async () => {
  expect(await ask('localhost', makeCertificate(), makeCertificate().cert)).toBe('DEPTH_ZERO_SELF_SIGNED_CERT')
})

test('names, addresses and times are as asked for', () => {
  const notAfter = new Date('2051-02-03T04:05:06Z')
  const { cert } = makeCertificate({ name: 'demo', hosts: ['10.0.0.1', 'fe80::1:2', 'a.example'], notAfter })
  const read = new X509Certificate(cert)
  expect(read.subject).toBe('CN=demo')
  expect(read.subjectAltName).toBe('IP Address:10.0.0.1, IP Address:FE80:0:0:0:0:0:1:2, DNS:a.example')
  expect(new Date(read.validTo)).toEqual(notAfter)
  expect(read.ca).toBe(true)
})
