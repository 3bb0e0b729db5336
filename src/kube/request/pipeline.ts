import type { Io } from '../../io.ts'
import { oneLine } from '../../text/sanitize.ts'
import { requireClientCertificate } from '../login/certificates.ts'
import type { Credentials, Login } from '../login/credentials.ts'
import type { Target } from '../login/target.ts'
import { type Answer, ApiError, type Call, type Connection } from './connection.ts'
import { errorOfAnswer, PASSING_STATUSES } from './error-of-answer.ts'
import { limitConcurrency } from './limit-concurrency.ts'
import { exchange, type Limits } from './send-once.ts'
import { isPassing, unreachable } from './unreachable.ts'

export type Hooks = {
  /** What the server warns of (Warning headers); each text once. */
  readonly onWarning?: (text: string) => void
  /** Each request: "GET /version 200 12ms". */
  readonly onCall?: (line: string) => void
  /** Before a request is sent again: why, in how many ms, and whether the server has ever answered. */
  readonly onRetry?: (why: string, waitMs: number, hasAnswered: boolean) => void
}

/** `end`: when a call that began at `started` has to be over, with all that is sent again (both in ms since the epoch). */
export type CallLimits = Limits & { readonly end?: (started: number) => number }

type Parts = { target: Target; credentials: Credentials; io: Io; hooks: Hooks; limits: CallLimits; userAgent: string }

/** May be sent twice without doing more than once: reads, server-side apply, delete. */
const REPEATABLE = ['GET', 'PATCH', 'DELETE']
const PATIENCE = 30_000
/** How long a server is tried that has never answered; kubectl gives it no time at all. */
const FIRST_PATIENCE = 3000
const NEVER = Number.POSITIVE_INFINITY
const LONGEST_RETRY_AFTER = 60_000
/** Requests at the same time: each more takes a connection, whose handshake costs more than an answer. */
const AT_ONCE = 6
/** What a call may go beyond its `retryUntil`, so that the last one can still be answered. */
const OVERTIME = 800

/** Sends requests as `Connection.send` promises: logged in, limited in time, patient. */
export function makeSend({ target, credentials, io, hooks, limits, userAgent }: Parts): Connection['send'] {
  const { clock } = io
  const warnings = new Set<string>()
  const limited = limitConcurrency(AT_ONCE)
  let reached = false
  let loginMs = 0

  /** One request: its answer, whatever its status, or the error that kept it from one. */
  async function once(call: Call, login: Login, limits: Limits, signal: AbortSignal) {
    const body = call.body === undefined ? undefined : JSON.stringify(call.body)
    const headers = {
      ...(login.options.headers as Record<string, string | string[]>),
      accept: call.accept ?? 'application/json',
      'user-agent': userAgent,
      ...(body === undefined
        ? {}
        : { 'content-type': call.contentType ?? 'application/json', 'content-length': Buffer.byteLength(body) }),
    }
    const start = clock.now()
    const log = (end: unknown) => hooks.onCall?.(oneLine(`${call.method} ${call.path} ${end} ${clock.now() - start}ms`))
    try {
      const url = new URL(target.server + call.path)
      const options = { ...login.options, headers, method: call.method, body }
      const answer = await exchange(url, options, limits, signal)
      reached = true
      log(answer.status)
      warn(answer)
      return { answer }
    } catch (error) {
      signal.throwIfAborted()
      log((error as NodeJS.ErrnoException).code ?? 'failed')
      return { error }
    }
  }

  function warn({ headers }: Answer) {
    for (const text of warningsOf(headers['warning'])) {
      if (!warnings.has(text)) hooks.onWarning?.(text)
      warnings.add(text)
    }
  }

  return async call => {
    // A signal of its own for each call: many listeners on one make Node warn of a leak.
    const signal = AbortSignal.any([...(call.evenEnded ? [] : [io.signal]), ...(call.signal ? [call.signal] : [])])
    const started = clock.now()
    let renewed = false
    for (let tries = 0; ; tries++) {
      const asked = clock.now()
      const login = await credentials.login(signal)
      // A person may have to log in: that is not the cluster's time.
      loginMs = Math.max(loginMs, clock.now() - asked)
      const end = Math.min(call.retryUntil ?? NEVER, limits.end?.(started) ?? NEVER) + loginMs
      let tried: Limits = limits
      const { answer, error } = await limited(() => {
        tried = { ...limits, totalMs: Math.max(end - clock.now(), 0) + OVERTIME }
        return once(call, login, tried, signal)
      })
      const patience = call.retryUntil === undefined ? (reached ? PATIENCE : FIRST_PATIENCE) : NEVER
      const until = Math.min(end, started + patience)
      if (answer && answer.status >= 200 && answer.status < 300) return answer
      if (answer?.status === 401 && !renewed && credentials.renew(login)) {
        renewed = true
        continue
      }
      // Looked at only now: it takes its time, and the cluster is the one to judge.
      if (!answer || answer.status === 401) requireClientCertificate(target, clock.now())
      const place = { target, proxy: credentials.proxy, limits: tried, now: clock.now() }
      const failure = answer ? errorOfAnswer(call, answer, target) : (unreachable(error, place) ?? error)
      const passing = answer ? PASSING_STATUSES.includes(answer.status) || lostRace(call, failure) : isPassing(error)
      const wait = (answer && retryAfter(answer, clock.now())) ?? backoff(tries)
      const again = passing && (call.retry ?? REPEATABLE.includes(call.method)) && clock.now() + wait <= until
      if (!again) throw failure
      hooks.onRetry?.(oneLine((failure as Error).message), wait, reached)
      await clock.sleep(wait, signal)
    }
  }
}

/** An apply is declarative and can be repeated, except after a conflict with another field manager. */
const lostRace = ({ contentType }: Call, failure: unknown): boolean =>
  contentType === 'application/apply-patch+yaml' &&
  failure instanceof ApiError &&
  failure.reason === 'Conflict' &&
  failure.causes.length === 0

/** "Full jitter": anything up to 250 ms, then twice that, up to 8 s. */
const backoff = (tries: number) => Math.random() * Math.min(8000, 250 * 2 ** tries)

/** The wait that the server asks for, in ms: seconds or a date (RFC 9110 10.2.3), with a jitter against stampedes. */
function retryAfter({ headers }: Answer, now: number): number | undefined {
  const asked = String(headers['retry-after'] ?? '').trim()
  const ms = /^\d+$/.test(asked) ? Number(asked) * 1000 : Date.parse(asked) - now
  return Number.isNaN(ms) ? undefined : Math.min(Math.max(ms, 0) + Math.random() * 250, LONGEST_RETRY_AFTER)
}

/** The texts of Warning headers: `299 - "text"`, several in one (RFC 7234 5.5). */
function warningsOf(header: string | string[] | undefined): string[] {
  const found = String(header ?? '').matchAll(/\b\d{3} \S+ "((?:[^"\\]|\\.)*)"/g)
  return [...found].map(([, text = '']) => oneLine(text.replace(/\\(.)/g, '$1')))
}
