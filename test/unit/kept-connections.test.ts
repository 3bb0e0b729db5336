import { createServer } from 'node:http'
import { connect, type Socket } from 'node:net'
import { Duplex } from 'node:stream'
import { expect, onTestFinished, test } from 'vitest'
import { UserError } from '../../src/errors.ts'
import { connectAt, keepConnections } from '../../src/gateway/kept-connections.ts'
import { listen } from './kube-server.ts'

const { signal } = new AbortController()
const QUESTION = { method: 'GET', path: '/' }

/** A server that counts its connections. */
async function serve() {
  const sockets: Socket[] = []
  const server = createServer((_, response) => void response.end('yes'))
  server.on('connection', socket => sockets.push(socket))
  return { port: await listen(server), sockets, server }
}

/** A stream that is no socket, as a port-forward. */
const streamTo = (port: number): Duplex => {
  const socket = connect(port, '127.0.0.1')
  const stream = new Duplex({
    read: () => {},
    write: (chunk, _, done) => socket.write(chunk, () => done()),
    destroy: (error, done) => {
      socket.destroy()
      done(error)
    },
  })
  socket.on('data', chunk => stream.push(chunk))
  socket.on('error', error => stream.destroy(error))
  socket.on('close', () => stream.push(null))
  return stream
}

test.each<[what: string, connect: (port: number) => () => Promise<Duplex>]>([
  ['a stream', port => async () => streamTo(port)],
  ['a socket', port => connectAt({ host: '127.0.0.1', port }) as () => Promise<Duplex>],
])('%s is used again and again, and another one once the server has closed it', async (_, connectTo) => {
  const { port, sockets } = await serve()
  const warnings: string[] = []
  const warn = ({ message }: Error) => void warnings.push(message)
  process.on('warning', warn)
  const { ask, close } = keepConnections(connectTo(port))
  onTestFinished(() => {
    close()
    process.off('warning', warn)
  })
  for (let count = 0; count < 30; count++) expect(await ask(QUESTION, 1000, signal)).toMatchObject({ text: 'yes' })
  expect(sockets).toHaveLength(1)
  sockets[0]!.destroy()
  expect(await ask(QUESTION, 1000, signal)).toMatchObject({ text: 'yes' })
  expect(sockets).toHaveLength(2)
  await Promise.all(Array.from({ length: 5 }, () => ask(QUESTION, 1000, signal)))
  expect(sockets.length).toBeLessThanOrEqual(6)
  expect(warnings).toEqual([])
})

test('what keeps connections from being made is a reason, but for a UserError, which is thrown', async () => {
  const failing = (error: Error) => keepConnections(() => Promise.reject(error)).ask(QUESTION, 1000, signal)
  expect(await failing(new Error('no'))).toEqual({ reason: 'no' })
  await expect(failing(new UserError('forbidden', { fix: '' }))).rejects.toThrow('forbidden')
})
