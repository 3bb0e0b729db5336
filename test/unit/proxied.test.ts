import http from 'node:http'
import { connect as connectSocket, createServer } from 'node:net'
import { expect, test } from 'vitest'
import { makeCertificate } from '../bed/certificate.ts'
import { connectTo, json, listen, serve } from './kube-server.ts'

const GET = { method: 'GET', path: '/version' } as const

/** A proxy that tunnels everything to one port. */
async function proxyTo(port: number, status = 200) {
  const tunnels: (string | undefined)[] = []
  const proxy = http.createServer()
  proxy.on('connect', (request, socket) => {
    tunnels.push(`${request.url} ${request.headers['proxy-authorization']}`)
    socket.on('error', () => {})
    if (status !== 200) return void socket.end(`HTTP/1.1 ${status} No\r\n\r\n`)
    const onward = connectSocket(port, '127.0.0.1', () => {
      socket.write('HTTP/1.1 200 OK\r\n\r\n')
      onward.pipe(socket).pipe(onward)
    })
    onward.on('error', () => socket.destroy())
  })
  return { port: await listen(proxy), tunnels }
}

test.each(['HTTPS_PROXY', 'proxy-url'])('through a proxy (%s) by one tunnel', async by => {
  const server = await serve((_, response) => json(response, {}), { tls: makeCertificate({ hosts: ['api.example'] }) })
  const proxy = await proxyTo(server.port)
  const url = `http://me:pass@127.0.0.1:${proxy.port}`
  const { connection } = await connectTo({
    server: 'https://api.example:6443',
    ca: server.ca,
    ...(by === 'proxy-url' ? { cluster: { 'proxy-url': url } } : { env: { [by]: url } }),
  })
  for (let n = 0; n < 3; n++) await connection.send(GET)
  expect(proxy.tunnels).toEqual([`api.example:6443 Basic ${btoa('me:pass')}`])
})

test.each([
  [407, /through the proxy http:\/\/127\.0\.0\.1:\d+: the proxy requires a user name and password \(407\)/],
  [503, /through the proxy http:\/\/127\.0\.0\.1:\d+: the proxy answered 503/],
])('a proxy that answers %d', async (status, message) => {
  const proxy = await proxyTo(0, status)
  const { connection } = await connectTo({
    server: 'https://api.example',
    env: { HTTPS_PROXY: `127.0.0.1:${proxy.port}` },
  })
  await expect(connection.send(GET)).rejects.toThrow(message)
})

/** A SOCKS5 proxy (RFC 1928) that connects everything to one port, or accepts no way of logging in. */
async function socksTo(port: number, method = 0) {
  const asked: string[] = []
  const proxy = createServer(socket => {
    socket.on('error', () => {})
    socket.once('data', () => {
      socket.write(Buffer.from([5, method]))
      socket.once('data', request => {
        asked.push(request.subarray(5, -2).toString())
        const onward = connectSocket(port, '127.0.0.1', () => {
          socket.write(Buffer.from([5, 0, 0, 1, 0, 0, 0, 0, 0, 0]))
          onward.pipe(socket).pipe(onward)
        })
        onward.on('error', () => socket.destroy())
      })
    })
  })
  return { url: `socks5://127.0.0.1:${await listen(proxy)}`, asked }
}

test('through a SOCKS proxy, which resolves the name', async () => {
  const server = await serve((_, response) => json(response, {}), { tls: makeCertificate({ hosts: ['api.example'] }) })
  const proxy = await socksTo(server.port)
  const { connection } = await connectTo({
    server: 'https://api.example:6443',
    ca: server.ca,
    cluster: { 'proxy-url': proxy.url },
  })
  for (let n = 0; n < 3; n++) await connection.send(GET)
  expect(proxy.asked).toEqual(['api.example'])
})

test('a SOCKS proxy that says no', async () => {
  const { url } = await socksTo(0, 255)
  const { connection } = await connectTo({ server: 'https://api.example', env: { HTTPS_PROXY: url } })
  await expect(connection.send(GET)).rejects.toThrow(/through the proxy socks5h:.*: the proxy did not connect/)
})

test('a proxy that is no URL is refused before anything is sent', async () => {
  await expect(connectTo({ server: 'https://api.example', env: { HTTPS_PROXY: 'ftp://hunter2' } })).rejects.toThrow(
    /^The proxy for the API server must be a URL with http, https or socks5\.$/,
  )
})
