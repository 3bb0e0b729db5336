import { EXIT, type ExitCode } from '../../errors.ts'

type Trouble = { says: RegExp; why: string; fix: string; code: ExitCode }

const AGAIN = 'Run eg-setup again to resume.'

/**
 * What helm says when it fails, a row each: its exit status is 1 for everything (helm/helm: pkg/action, pkg/storage/driver,
 * pkg/kube). The last row is for the rest.
 */
const TROUBLES: readonly Trouble[] = [
  {
    says: /invalid ownership metadata/i,
    why: ': an object of that name is there and not of this release. Nothing is taken over silently.',
    fix: 'Choose another namespace with -n, or remove that object if nobody needs it.',
    code: EXIT.precondition,
  },
  {
    says: /another operation \(install\/upgrade\/rollback\) is in progress/i,
    why: ': another helm is at work on it.',
    fix: 'Wait until that has ended, then run eg-setup again.',
    code: EXIT.failed,
  },
  {
    says: /has no deployed releases/i,
    why: ': what is left of it cannot be changed.',
    fix: 'Run eg-setup cleanup, then eg-setup again.',
    code: EXIT.failed,
  },
  {
    says: /kubernetes cluster unreachable/i,
    why: ': it cannot reach the cluster.',
    fix: AGAIN,
    code: EXIT.precondition,
  },
  {
    says: /conflicts? (occurred|with)/i,
    why: ': another manager has set the same fields.',
    fix: 'Add --force-conflicts to take them over, or leave that setting out.',
    code: EXIT.failed,
  },
  {
    says: /meet the specifications of the schema|got (?:string|number|integer|boolean|array|object|null), want /i,
    why: ": the chart's schema refuses a value.",
    fix: 'Correct that setting.',
    code: EXIT.usage,
  },
  { says: /timed out|deadline exceeded/i, why: ' in time.', fix: AGAIN, code: EXIT.timeout },
  {
    says: /(?:)/,
    why: ':',
    fix: 'If a setting of yours stands in the message, change it and run eg-setup again.',
    code: EXIT.failed,
  },
]

/** What is the matter, by what helm said. */
export const troubleOf = (stderr: string): Trouble => TROUBLES.find(({ says }) => says.test(stderr)) ?? TROUBLES.at(-1)!
