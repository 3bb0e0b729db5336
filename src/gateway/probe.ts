import http from 'node:http'
import { type Endpoint, hostPort } from '../endpoints/endpoint.ts'
import { oneLine } from '../ui/sanitize.ts'

/** What an attempt to talk to the gateway showed; a reason is a clause: "connection refused". */
export type Verdict = { ok: true } | { ok: false; reason: string }

/** Nobody's functions are read: any space will do for asking whether etcd answers, and this one is ours. */
const SPACE = 'eg-setup-probe'
const BODY_LIMIT = 1 << 20

/**
 * Asks the config API something that needs etcd, over a connection of its own. Without etcd the gateway closes the
 * connection after 5 s without an answer, so `timeoutMs` should be over that to tell the two apart.
 */
export async function probeConfig(
  host: string,
  config: number,
  timeoutMs: number,
  signal: AbortSignal,
): Promise<Verdict> {
  const answer = await ask('GET', hostPort(host, config), `/v1/spaces/${SPACE}/functions`, timeoutMs, signal)
  if ('reason' in answer) return { ok: false, reason: `${hostPort(host, config)}: ${answer.reason}` }
  if (answer.status === 200 && isFunctionList(answer.text)) return { ok: true }
  const said = `HTTP ${answer.status}${answer.server === '' ? '' : ` from ${oneLine(answer.server, 40)}`}`
  return { ok: false, reason: `${hostPort(host, config)} is no Event Gateway (${said})` }
}

/**
 * Asks the events API whether anything speaks HTTP there. It has no health route: whatever matches no subscription is
 * answered with 202. HEAD, since no subscription of anybody's is likely to wait for it.
 */
export async function probeEvents(
  { host, events }: Endpoint,
  timeoutMs: number,
  signal: AbortSignal,
): Promise<Verdict> {
  const answer = await ask('HEAD', hostPort(host, events), `/${SPACE}`, timeoutMs, signal)
  return 'reason' in answer ? { ok: false, reason: `${hostPort(host, events)}: ${answer.reason}` } : { ok: true }
}

function isFunctionList(text: string): boolean {
  try {
    return Array.isArray((JSON.parse(text) as { functions?: unknown }).functions)
  } catch {
    return false
  }
}

/** Why no answer came, by the code of the socket error. */
const REASONS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'connection refused',
  ECONNRESET: 'connection closed without an answer, as a gateway does that cannot reach etcd',
  EHOSTUNREACH: 'no route to it from this machine',
  ENETUNREACH: 'no route to it from this machine',
  ENOTFOUND: 'DNS does not know the name yet',
  EAI_AGAIN: 'DNS does not answer',
}

type Asked = { status: number; text: string; server: string } | { reason: string }

function ask(method: string, authority: string, path: string, timeoutMs: number, signal: AbortSignal): Promise<Asked> {
  return new Promise((resolve, reject) => {
    const limit = AbortSignal.timeout(timeoutMs)
    const url = `http://${authority}${path}`
    // A connection of its own: a kept one would always reach the same replica.
    const options = { method, agent: false, signal: AbortSignal.any([signal, limit]) }
    const failed = (error: NodeJS.ErrnoException) => {
      if (signal.aborted) reject(signal.reason)
      else if (limit.aborted) resolve({ reason: `no answer within ${timeoutMs / 1000} s` })
      else resolve({ reason: REASONS[error.code ?? ''] ?? oneLine(error.message, 100) })
    }
    const request = http.request(url, options, response => {
      let text = ''
      response.setEncoding('utf8')
      response.on('data', (chunk: string) => {
        text += chunk
        if (text.length > BODY_LIMIT) response.destroy(new Error('the answer is too long'))
      })
      response.on('error', failed)
      response.on('end', () =>
        resolve({ status: response.statusCode ?? 0, text, server: String(response.headers.server ?? '') }),
      )
    })
    request.on('error', failed)
    request.end()
  })
}
