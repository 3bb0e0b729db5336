import type { KubeObject } from '../object.ts'
import type { Kube } from '../request/client.ts'
import { unlessForbidden } from '../request/unless-forbidden.ts'

/** An event about an object; `key` is another one when the same thing has happened again. */
export type ClusterEvent = {
  type: string
  reason: string
  message: string
  key: string
  /** When it was last seen, in ms since the epoch by the cluster's clock; 0 where the event does not say. */
  at: number
}

/** The object that events are about; the uid excludes events about an earlier object of the same name. */
export type EventSubject = { kind: string; name: string; namespace: string; uid?: string | undefined }

const MOST = 200

/** The events about an object, newest first; [] where they may not be read. */
export async function readEvents(kube: Kube, { kind, name, namespace, uid }: EventSubject): Promise<ClusterEvent[]> {
  const fields = `involvedObject.kind=${kind},involvedObject.name=${name}`
  const events = (await unlessForbidden(kube.list('Event', { namespace, fields, limit: MOST }))) ?? []
  const isAbout = (event: KubeObject) => {
    const about = event['involvedObject']?.uid
    return uid === undefined || about === undefined || about === uid
  }
  return events
    .filter(isAbout)
    .map(event => ({ event, at: timeOf(event) }))
    .sort((one, other) => other.at - one.at)
    .map(({ event, at }) => ({
      type: String(event['type'] ?? ''),
      reason: String(event['reason'] ?? ''),
      message: String(event['message'] ?? ''),
      key: `${event.metadata.uid} ${event['count'] ?? event['series']?.count ?? ''} ${at}`,
      at,
    }))
}

/** When it was last seen: old and new recorders write different fields. */
const timeOf = ({ metadata, ...event }: KubeObject): number =>
  Date.parse(
    event['series']?.lastObservedTime ??
      event['lastTimestamp'] ??
      event['eventTime'] ??
      metadata.creationTimestamp ??
      '',
  ) || 0
