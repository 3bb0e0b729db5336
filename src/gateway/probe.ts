import { oneLine } from '../text/sanitize.ts'
import { type Answer, ask, type NoAnswer, type Question } from './ask.ts'
import { addressAt, type Endpoint } from './endpoint.ts'

/** What an attempt to talk to the gateway showed; a reason is a clause: "connection refused". */
export type Verdict = { ok: true } | ({ ok: false } & NoAnswer)

/** Any space shows whether etcd answers. This one belongs to eg-setup, so no user's functions are read. */
export const SPACE = 'eg-setup-probe'
/** Answered only with etcd. */
export const ETCD_QUESTION = { method: 'GET', path: `/v1/spaces/${SPACE}/functions` }

/**
 * Asks the config API something that needs etcd, over a connection of its own. Without etcd the gateway closes the
 * connection after 5 s without an answer, so `timeoutMs` should be over that to tell the two apart.
 */
export async function probeConfig(
  endpoint: Endpoint & { config: number },
  timeoutMs: number,
  signal: AbortSignal,
): Promise<Verdict> {
  const where = addressAt(endpoint, endpoint.config)
  const answer = await ask(where, ETCD_QUESTION, timeoutMs, signal)
  if ('reason' in answer) return unanswered(where, answer)
  if (answer.status === 200 && isFunctionList(answer.text)) return { ok: true }
  return { ok: false, reason: `${where} is not an Event Gateway (${saidBy(answer)})` }
}

/**
 * No event at all: its type and all else that is required are missing. The gateway says so before it looks for routes, for
 * subscribers of any kind or for its own events' (0.8 to 0.9.1, event.FromRequest), so nobody's function is called.
 */
const NO_EVENT: Question = { method: 'POST', path: `/${SPACE}`, type: 'application/cloudevents+json', body: {} }

/** Asks the events API for an answer that only an Event Gateway gives. It has no health route. */
export async function probeEvents(endpoint: Endpoint, timeoutMs: number, signal: AbortSignal): Promise<Verdict> {
  const where = addressAt(endpoint, endpoint.events)
  const answer = await ask(where, NO_EVENT, timeoutMs, signal)
  if ('reason' in answer) return unanswered(where, answer)
  if (answer.status === 400 && /CloudEvent doesn't validate/.test(answer.text)) return { ok: true }
  return { ok: false, reason: `${where} is not an Event Gateway (${saidBy(answer)})` }
}

const unanswered = (where: string, { reason, ...more }: NoAnswer): Verdict => {
  return { ok: false, reason: `${where}: ${reason}`, ...more }
}

const saidBy = ({ status, server }: Answer) => `HTTP ${status}${server === '' ? '' : ` from ${oneLine(server, 40)}`}`

function isFunctionList(text: string): boolean {
  try {
    return Array.isArray((JSON.parse(text) as { functions?: unknown }).functions)
  } catch {
    return false
  }
}
