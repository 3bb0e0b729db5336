import { Cancelled } from '../errors.ts'
import type { ContextRow } from '../kube/login/kubeconfig.ts'
import { oneLine } from '../text/sanitize.ts'
import { isLocal, looksLikeProduction } from './context-names.ts'
import type { Question } from './question.ts'

/** Local ones first, production last; among equals by name. */
const inOrder = (contexts: readonly ContextRow[]): ContextRow[] => contexts.toSorted((a, b) => rank(a) - rank(b))

const rank = (row: ContextRow) => (looksLikeProduction(row.name, row.cluster) ? 2 : isLocal(row) ? 0 : 1)

const NONE = ''

/** Which cluster; asked where there is more than one, or none is current. */
export const CONTEXT: Question = {
  flags: ['context'],
  prompt: (_, known) => {
    const contexts = inOrder(known.contexts)
    if (contexts.length === 0 || (contexts.length === 1 && contexts[0]!.current)) return undefined
    const safe = contexts.filter(row => rank(row) < 2)
    const initial = (safe.find(({ current }) => current) ?? safe[0])?.name ?? NONE
    const choices = contexts.map(row => {
      const signs = [row.current && 'current', isLocal(row) && 'local', rank(row) === 2 && 'production?'].filter(
        Boolean,
      )
      const hint = [oneLine(row.server, 80), ...signs].join(', ')
      return { value: row.name, label: oneLine(row.name, 100), hint }
    })
    return {
      kind: 'select',
      message: 'Which cluster?',
      help: 'Contexts in your kubeconfig',
      // A cursor has to stand somewhere: not on what may be production.
      choices: initial === NONE ? [{ value: NONE, label: 'None of these', hint: 'exit' }, ...choices] : choices,
      initial,
    }
  },
  take: context => {
    if (context === NONE) throw new Cancelled()
    return { context }
  },
}
