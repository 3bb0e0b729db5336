import type { KubeObject } from '../../kube/object.ts'
import type { Kind } from './kinds.ts'
import { apiVersionOf } from './kinds.ts'
import { fieldTest, labelTest } from './selectors.ts'
import type { Store } from './store.ts'

export type ListBody = { kind: string; apiVersion: string; metadata: object; items: KubeObject[] }

const keyOf = ({ metadata }: KubeObject) => `${metadata.namespace ?? ''}/${metadata.name}`

/** GET of a collection: selectors, and pages by limit and continue. */
export function answerList(store: Store, kind: Kind, namespace: string | undefined, query: URLSearchParams): ListBody {
  const isWanted = [labelTest(query.get('labelSelector')), fieldTest(query.get('fieldSelector'))]
  const all = store
    .list(kind, namespace)
    .filter(object => isWanted.every(test => test(object)))
    .sort((one, other) => (keyOf(one) < keyOf(other) ? -1 : 1))
  const after = Buffer.from(query.get('continue') ?? '', 'base64url').toString()
  const rest = all.filter(object => keyOf(object) > after)
  const limit = Number(query.get('limit') ?? 0)
  const items = limit > 0 ? rest.slice(0, limit) : rest
  const left = rest.length - items.length
  const more =
    left > 0
      ? {
          continue: Buffer.from(keyOf(items.at(-1)!)).toString('base64url'),
          remainingItemCount: left,
        }
      : {}
  const bare = ({ apiVersion: _, kind: __, ...object }: KubeObject) => object as KubeObject
  return {
    kind: `${kind.kind}List`,
    apiVersion: apiVersionOf(kind),
    metadata: { ...(kind.custom ? { continue: '' } : {}), resourceVersion: store.revision(), ...more },
    // Only custom resources repeat kind and version in a list.
    items: kind.custom ? items : items.map(bare),
  }
}

/** A list for a client that wants metadata alone; the real API server writes null for an empty one. */
export function metadataOf({ metadata, items }: ListBody): object {
  const apiVersion = 'meta.k8s.io/v1'
  const bare = items.map(item => ({ kind: 'PartialObjectMetadata', apiVersion, metadata: item.metadata }))
  return { kind: 'PartialObjectMetadataList', apiVersion, metadata, items: bare.length > 0 ? bare : null }
}

/** Nodes as kubectl get shows them: the columns that are of use here. */
export function nodeTableOf({ metadata, items }: ListBody): object {
  const columns: Readonly<Record<string, (node: KubeObject) => string>> = {
    Name: ({ metadata }) => metadata.name,
    'Internal-IP': node => addressOf(node, 'InternalIP'),
    'External-IP': node => addressOf(node, 'ExternalIP'),
  }
  const rows = items.map(item => ({ cells: Object.values(columns).map(cell => cell(item)), object: null }))
  const columnDefinitions = Object.keys(columns).map(name => ({ name, type: 'string', format: '', priority: 0 }))
  return { kind: 'Table', apiVersion: 'meta.k8s.io/v1', metadata, columnDefinitions, rows }
}

type Address = { type: string; address: string }
const addressOf = ({ status }: KubeObject, wanted: string): string =>
  (status?.addresses as Address[] | undefined)?.find(({ type }) => type === wanted)?.address ?? '<none>'
