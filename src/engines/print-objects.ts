import { shortName } from '../kube/kinds.ts'
import type { Ref } from '../kube/object.ts'
import { block, type Style } from '../ui/layout.ts'

/** What happens to an object or a Helm release; `notes` are printed below its name. */
export type Fate = { action: string; namespace?: string | undefined; name: string; notes?: readonly string[] }

export const fateOf = (action: string, object: Ref, notes: readonly string[] = []): Fate => ({
  action,
  namespace: object.namespace,
  name: shortName(object),
  notes,
})

/** Objects under their namespaces, by kubectl's short names of kinds; what belongs to no namespace comes last. */
export function fateLines(fates: readonly Fate[], style: Style): string[] {
  const namespaces = [...new Set(fates.map(({ namespace }) => namespace))].sort(
    (a, b) => Number(a === undefined) - Number(b === undefined),
  )
  const width = Math.max(0, ...fates.map(({ action }) => action.length))
  return namespaces.flatMap(namespace => [
    block(style, '', namespace === undefined ? 'Cluster-wide' : `Namespace ${namespace}`),
    ...fates
      .filter(fate => fate.namespace === namespace)
      .flatMap(({ action, name, notes = [] }) => {
        const head = `  ${action.padEnd(width)}  `
        return [block(style, head, name), ...notes.map(note => block(style, ' '.repeat(head.length + 2), note))]
      }),
  ])
}

/** "14 to remove, 1 kept", in the order of the words, without the counts that are 0. */
export const countFates = (fates: readonly Fate[], words: Readonly<Record<string, string>>): string =>
  Object.entries(words)
    .map(([action, word]) => [fates.filter(fate => fate.action === action).length, word] as const)
    .filter(([count]) => count > 0)
    .map(([count, word]) => `${count} ${word}`)
    .join(', ')
