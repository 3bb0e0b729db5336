import * as v from 'valibot'
import { EXPOSURES } from '../cluster/exposures.ts'
import { isKind, type KindName, ref } from '../kube/kinds.ts'
import type { Ref } from '../kube/object.ts'
import { ENGINES } from '../plan/engine.ts'
import { show } from '../settings/types.ts'

/** An installed object; without a uid it was about to be applied when the record was written. */
export type RecordedObject = Ref & { uid?: string }

/** More members than etcd recommends (7), and far fewer than would cost anything to list. */
export const MOST_MEMBERS = 9
/** A ConfigMap holds 1 MiB; a record takes a few kB, more only with long annotations. */
const MOST_TEXT = 300_000
/** A plan has about 25 objects, and volumes of former etcds stay in the record. */
const MOST_OBJECTS = 200

const port = v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(65_535))
const name = v.pipe(v.string(), v.maxLength(253), v.regex(/^[a-z0-9][a-z0-9.-]*$/))
const uid = v.pipe(v.string(), v.maxLength(64), v.regex(/^[\w-]*$/))

const OBJECT = v.object({
  kind: v.custom<KindName>(kind => typeof kind === 'string' && isKind(kind)),
  name,
  namespace: v.exactOptional(name),
  uid: v.exactOptional(uid),
})

/** What a record may hold. Its release and its namespace follow from the ConfigMap's own name and place. */
const RECORD = v.object({
  engine: v.picklist(ENGINES),
  cluster: uid,
  settings: v.record(v.string(), v.unknown()),
  exposure: v.exactOptional(v.picklist(EXPOSURES.map(({ id }) => id))),
  localhost: v.exactOptional(v.boolean()),
  etcdSize: v.exactOptional(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(MOST_MEMBERS))),
  nodePorts: v.exactOptional(v.object({ config: v.exactOptional(port), events: v.exactOptional(port) })),
  objects: v.pipe(v.array(v.unknown()), v.maxLength(MOST_OBJECTS)),
})

/** The contents of a record; `ignored` are the entries of its objects that name none, as people read them. */
export type Contents = Omit<v.InferOutput<typeof RECORD>, 'objects'> & {
  objects: readonly RecordedObject[]
  ignored: readonly string[]
}

/** The contents of a record, or as `damaged` what of it cannot be read. */
export function readContents(text: unknown): Contents | { damaged: string } {
  if (typeof text !== 'string') return { damaged: 'it has no key "record"' }
  if (text.length > MOST_TEXT) return { damaged: `it is longer than ${MOST_TEXT} characters` }
  const read = v.safeParse(RECORD, parsed(text))
  if (!read.success) {
    const [part] = read.issues[0].path ?? []
    return { damaged: part === undefined ? 'it is not a JSON object' : `its field ${part.key} is not valid` }
  }
  const entries = read.output.objects.map(entry => ({ entry, read: v.safeParse(OBJECT, entry) }))
  return {
    ...read.output,
    objects: entries.flatMap(({ read }) => (read.success ? [toObject(read.output)] : [])),
    ignored: entries.flatMap(({ entry, read }) => (read.success ? [] : [show(entry)])),
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** The API version comes from the table of kinds, never from the record. */
const toObject = ({ kind, name, namespace, uid }: v.InferOutput<typeof OBJECT>): RecordedObject => ({
  ...ref(kind, name, namespace),
  ...(uid && { uid }),
})
