import { Agent } from 'node:http'
import type { Duplex } from 'node:stream'
import { ANSWER_TIMEOUT, ANSWER_TOO_LARGE, CONNECT_TIMEOUT, exchange } from '../kube/request/send-once.ts'
import { oneLine } from '../text/sanitize.ts'
import { whyUntrusted } from './untrusted.ts'

/** A request to one of the gateway's APIs. A body is sent as JSON, of the type given or of application/json. */
export type Question = {
  method: string
  path: string
  body?: unknown
  type?: string
  headers?: Readonly<Record<string, string>>
}

export type Answer = { status: number; text: string; server: string }

/** Why no answer came, as a clause: "connection refused". `untrusted`: this machine does not accept the server's certificate. */
export type NoAnswer = { reason: string; cause?: 'timeout' | 'untrusted' }

export type Asked = Answer | NoAnswer

/** Ten thousand subscriptions in a list, or as many counters. */
const BODY_LIMIT = 16 << 20

/** Why no answer came, by the code of the socket error. */
const REASONS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'connection refused',
  ECONNRESET: "connection closed without an answer, which is typical of a gateway that can't reach etcd",
  EHOSTUNREACH: 'no route from this machine',
  ENETUNREACH: 'no route from this machine',
  ENOTFOUND: 'the name is not in DNS yet',
  EAI_AGAIN: 'DNS does not answer',
  [ANSWER_TOO_LARGE]: 'the response is too long',
}

/**
 * Asks at "host:port", over a connection that leads there, which is closed then, or over those that an agent keeps.
 * `timeoutMs` is for connecting, and again for the answer. Throws only the signal's reason.
 */
export async function ask(
  to: string | Duplex | Agent,
  { method, path, body, type = 'application/json', headers = {} }: Question,
  timeoutMs: number,
  signal: AbortSignal,
): Promise<Asked> {
  const text = body === undefined ? undefined : JSON.stringify(body)
  const ofBody = text === undefined ? {} : { 'content-type': type, 'content-length': Buffer.byteLength(text) }
  const options = {
    method,
    body: text,
    headers: { ...headers, ...ofBody },
    // A connection of its own: a kept one would always reach the same replica.
    ...(typeof to === 'string'
      ? { agent: false }
      : to instanceof Agent
        ? { agent: to }
        : { createConnection: () => to }),
  } as const
  const limits = { connectMs: timeoutMs, answerMs: timeoutMs, maxBytes: BODY_LIMIT }
  const origin = typeof to !== 'string' ? 'http://localhost' : to.startsWith('https://') ? to : `http://${to}`
  try {
    const url = new URL(`${origin}${path}`)
    // A signal of its own: many listeners on one make Node warn of a leak.
    const answer = await exchange(url, options, limits, AbortSignal.any([signal]))
    return { status: answer.status, text: answer.text, server: String(answer.headers['server'] ?? '') }
  } catch (error) {
    signal.throwIfAborted()
    const { code = '', message } = error as NodeJS.ErrnoException
    if (code === CONNECT_TIMEOUT || code === ANSWER_TIMEOUT)
      return { reason: `no answer within ${timeoutMs / 1000}s`, cause: 'timeout' }
    const untrusted = await whyUntrusted(code, new URL(origin))
    if (untrusted !== undefined) return { reason: untrusted, cause: 'untrusted' }
    return { reason: REASONS[code] ?? oneLine(message, 100) }
  } finally {
    if (typeof to !== 'string' && !(to instanceof Agent)) to.destroy()
  }
}
