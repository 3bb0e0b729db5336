import { type Endpoint, hostPort } from '../endpoints/endpoint.ts'
import { oneLine } from '../ui/sanitize.ts'
import { ask } from './ask.ts'

/** What an attempt to talk to the gateway showed; a reason is a clause: "connection refused". */
export type Verdict = { ok: true } | { ok: false; reason: string }

/** Nobody's functions are read: any space will do for asking whether etcd answers, and this one is ours. */
export const SPACE = 'eg-setup-probe'
/** Answered only with etcd. */
export const ETCD_QUESTION = { method: 'GET', path: `/v1/spaces/${SPACE}/functions` }

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
  const answer = await ask(hostPort(host, config), ETCD_QUESTION, timeoutMs, signal)
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
  const answer = await ask(hostPort(host, events), { method: 'HEAD', path: `/${SPACE}` }, timeoutMs, signal)
  return 'reason' in answer ? { ok: false, reason: `${hostPort(host, events)}: ${answer.reason}` } : { ok: true }
}

function isFunctionList(text: string): boolean {
  try {
    return Array.isArray((JSON.parse(text) as { functions?: unknown }).functions)
  } catch {
    return false
  }
}
