/**
 * A copy of an object without the field at a path as the API server writes it for field conflicts
 * (`.spec.template.spec.containers[name="web"].image`, structured-merge-diff's fieldpath.Path.String), or undefined where
 * the path leads nowhere in it. Elements of lists stay, so that their keys do.
 */
export function withoutField<T>(object: T, path: string): T | undefined {
  const copy = structuredClone(object)
  return removed(copy, path) ? copy : undefined
}

function removed(node: unknown, path: string): boolean {
  if (Array.isArray(node)) {
    const [selector] = /^\[[^\]]*\]/.exec(path) ?? []
    const item = selector === undefined ? undefined : node.find((element, index) => matches(element, index, selector))
    return item !== undefined && removed(item, path.slice(selector!.length))
  }
  if (node === null || typeof node !== 'object' || !path.startsWith('.')) return false
  const fields = node as Record<string, unknown>
  // Names of fields may contain dots (annotations): the longest that fits is meant.
  const name = Object.keys(fields)
    .filter(key => path.startsWith(key, 1) && /^$|^[.[]/.test(path.slice(key.length + 1)))
    .sort((a, b) => b.length - a.length)[0]
  if (name === undefined) return false
  const rest = path.slice(name.length + 1)
  if (rest === '') return delete fields[name]
  return removed(fields[name], rest)
}

/** `[2]`, `[="value"]` or `[name="web",port=80]`. */
function matches(element: unknown, index: number, selector: string): boolean {
  const text = selector.slice(1, -1)
  if (text === String(index)) return true
  if (text.startsWith('=')) return JSON.stringify(element) === text.slice(1)
  return text.split(/,(?=\w+=)/).every(pair => {
    const [key = '', value] = pair.split(/=(.*)/s)
    return JSON.stringify((element as Record<string, unknown> | null)?.[key]) === value
  })
}
