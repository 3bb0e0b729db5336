export type Value = unknown

/**
 * A parsed template with its `${path}` scalars filled in. A scalar that is nothing but a placeholder takes the value with
 * its type, and a field whose value is undefined is left out. Throws for a placeholder that nobody provides, naming the
 * template: a mistake of ours.
 */
export function fill(node: unknown, values: Readonly<Record<string, Value>>, template: string): unknown {
  const valueAt = (path: string): Value => {
    if (!Object.hasOwn(values, path)) throw new Error(`${template} asks for \${${path}}, which has no value`)
    return values[path]
  }
  const filled = (item: unknown): unknown => {
    if (Array.isArray(item)) return item.map(filled)
    if (item !== null && typeof item === 'object')
      return Object.fromEntries(
        Object.entries(item).flatMap(([key, field]) => {
          const value = filled(field)
          return value === undefined ? [] : [[key, value]]
        }),
      )
    if (typeof item !== 'string') return item
    const whole = /^\$\{([\w.-]+)\}$/.exec(item)
    return whole ? valueAt(whole[1]!) : item.replace(/\$\{([\w.-]+)\}/g, (_, path: string) => String(valueAt(path)))
  }
  return filled(node)
}
