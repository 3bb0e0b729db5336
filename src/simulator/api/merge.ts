import { isAtomic, isObject, itemElement, listType } from './fields.ts'
import type { Kind } from './kinds.ts'

/** Server-side apply of `config` over `live`, whose other fields stay. */
export const mergeApplied = (kind: Kind, live: unknown, config: unknown): unknown =>
  merge({ kind, isApply: true }, live, config, '')

/** One object over another: items of lists with keys are told apart by these, as in strategic merge patches. */
export const mergeFields = (kind: Kind, live: unknown, config: unknown): unknown =>
  merge({ kind, isApply: false }, live, config, '')

/** JSON merge patch, RFC 7386. */
export function mergePatch(target: unknown, patch: unknown): unknown {
  if (!isObject(patch)) return patch
  const result: Record<string, unknown> = isObject(target) ? { ...target } : {}
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete result[key]
    else result[key] = mergePatch(result[key], value)
  }
  return result
}

/** Apply replaces maps that are atomic; strategic merge patches know none. */
type Merge = { kind: Kind; isApply: boolean }

function merge(how: Merge, live: unknown, config: unknown, path: string): unknown {
  if (isObject(live) && isObject(config) && !(how.isApply && isAtomic(how.kind, path))) {
    const result = { ...live }
    for (const [key, value] of Object.entries(config)) {
      const below = path === '' ? key : `${path}.${key}`
      if (value === null) delete result[key]
      else if (below !== 'metadata.managedFields') result[key] = merge(how, live[key], value, below)
    }
    return result
  }
  const keys = Array.isArray(live) && Array.isArray(config) ? listType(how.kind, path) : undefined
  return keys === undefined ? config : mergeList(how, live as unknown[], config as unknown[], { keys, path })
}

/** Items of `config` in its order, items that only `live` has at their place. */
function mergeList(
  how: Merge,
  live: unknown[],
  config: unknown[],
  { keys, path }: { keys: readonly string[] | 'set'; path: string },
) {
  const known = new Map(live.map(item => [itemElement(keys, item), item]))
  const asked = new Set(config.map(item => itemElement(keys, item)))
  const result: unknown[] = []
  const rest = [...config]
  for (const item of live) {
    if (!asked.has(itemElement(keys, item))) result.push(item)
    else if (rest.length > 0) result.push(rest.shift())
  }
  return [...result, ...rest].map(item => {
    const element = itemElement(keys, item)
    return asked.has(element) && known.has(element) && keys !== 'set'
      ? merge(how, known.get(element), item, path)
      : item
  })
}
