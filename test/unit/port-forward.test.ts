import { createHash, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { connect, createServer } from 'node:net'
import { expect, onTestFinished, test, vi } from 'vitest'
import { openLocalPort } from '../../src/endpoints/local-port.ts'
import { ask, echo, forwardTo, type Pod, program, type Refuse } from './gateway-pods.ts'
import { listen } from './kube-server.ts'

const onePod = async (serve = echo): Promise<() => Pod[]> => {
  const port = await program(serve)
  return () => [{ name: 'pod-a', port }]
}
const hash = (data: Buffer) => createHash('sha256').update(data).digest('hex')

test('carries bytes both ways unchanged', async () => {
  const { port } = await forwardTo(await onePod())
  const sent = randomBytes(8_000_000)
  const socket = connect(port, '127.0.0.1')
  socket.write(sent)
  const parts: Buffer[] = []
  for (let size = 0; size < sent.length; ) {
    const [part] = (await once(socket, 'data')) as [Buffer]
    parts.push(part)
    size += part.length
  }
  socket.end()
  expect(hash(Buffer.concat(parts))).toBe(hash(sent))
})

test('keeps connections apart, and says the pod once, without a word from Node', async () => {
  const warned = vi.fn()
  process.on('warning', warned)
  onTestFinished(() => void process.off('warning', warned))
  const { port, said, api } = await forwardTo(await onePod())
  const texts = Array.from({ length: 25 }, (_, index) => `request ${index}`)
  expect(await Promise.all(texts.map(text => ask(port, text, text.length)))).toEqual(texts)
  expect(said).toEqual(['Forwarding to pod pod-a'])
  expect(api.lists()).toBe(1)
  expect(warned).not.toHaveBeenCalled()
})

test('a program that closes closes the client', async () => {
  const { port } = await forwardTo(await onePod(socket => void socket.once('data', () => socket.end('all of it'))))
  expect(await ask(port, 'x')).toBe('all of it')
})

test('a client that closes closes the program, after its last byte', async () => {
  let ended: (text: string) => void = () => {}
  const heard = new Promise<string>(done => {
    ended = done
  })
  const serve: typeof echo = socket => {
    let text = ''
    socket.on('data', chunk => {
      text += chunk
    })
    socket.on('end', () => ended(text))
  }
  const { port } = await forwardTo(await onePod(serve))
  connect(port, '127.0.0.1').end('last words')
  expect(await heard).toBe('last words')
})

test('a client that resets closes the program', async () => {
  const closed = vi.fn()
  const { port, said } = await forwardTo(await onePod(socket => void socket.on('end', closed).resume().write('hello')))
  const socket = connect(port, '127.0.0.1').on('error', () => {})
  await once(socket, 'data')
  socket.resetAndDestroy()
  await vi.waitFor(() => expect(closed).toHaveBeenCalled())
  expect(said).toEqual(['Forwarding to pod pod-a'])
})

test('an answer that is cut does not look complete', async () => {
  const { port, api, said } = await forwardTo(await onePod(socket => void socket.write('half of')))
  const socket = connect(port, '127.0.0.1')
  await once(socket, 'data')
  api.hangUp()
  expect(await once(socket, 'error')).toMatchObject([{ code: 'ECONNRESET' }])
  expect(said.at(-1)).toBe('the API server closed the connection (1006)')
})

test('reads no more from the pod than a slow client takes', async () => {
  let sent = 0
  const chunk = Buffer.alloc(65_536)
  const serve: typeof echo = socket => {
    const more = () => {
      while (sent < 400_000_000 && socket.write(chunk)) sent += chunk.length
    }
    socket.on('drain', more)
    more()
  }
  const { port } = await forwardTo(await onePod(serve))
  const socket = connect(port, '127.0.0.1')
  await once(socket, 'data')
  socket.pause()
  let before = -1
  await vi.waitFor(
    () => {
      const stands = sent === before
      before = sent
      expect(stands).toBe(true)
    },
    { timeout: 20_000, interval: 500 },
  )
  expect(sent).toBeLessThan(60_000_000) // what the kernel's buffers on the way hold
  socket.destroy()
})

test('if nothing listens, the client is disconnected and the reason is reported', async () => {
  const { port, said } = await forwardTo(() => [{ name: 'pod-a', port: 1 }])
  expect(await ask(port, 'x')).toBe('ECONNRESET')
  expect(said.at(-1)).toBe('pod pod-a: nothing listens on port 1')
})

test('the next connection goes to another pod when the first one is gone', async () => {
  const [a, b] = [await program(socket => void socket.end('a')), await program(socket => void socket.end('b'))]
  const pods: Pod[] = [
    { name: 'pod-a', port: a },
    { name: 'pod-b', port: b },
  ]
  const { port, said } = await forwardTo(
    () => pods,
    pod => (pods.find(({ name }) => name === pod)?.deleted ? 404 : undefined),
  )
  expect([await ask(port, ''), await ask(port, '')]).toEqual(['a', 'a'])
  pods[0]!.deleted = true
  expect([await ask(port, ''), await ask(port, '')]).toEqual(['b', 'b'])
  expect(said).toEqual(['Forwarding to pod pod-a', 'Forwarding to pod pod-b'])
})

test('a pod that fails is left for another one, though both count as ready', async () => {
  const b = await program(socket => void socket.end('b'))
  const { port } = await forwardTo(() => [
    { name: 'pod-a', port: 1 },
    { name: 'pod-b', port: b },
  ])
  expect([await ask(port, ''), await ask(port, '')]).toEqual(['ECONNRESET', 'b'])
})

test('waits for a pod to become ready', async () => {
  const port = await program(echo)
  let looks = 0
  const forwarded = await forwardTo(() => [{ name: 'pod-a', port, ready: ++looks > 5 }])
  expect(await ask(forwarded.port, 'hello', 5)).toBe('hello')
})

test('gives up after a while where no pod becomes ready', async () => {
  const { dial } = await forwardTo(() => [{ name: 'pod-a', port: 1, ready: false }])
  await expect(dial()).rejects.toMatchObject({
    message: 'No pod of Event Gateway in namespace default was ready after 30s: 0 of 1 pods ready.',
    code: 4,
  })
})

test('a connection that joins a wait has all of its own time', async () => {
  const port = await program(echo)
  let looks = 0
  let second: Promise<unknown> | undefined
  const { dial } = await forwardTo(() => {
    looks += 1
    if (looks === 40) second = dial().then(stream => stream.destroy())
    return [{ name: 'pod-a', port, ready: looks > 70 }]
  })
  await expect(dial()).rejects.toMatchObject({ code: 4 })
  await expect(second).resolves.toBeDefined()
})

const REFUSALS: readonly (readonly [what: string, upgraded: number, plain: number, message: RegExp, code: number])[] = [
  [
    'the right is missing',
    403,
    403,
    /^You don't have permission to forward ports to pods in namespace default: pods "pod-a": 403\.$/,
    3,
  ],
  ['the right to create is missing', 403, 400, /^You don't have permission to forward ports .*: HTTP 403\.$/, 3],
  ['a proxy takes the upgrade away', 400, 400, /does not support WebSockets \(HTTP 400\)/, 3],
  ['a proxy answers by itself', 200, 400, /does not support WebSockets \(HTTP 200\)/, 3],
  ['the login has expired', 401, 401, /rejected the credentials/, 3],
]

test.each(REFUSALS)('%s', async (_, upgraded, plain, message, code) => {
  const refuse: Refuse = (_, { headers }) => (headers.upgrade ? upgraded : plain)
  const { dial } = await forwardTo(await onePod(), refuse)
  await expect(dial()).rejects.toMatchObject({ message: expect.stringMatching(message), code })
})

test('tries again when the API server stumbles', async () => {
  let tries = 0
  const { port } = await forwardTo(await onePod(), () => (++tries < 6 ? 503 : undefined))
  expect(await ask(port, 'hello', 5)).toBe('hello')
})

test('an end comes through while a handshake hangs', async () => {
  const { dial, over } = await forwardTo(await onePod(), () => 0)
  const dialling = dial()
  over.abort(new Error('enough'))
  await expect(dialling).rejects.toThrow('enough')
})

test('a local port that is taken', async () => {
  const taken = await listen(createServer())
  const local = { address: '127.0.0.1', dial: () => Promise.reject(new Error()), onTrouble: () => {} }
  const other = await openLocalPort({ ...local, asked: undefined, usual: taken })
  expect(other.port).not.toBe(taken)
  other.close()
  await expect(openLocalPort({ ...local, asked: taken, usual: 4001 })).rejects.toMatchObject({
    message: `127.0.0.1:${taken} can't be used: the port is in use.`,
    code: 1,
  })
})
