import type { Registered } from './registered.ts'
import { type Fields, keyOf, labelOf, type Registration } from './registration.ts'

/** What restoring does to a registration; `current` is what is registered in its place, and differs. */
export type Change = { readonly wanted: Registration } & (
  | { readonly action: 'create' | 'unchanged' }
  | { readonly action: 'replace'; readonly current: Registered }
)

/** What restoring these changes in a gateway that has those. What it has beside them stays. */
export function compare(wanted: readonly Registration[], registered: readonly Registered[]): Change[] {
  const byKey = new Map(registered.map(each => [keyOf(each), each]))
  const byRoute = new Map(registered.flatMap(each => (isSync(each) ? [[routeOf(each), each] as const] : [])))
  return wanted.map(wanted => {
    const same = byKey.get(keyOf(wanted))
    if (same !== undefined && isEqual(wanted.fields, same.fields)) return { wanted, action: 'unchanged' }
    // A space has one sync subscription for a method and a path.
    const current = same ?? (isSync(wanted) ? byRoute.get(routeOf(wanted)) : undefined)
    return current === undefined ? { wanted, action: 'create' } : { wanted, action: 'replace', current }
  })
}

export const isSync = ({ kind, fields }: Registration): boolean => kind === 'subscriptions' && fields['type'] === 'sync'

const routeOf = ({ space, fields }: Registration): string => `${space} ${fields['method']} ${fields['path']}`

/** Whether a registration equals the wanted one. null is a credential that --redact removed, and equals every value. */
function isEqual(wanted: unknown, found: unknown): boolean {
  if (wanted === null) return found !== undefined
  if (typeof wanted !== 'object' || typeof found !== 'object' || found === null) return wanted === found
  const keys = new Set([...Object.keys(wanted), ...Object.keys(found)])
  return [...keys].every(key => isEqual((wanted as Fields)[key], (found as Fields)[key]))
}

/** The registrations that name a function or an event type which neither the backup nor the gateway has, as clauses. */
export function missingReferences(wanted: readonly Registration[], registered: readonly Registered[]): string[] {
  const known = new Set([...wanted, ...registered].map(keyOf))
  return wanted.flatMap(each => {
    const { space, fields } = each
    const needed = [
      ...(each.kind === 'subscriptions' ? [['eventTypes', fields['eventType']] as const] : []),
      ...(each.kind === 'subscriptions' ? [['functions', fields['functionId']] as const] : []),
      ...(fields['authorizerId'] === undefined ? [] : [['functions', fields['authorizerId']] as const]),
    ]
    return needed
      .map(([kind, name]) => ({ kind, space, name: String(name), fields: {} }))
      .filter(reference => !known.has(keyOf(reference)))
      .map(reference => `${labelOf(each)} needs ${labelOf(reference)}`)
  })
}
