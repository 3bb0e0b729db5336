import { block, type Style } from '../ui/layout.ts'
import type { Change } from './compare.ts'
import { KINDS } from './registration.ts'

const WORDS = { create: 'create', unchanged: 'unchanged', replace: 'different' } as const
const WIDTH = Math.max(...Object.values(WORDS).map(word => word.length))

/** What restoring does, a line each, under the spaces. */
export function changeLines(changes: readonly Change[], style: Style): string[] {
  const spaces = [...new Set(changes.map(({ wanted }) => wanted.space))]
  return spaces.flatMap(space => [
    block(style, '', `Space ${space}`),
    ...changes
      .filter(({ wanted }) => wanted.space === space)
      .map(({ wanted, action }) =>
        block(style, `  ${WORDS[action].padEnd(WIDTH)}  `, `${KINDS[wanted.kind].label} ${wanted.name}`),
      ),
  ])
}

/** "3 to create, 1 different, 12 unchanged". */
export function countChanges(changes: readonly Change[]): string {
  const texts = { create: 'to create', replace: 'different', unchanged: 'unchanged' } as const
  const counts = Object.entries(texts).map(
    ([action, text]) => [changes.filter(each => each.action === action).length, text] as const,
  )
  return (
    counts
      .filter(([count]) => count > 0)
      .map(([count, text]) => `${count} ${text}`)
      .join(', ') || 'The backup is empty'
  )
}
