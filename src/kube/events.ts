import { allowed } from './allowed.ts'
import type { Kube } from './client.ts'
import type { KubeObject } from './object.ts'

/** An event about an object; `key` is another one when the same thing has happened again. */
export type ClusterEvent = {
  about: { kind: string; name: string }
  type: string
  reason: string
  message: string
  key: string
}

const MOST = 200

/** The events that a field selector finds in a namespace, newest first; [] where they may not be read. */
export async function readEvents(kube: Kube, namespace: string, fields: string): Promise<ClusterEvent[]> {
  const events = (await allowed(kube.list('Event', { namespace, fields, limit: MOST }))) ?? []
  return events
    .map(event => ({ event, at: timeOf(event) }))
    .sort((one, other) => other.at.localeCompare(one.at))
    .map(({ event, at }) => ({
      about: { kind: String(event['involvedObject']?.kind ?? ''), name: String(event['involvedObject']?.name ?? '') },
      type: String(event['type'] ?? ''),
      reason: String(event['reason'] ?? ''),
      message: String(event['message'] ?? ''),
      key: `${event.metadata.uid} ${event['count'] ?? event['series']?.count ?? ''} ${at}`,
    }))
}

/** When it was last seen: old and new recorders write different fields. */
const timeOf = ({ metadata, ...event }: KubeObject): string =>
  event['series']?.lastObservedTime ?? event['lastTimestamp'] ?? event['eventTime'] ?? metadata.creationTimestamp ?? ''
