import { createServer, request } from 'node:http'
import { connect, type Socket } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { openLocalPort } from '../../src/endpoints/local-port.ts'
import { listen } from './kube-server.ts'

type Sent = { method?: string; path?: string; headers?: Record<string, string>; body?: string }

/** A guarded local port in front of a program that repeats what it hears. */
async function guardedPort(otherPorts = false, hosts?: readonly RegExp[]) {
  const heard: string[] = []
  const connections = new Set<Socket>()
  const program = createServer((asked, response) => {
    connections.add(asked.socket)
    let body = ''
    asked.on('data', chunk => {
      body += chunk
    })
    asked.on('end', () => {
      heard.push(`${asked.method} ${asked.url} ${body}`)
      if (asked.url === '/cut') return void response.writeHead(200).write('half', () => asked.socket.destroy())
      response.writeHead(asked.url === '/gone' ? 404 : 200, { 'x-said': 'yes' })
      response.write('one ')
      setImmediate(() => response.end(body))
    })
  })
  const far = await listen(program)
  const troubles: string[] = []
  const { port, close } = await openLocalPort({
    address: '127.0.0.1',
    asked: undefined,
    usual: 0,
    dial: async () => connect(far, '127.0.0.1'),
    onTrouble: ({ message }) => troubles.push(message),
    guard: { hosts, otherPorts },
  })
  onTestFinished(close)
  const ask = ({ method = 'GET', path = '/', headers = {}, body = '' }: Sent) =>
    new Promise<{ status: number; text: string }>((resolve, reject) => {
      const sent = request({ host: '127.0.0.1', port, method, path, headers }, answer => {
        let text = ''
        answer.on('data', chunk => {
          text += chunk
        })
        answer.on('error', reject)
        answer.on('end', () => resolve({ status: answer.statusCode ?? 0, text }))
      })
      sent.on('error', reject)
      sent.end(body)
    })
  return { port, ask, heard, connections, troubles }
}

type Case = [
  what: string,
  headers: (port: number) => Record<string, string>,
  config: number,
  events: number,
  host?: RegExp,
]

const CASES: Case[] = [
  ['this machine', () => ({}), 200, 200],
  ['localhost', port => ({ host: `localhost:${port}` }), 200, 200],
  ['IPv6', port => ({ host: `[::1]:${port}` }), 200, 200],
  ['a name that points here', port => ({ host: `evil.example:${port}` }), 403, 403],
  ['a name that only begins like ours', () => ({ host: 'localhost.evil.example' }), 403, 403],
  ['a page of the port itself', port => ({ origin: `http://127.0.0.1:${port}` }), 200, 200],
  ['a page of another port', () => ({ origin: 'http://localhost:3000' }), 403, 200],
  ['a page from elsewhere', () => ({ origin: 'https://evil.example' }), 403, 403],
  ['a page without an origin of its own', () => ({ origin: 'null' }), 403, 403],
  ['a host of --accept-hosts', () => ({ host: 'gateway.example' }), 200, 200, /^gateway\.example$/],
  ['a page of a host of --accept-hosts', () => ({ origin: 'https://gateway.example' }), 200, 200, /^gateway\.example$/],
  ['localhost, where --accept-hosts has it no more', () => ({ host: 'localhost' }), 403, 403, /^gateway\.example$/],
]

test.each(CASES)('%s: config API and events API', async (_, headers, config, events, host) => {
  const statuses: number[] = []
  for (const otherPorts of [false, true]) {
    const { port, ask, heard } = await guardedPort(otherPorts, host && [host])
    const { status, text } = await ask({ method: 'POST', headers: headers(port), body: 'x' })
    statuses.push(status)
    expect(heard).toEqual(status === 200 ? ['POST / x'] : [])
    if (status === 403) expect(text).toMatch(/are not accepted|is not accepted/)
  }
  expect(statuses).toEqual([config, events])
})

test('every request of a connection is looked at', async () => {
  const { port, heard } = await guardedPort()
  const head = (path: string, host: string) => `GET ${path} HTTP/1.1\r\nHost: ${host}\r\n\r\n`
  const text = await new Promise<string>(done => {
    let said = ''
    const socket = connect(port, '127.0.0.1', () =>
      socket.write(head('/first', `127.0.0.1:${port}`) + head('/second', 'evil.example')),
    )
    socket.on('data', chunk => {
      said += chunk
    })
    socket.on('close', () => done(said))
  })
  expect(heard).toEqual(['GET /first '])
  expect(text.match(/HTTP\/1\.1 \d+/g)).toEqual(['HTTP/1.1 200', 'HTTP/1.1 403'])
})

test('answers come through as they are, over one connection for each client', async () => {
  const { ask, connections } = await guardedPort()
  const body = 'x'.repeat(300_000)
  expect(await ask({ method: 'PUT', path: '/a?b=%20c', body })).toEqual({ status: 200, text: `one ${body}` })
  expect(await ask({ method: 'DELETE', path: '/gone' })).toEqual({ status: 404, text: 'one ' })
  expect(connections.size).toBeLessThanOrEqual(2)
})

test('an answer that is cut does not look complete', async () => {
  const { ask, troubles } = await guardedPort()
  await expect(ask({ path: '/cut' })).rejects.toThrow()
  expect(troubles).toHaveLength(1)
})
