type RangeRequest = { key: string; range_end?: string; limit?: number; keys_only?: boolean; revision?: string }

export type Change = { readonly key: string; readonly value: string | undefined }

/** The keys as they are, and all changes so far: the revision is one more than their number. */
export type KeyHistory = { readonly keys: Map<string, string>; readonly changes: Change[] }

const encode = (text: string) => Buffer.from(text).toString('base64')
const decode = (text: string) => Buffer.from(text, 'base64').toString()

/** What etcd's JSON gateway answers to /v3/kv/range: keys from `key` up to `range_end`, in order, at `revision` or now. */
export function rangeOf(
  { keys, changes }: KeyHistory,
  { key, range_end, limit = 0, keys_only, revision }: RangeRequest,
) {
  const now = changes.length + 1
  const asked = Number(revision ?? now)
  const from = decode(key)
  const end = range_end && decode(range_end)
  const found = [...(asked < now ? keysAfter(changes, asked - 1) : keys)]
    .filter(([name]) => (end ? name >= from && name < end : name === from))
    .sort(([one], [other]) => (one < other ? -1 : 1))
  const page = limit > 0 ? found.slice(0, limit) : found
  return {
    header: { revision: String(now) },
    kvs: page.map(([name, value]) => ({ key: encode(name), ...(keys_only ? {} : { value: encode(value) }) })),
    ...(page.length < found.length ? { more: true } : {}),
    count: String(found.length),
  }
}

/** The keys after the first `count` changes. */
function keysAfter(changes: readonly Change[], count: number): Map<string, string> {
  const keys = new Map<string, string>()
  for (const { key, value } of changes.slice(0, count)) {
    if (value === undefined) keys.delete(key)
    else keys.set(key, value)
  }
  return keys
}
