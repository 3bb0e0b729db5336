import { createHash } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import { Duplex } from 'node:stream'

const OPCODE = { binary: 2, close: 8, ping: 9, pong: 10 } as const
/** RFC 6455 1.3. */
const GUID = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11'

/**
 * The server's end of a WebSocket that `request` has asked for: a stream of its messages, each a Buffer. As much of RFC 6455
 * as its clients here use: no fragments, text is taken for bytes.
 */
export function acceptWebSocket(request: IncomingMessage, socket: Duplex, head: Buffer, protocol: string): Duplex {
  const accept = createHash('sha1').update(`${request.headers['sec-websocket-key']}${GUID}`).digest('base64')
  const lines = [
    'HTTP/1.1 101 Switching Protocols',
    'Upgrade: websocket',
    'Connection: Upgrade',
    `Sec-WebSocket-Accept: ${accept}`,
    `Sec-WebSocket-Protocol: ${protocol}`,
  ]
  socket.write(`${lines.join('\r\n')}\r\n\r\n`)
  const messages = new Duplex({
    objectMode: true,
    read: () => void socket.resume(),
    write: (message: Buffer, _, done) => void socket.write(frame(OPCODE.binary, message), done),
    final: done => void socket.end(frame(OPCODE.close, Buffer.from([0x03, 0xe8])), done),
    destroy: (error, done) => {
      socket.destroy()
      done(error)
    },
  })
  const take = (opcode: number, payload: Buffer) => {
    if (opcode === OPCODE.close) messages.push(null)
    else if (opcode === OPCODE.ping) socket.write(frame(OPCODE.pong, payload))
    else if (opcode !== OPCODE.pong && !messages.push(payload)) socket.pause()
  }
  let rest = head
  socket.on('data', (chunk: Buffer) => {
    rest = takeFrames(Buffer.concat([rest, chunk]), take)
  })
  socket.on('error', () => messages.destroy())
  socket.on('close', () => messages.destroy())
  return messages
}

/** A frame of a server: never masked, always whole. */
function frame(opcode: number, payload: Buffer): Buffer {
  const { length } = payload
  const header = Buffer.alloc(length < 126 ? 2 : length < 65_536 ? 4 : 10)
  header[0] = 0x80 | opcode
  header[1] = length < 126 ? length : length < 65_536 ? 126 : 127
  if (header.length === 4) header.writeUInt16BE(length, 2)
  if (header.length === 10) header.writeBigUInt64BE(BigInt(length), 2)
  return Buffer.concat([header, payload])
}

/** Takes the whole frames of a client, which are masked, and gives what is left. */
function takeFrames(data: Buffer, take: (opcode: number, payload: Buffer) => void): Buffer {
  let rest = data
  for (;;) {
    const short = (rest[1] ?? 0) & 0x7f
    const extra = short === 126 ? 2 : short === 127 ? 8 : 0
    const start = 2 + extra + 4
    if (rest.length < start) return rest
    const length = extra === 2 ? rest.readUInt16BE(2) : extra === 8 ? Number(rest.readBigUInt64BE(2)) : short
    if (rest.length < start + length) return rest
    const mask = rest.subarray(start - 4, start)
    const payload = Buffer.from(rest.subarray(start, start + length))
    for (let index = 0; index < length; index++) payload[index]! ^= mask[index & 3]!
    take((rest[0] ?? 0) & 0x0f, payload)
    rest = rest.subarray(start + length)
  }
}
