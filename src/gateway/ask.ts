import http from 'node:http'
import type { Duplex } from 'node:stream'
import { oneLine } from '../ui/sanitize.ts'

/** A request to one of the gateway's APIs. A body is sent as JSON, of the type given or of application/json. */
export type Question = { method: string; path: string; body?: unknown; type?: string }

export type Answer = { status: number; text: string; server: string }

/** The answer, or why none came, as a clause: "connection refused". */
export type Asked = Answer | { reason: string }

const BODY_LIMIT = 1 << 20

/** Why no answer came, by the code of the socket error. */
const REASONS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'connection refused',
  ECONNRESET: 'connection closed without an answer, as a gateway does that cannot reach etcd',
  EHOSTUNREACH: 'no route to it from this machine',
  ENETUNREACH: 'no route to it from this machine',
  ENOTFOUND: 'DNS does not know the name yet',
  EAI_AGAIN: 'DNS does not answer',
}

/** Asks at "host:port", or over a connection that leads there, which is closed then. Throws only the signal's reason. */
export function ask(
  to: string | Duplex,
  { method, path, body, type = 'application/json' }: Question,
  timeoutMs: number,
  signal: AbortSignal,
): Promise<Asked> {
  return new Promise((resolve, reject) => {
    const limit = AbortSignal.timeout(timeoutMs)
    const text = body === undefined ? undefined : JSON.stringify(body)
    const options = {
      method,
      signal: AbortSignal.any([signal, limit]),
      ...(text === undefined ? {} : { headers: { 'content-type': type, 'content-length': Buffer.byteLength(text) } }),
      // A connection of its own: a kept one would always reach the same replica.
      ...(typeof to === 'string' ? { agent: false } : { createConnection: () => to }),
    } as const
    const failed = (error: NodeJS.ErrnoException) => {
      if (signal.aborted) reject(signal.reason)
      else if (limit.aborted) resolve({ reason: `no answer within ${timeoutMs / 1000} s` })
      else resolve({ reason: REASONS[error.code ?? ''] ?? oneLine(error.message, 100) })
    }
    const request = http.request(`http://${typeof to === 'string' ? to : 'localhost'}${path}`, options, response => {
      let answer = ''
      response.setEncoding('utf8')
      response.on('data', (chunk: string) => {
        answer += chunk
        if (answer.length > BODY_LIMIT) response.destroy(new Error('the answer is too long'))
      })
      response.on('error', failed)
      response.on('end', () => {
        if (typeof to !== 'string') to.destroy()
        resolve({ status: response.statusCode ?? 0, text: answer, server: String(response.headers.server ?? '') })
      })
    })
    request.on('error', failed)
    request.end(text)
  })
}
