import { EXIT, type ExitCode } from '../../errors.ts'
import { PROGRAM } from '../../text/program.ts'
import { sh } from '../../text/shell-words.ts'

type Trouble = { says: RegExp; why: string; fix: string; code: ExitCode }

const AGAIN = 'Run eg-setup again to resume.'

/**
 * What helm says when it fails, a row each: its exit status is 1 for everything (helm/helm: pkg/action, pkg/storage/driver,
 * pkg/kube). The last row is for the rest.
 */
const TROUBLES: readonly Trouble[] = [
  {
    says: /invalid ownership metadata/i,
    why: ': an object with that name already exists and belongs to something else.',
    fix: 'Choose another namespace with -n, or delete the object if it is unused.',
    code: EXIT.precondition,
  },
  {
    says: /another operation \(install\/upgrade\/rollback\) is in progress/i,
    why: ': another helm operation is in progress.',
    fix: 'Wait until the other operation has finished, then run eg-setup again.',
    code: EXIT.failed,
  },
  {
    says: /has no deployed releases/i,
    why: ': an earlier failed release blocks the upgrade.',
    fix: sh`Remove the failed release, then run eg-setup again:\n${PROGRAM} cleanup`,
    code: EXIT.failed,
  },
  {
    says: /kubernetes cluster unreachable/i,
    why: ': the cluster is unreachable.',
    fix: AGAIN,
    code: EXIT.precondition,
  },
  {
    says: /conflicts? (occurred|with)/i,
    why: ': other field managers own the same fields.',
    fix: 'Remove the conflicting setting, or take over the fields: --force-conflicts',
    code: EXIT.failed,
  },
  {
    says: /meet the specifications of the schema|got (?:string|number|integer|boolean|array|object|null), want /i,
    why: ": a value doesn't match the chart's schema.",
    fix: 'Correct the setting that the message names.',
    code: EXIT.usage,
  },
  { says: /timed out|deadline exceeded/i, why: ' in time.', fix: AGAIN, code: EXIT.timeout },
  {
    says: /(?:)/,
    why: ':',
    fix: 'Change the setting that the message names, then run eg-setup again.',
    code: EXIT.failed,
  },
]

/** What is the matter, by what helm said. */
export const troubleOf = (stderr: string): Trouble => TROUBLES.find(({ says }) => says.test(stderr)) ?? TROUBLES.at(-1)!
