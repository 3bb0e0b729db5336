import { collectionPath, type KindName, objectPath } from '../kinds.ts'
import type { KubeObject, Ref } from '../object.ts'
import { preconditionError } from '../precondition-error.ts'
import { pageOf, type Shape, shapeOf } from '../schemas.ts'
import { type Answer, ApiError, type Connection } from './connection.ts'
import { readAnswer, readObject } from './read-answer.ts'

/** Server-side apply's name for us: it owns the fields we set. */
const FIELD_MANAGER = 'eg-setup'

type Listing = {
  namespace?: string
  labels?: Readonly<Record<string, string>>
  fields?: string
  limit?: number
  /** Only these are kept, and only these count for the limit. */
  where?: (object: KubeObject) => boolean
}

/**
 * Everything we ask of a cluster. All of it may throw what `Connection.send` throws, and UserError for an answer that is not
 * what the kind has to be.
 */
export type Kube = {
  readonly connection: Connection
  /** The object, or undefined where there is none (or its kind is not served). */
  read: (ref: Ref) => Promise<KubeObject | undefined>
  /** All pages, or at most `limit` objects. Items carry their apiVersion and kind, unlike in the server's answer. */
  list: (kind: KindName, listing?: Listing) => Promise<KubeObject[]>
  /** Server-side apply: creates or changes it, and gives what the server made of it. */
  apply: (object: KubeObject, options?: { force?: boolean; dryRun?: boolean }) => Promise<KubeObject>
  /** Deletes it if it still has this uid; 'absent' when it is gone, 'replaced' when another object has its name. */
  remove: (ref: Ref, uid: string) => Promise<'removed' | 'absent' | 'replaced'>
  /** The answer at a path as JSON of that shape, undefined for 404. `accept` is application/json unless said. */
  get: <T>(path: string, shape: Shape<T>, accept?: string) => Promise<T | undefined>
}

const PAGE = 500
/** 100,000 objects: a longer list is treated as endless. */
const MOST_PAGES = 200

/** A client whose requests may be sent again until `retryUntil` (ms since the epoch; 30 s from each call unless said). */
export function makeKube(server: Connection, retryUntil?: number): Kube {
  const send: Connection['send'] = call => server.send(retryUntil === undefined ? call : { retryUntil, ...call })
  const connection = { ...server, send }
  const find = async <T>(path: string, read: (answer: Answer) => T, accept?: string): Promise<T | undefined> => {
    try {
      return read(await send({ method: 'GET', path, ...(accept && { accept }) }))
    } catch (error) {
      if (error instanceof ApiError && error.status === 404) return undefined
      throw error
    }
  }
  return {
    connection,
    get: (path, shape, accept) => find(path, answer => readAnswer(answer, shape, { what: path, path }), accept),
    read: ref => find(objectPath(ref), answer => readObject(answer, ref, objectPath(ref))),

    async list(kind, { namespace, labels = {}, fields, limit, where } = {}) {
      const query = new URLSearchParams({ limit: String(where === undefined ? Math.min(limit ?? PAGE, PAGE) : PAGE) })
      const selector = Object.entries(labels).map(([key, value]) => `${key}=${value}`)
      if (selector.length > 0) query.set('labelSelector', selector.join(','))
      if (fields !== undefined) query.set('fieldSelector', fields)
      const items: KubeObject[] = []
      const shape = pageOf(shapeOf(kind))
      for (let pages = 1; ; pages++) {
        const path = `${collectionPath(kind, namespace)}?${query}`
        const page = await find(path, answer => readAnswer(answer, shape, { what: `the list of kind ${kind}`, path }))
        for (const item of page?.items ?? []) {
          const object = { ...item, apiVersion: page?.apiVersion ?? '', kind }
          if (where?.(object) ?? true) items.push(object)
        }
        if (!page?.metadata?.continue || (limit !== undefined && items.length >= limit)) return items.slice(0, limit)
        if (pages === MOST_PAGES || page.metadata.continue === query.get('continue')) throw endless(kind)
        query.set('continue', page.metadata.continue)
      }
    },

    async apply(object, { force = false, dryRun = false } = {}) {
      const { apiVersion, kind, metadata } = object
      const ref = { apiVersion, kind, ...metadata }
      const path = objectPath(ref)
      const query = new URLSearchParams({ fieldManager: FIELD_MANAGER })
      if (force) query.set('force', 'true')
      if (dryRun) query.set('dryRun', 'All')
      const answer = await send({
        method: 'PATCH',
        path: `${path}?${query}`,
        body: object,
        contentType: 'application/apply-patch+yaml',
      })
      return readObject(answer, ref, path)
    },

    async remove(ref, uid) {
      try {
        const body = {
          apiVersion: 'v1',
          kind: 'DeleteOptions',
          preconditions: { uid },
          propagationPolicy: 'Background',
        }
        await send({ method: 'DELETE', path: objectPath(ref), body })
        return 'removed'
      } catch (error) {
        if (error instanceof ApiError && error.status === 404) return 'absent'
        if (error instanceof ApiError && error.status === 409 && error.reason === 'Conflict') return 'replaced'
        throw error
      }
    },
  }
}

const endless = (kind: KindName) =>
  preconditionError(
    `The API server kept returning more pages of kind ${kind}, so eg-setup stopped reading.`,
    'Check that the server in the kubeconfig is a Kubernetes API server.',
  )
