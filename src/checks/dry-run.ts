import { kubectlName } from '../kube/kinds.ts'
import type { Check } from './check.ts'

/** The last word: what the server says to each object. */
export const DRY_RUN: readonly Check[] = [
  {
    id: 'conflicts',
    title: 'Fields of others',
    severity: 'warning',
    question: ({ changes }) => {
      const left = changes.flatMap(change => change.left)
      if (left.length === 0) return { ok: 'none differs from the plan' }
      return { message: left.join(' '), fix: 'Add --force-conflicts to take them over.' }
    },
  },
  {
    id: 'dry-run',
    title: 'Dry run',
    severity: 'fatal',
    question: ({ changes, missing = [], troubles }) => {
      const applied = changes.filter(({ action }) => action !== 'remove')
      const untried = applied.filter(change => change.untried !== undefined)
      const refused = applied.filter(change => change.refused !== undefined)
      if (refused.length > 0 && (missing.length > 0 || troubles['node-ports']))
        return { unknown: 'the server refuses for the reasons above' }
      if (refused.length > 0)
        return {
          message: refused
            .map(({ object, refused }) => `The cluster refuses ${kubectlName(object)}: ${refused}`)
            .join(' '),
          fix: 'If a setting of yours stands in the message, change it; otherwise ask the cluster administrator.',
        }
      const tried = `${applied.length - untried.length} of ${applied.length} objects pass`
      if (untried.length === 0) return { ok: tried }
      const why = [...new Set(untried.map(change => change.untried))].join(', ')
      return { ok: `${tried}; the others cannot be tried before: ${why}` }
    },
  },
]
