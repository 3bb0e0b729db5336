import { oneLine } from '../../text/sanitize.ts'
import { collectionPath } from '../kinds.ts'
import type { Kube } from '../request/client.ts'
import { ApiError } from '../request/connection.ts'

/** Of which container, and whether of its run before this one. */
export type LogOf = { namespace: string; pod: string; container: string; previous: boolean }

const LINES = 20
/** A program that ends says why in one of these; what follows is often a trace. */
const TELLING = /panic:|"level":"(?:fatal|panic|error)"|\bfatal\b|exec format error/i

/** The last thing a container said, of JSON lines the message; '' where it said nothing or its log may not be read. */
export async function lastLogLine(kube: Kube, { namespace, pod, container, previous }: LogOf): Promise<string> {
  const query = new URLSearchParams({ container, tailLines: String(LINES), ...(previous ? { previous: 'true' } : {}) })
  const path = `${collectionPath('Pod', namespace)}/${encodeURIComponent(pod)}/log?${query}`
  try {
    return lastLine((await kube.connection.send({ method: 'GET', path, accept: '*/*', retry: false })).text)
  } catch (error) {
    if (error instanceof ApiError) return ''
    throw error
  }
}

/** etcd-operator v0.2.0 says so at level error in every pass over an etcd without TLS. */
const NOISE = /missing TLS config/

/** The line of a log that says why a program ended: the last telling one, else the last. */
export function lastLine(log: string): string {
  const lines = log.split('\n').filter(line => line.trim() !== '' && !NOISE.test(line))
  const line = lines.findLast(each => TELLING.test(each)) ?? lines.at(-1) ?? ''
  return oneLine(messageOf(line), 300)
}

function messageOf(line: string): string {
  try {
    const { msg, message = msg, error } = JSON.parse(line)
    const said = [message, error].filter(part => typeof part === 'string').map(part => part.replace(/\.$/, ''))
    return said.length > 0 ? said.join(': ') : line
  } catch {
    return line
  }
}
