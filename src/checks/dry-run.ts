import { kubectlName } from '../kube/kinds.ts'
import { sh } from '../text/shell-words.ts'
import type { Change } from './changes.ts'
import type { Check } from './check.ts'

/** Some fields of a Service can't change while it exists, such as spec.loadBalancerClass. */
function fixFor(refused: readonly Change[]): string {
  const fixed = refused.find(({ object, refused = '' }) => object.kind === 'Service' && FIXED.test(refused))
  if (fixed === undefined) return 'Change the setting that the message names, or ask the cluster administrator.'
  const { name, namespace = '' } = fixed.object
  return sh`Keep the current value, or delete the Service, which releases its address, and run eg-setup again:\nkubectl delete service ${name} -n ${namespace}`
}

const FIXED = /may not change once set/

/** The last word: what the server says to each object. */
export const DRY_RUN: readonly Check[] = [
  {
    id: 'conflicts',
    group: 'Existing installation',
    title: 'Fields owned by other managers',
    severity: 'warning',
    question: ({ changes }) => {
      const left = changes.flatMap(change => change.left)
      if (left.length === 0) return { ok: 'no conflicts' }
      return { message: left.join(' '), fix: 'Take over these fields: --force-conflicts' }
    },
  },
  {
    id: 'dry-run',
    group: 'Permissions',
    title: 'Dry run',
    severity: 'fatal',
    question: ({ changes, missing = [], troubles }) => {
      const applied = changes.filter(({ action }) => action !== 'remove')
      const untried = applied.filter(change => change.untried !== undefined)
      const refused = applied.filter(change => change.refused !== undefined)
      if (refused.length > 0 && (missing.length > 0 || troubles['node-ports']))
        return { unknown: 'the API server rejects the plan because of other problems found by this check' }
      if (refused.length > 0)
        return {
          message: refused
            .map(({ object, refused }) => `The API server rejected ${kubectlName(object)}: ${refused}`)
            .join(' '),
          fix: fixFor(refused),
        }
      const tried = `${applied.length - untried.length} of ${applied.length} objects accepted`
      if (untried.length === 0) return { ok: tried }
      const why = [...new Set(untried.map(change => change.untried))].join(', ')
      return { ok: `${tried}; the rest can't be tested yet: ${why}` }
    },
  },
]
