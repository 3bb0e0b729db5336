import { type ClientRequest, request as requestHttp } from 'node:http'
import { type RequestOptions, request as requestHttps } from 'node:https'
import type { TLSSocket } from 'node:tls'
import { GIVEN_UP } from '../login/credentials.ts'
import type { Answer } from './connection.ts'

/**
 * How long connecting (with TLS) and then the whole answer may take, in ms, and how many bytes the answer may have. `totalMs`
 * is for both together.
 */
export type Limits = {
  readonly connectMs: number
  readonly answerMs: number
  readonly totalMs?: number
  readonly maxBytes: number
}
export const LIMITS: Limits = { connectMs: 5000, answerMs: 30_000, maxBytes: 64 * 1024 * 1024 }

/** Codes of the errors made here, beside those of Node. */
export const CONNECT_TIMEOUT = 'EG_CONNECT_TIMEOUT'
export const ANSWER_TIMEOUT = 'EG_ANSWER_TIMEOUT'
export const ANSWER_TOO_LARGE = 'EG_ANSWER_TOO_LARGE'

/** The server closed an idle connection just as we used it: it cannot have acted on the request. */
const CLOSED_WHILE_IDLE = ['ECONNRESET', 'EPIPE']

/** One request and its whole answer. Throws Node's errors, errors with one of our codes, or the signal's reason. */
export async function exchange(
  url: URL,
  { body, ...options }: RequestOptions & { body?: string | undefined },
  limits: Limits,
  signal: AbortSignal,
): Promise<Answer> {
  signal.throwIfAborted()
  const request = url.protocol === 'http:' ? requestHttp : requestHttps
  for (;;) {
    let answering = false
    const over = new AbortController()
    // For tunnels: a request that is given up has no socket yet which it could destroy.
    const sent = request(url, { ...options, [GIVEN_UP]: over.signal } as RequestOptions)
    sent.once('close', () => over.abort())
    sent.once('response', () => {
      answering = true
    })
    try {
      return await answerTo(sent, body, limits, signal)
    } catch (error) {
      const { code = '' } = error as NodeJS.ErrnoException
      if (!sent.reusedSocket || answering || !CLOSED_WHILE_IDLE.includes(code)) throw error
    }
  }
}

function answerTo(sent: ClientRequest, body: string | undefined, limits: Limits, signal: AbortSignal): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const fail = (error: unknown) => {
      settle()
      reject(error)
      sent.destroy()
    }
    const late = (code: string) => () => fail(withCode(code))
    const abort = () => fail(signal.reason)
    const { connectMs, answerMs, totalMs = Number.POSITIVE_INFINITY, maxBytes } = limits
    const started = performance.now()
    let timer = setTimeout(late(CONNECT_TIMEOUT), Math.min(connectMs, totalMs))
    const settle = () => {
      clearTimeout(timer)
      signal.removeEventListener('abort', abort)
    }
    signal.addEventListener('abort', abort)
    onConnected(sent, () => {
      clearTimeout(timer)
      const left = Math.max(totalMs - (performance.now() - started), 0)
      if (!sent.destroyed) timer = setTimeout(late(ANSWER_TIMEOUT), Math.min(answerMs, left))
    })
    sent.on('error', fail)
    sent.on('response', response => {
      const chunks: Buffer[] = []
      let size = 0
      response.on('data', (chunk: Buffer) => {
        size += chunk.length
        chunks.push(chunk)
        if (size > maxBytes) fail(withCode(ANSWER_TOO_LARGE))
      })
      response.on('error', fail)
      response.on('end', () => {
        settle()
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers,
          text: Buffer.concat(chunks).toString('utf8'),
        })
      })
    })
    sent.end(body)
  })
}

function onConnected(sent: ClientRequest, connected: () => void): void {
  sent.on('socket', socket => {
    const secure = socket as Partial<TLSSocket> & { secureConnecting?: boolean }
    const waiting = secure.encrypted ? secure.secureConnecting : socket.connecting
    if (sent.reusedSocket || !waiting) connected()
    else socket.once(secure.encrypted ? 'secureConnect' : 'connect', connected)
  })
}

const withCode = (code: string) => Object.assign(new Error(code), { code })
