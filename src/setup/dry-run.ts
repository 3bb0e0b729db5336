import type { Change } from '../checks/changes.ts'
import type { FieldChange } from '../checks/field-changes.ts'
import type { FlagsOf } from '../cli/args.ts'
import { EXIT } from '../errors.ts'
import type { Io } from '../io.ts'
import { kubectlName } from '../kube/kinds.ts'
import { hang, oneLine } from '../text/sanitize.ts'
import { printEntries, printJson } from '../ui/print.ts'
import { makeReporter } from '../ui/reporter.ts'
import { requireNothingFatal } from './look-ahead.ts'
import { openLooks } from './looks.ts'

/** Prints what setup would change, object by object; changes nothing and asks nothing. */
export async function dryRun(flags: FlagsOf<'setup'>, io: Io): Promise<number> {
  const reporter = makeReporter(io)
  const checked = await (await openLooks(flags, io, reporter)).checked(flags)
  requireNothingFatal(checked, reporter)
  const { changes } = checked
  if (flags.output === 'json') printJson(io, changes)
  else printEntries(io, changes.map(textOf))
  return EXIT.ok
}

const MOST_FIELDS = 20

function textOf({ object, action, fields, left, givenUp = [], untried }: Change): string {
  const more = fields.length > MOST_FIELDS ? [`… and ${fields.length - MOST_FIELDS} more`] : []
  const notes = [
    ...fields.slice(0, MOST_FIELDS).map(ofField),
    ...more,
    ...left.map(text => `left: ${text}`),
    ...givenUp,
  ]
  const why = untried === undefined ? '' : ` (not tried: ${oneLine(untried)})`
  return [`${action.padEnd(9)}  ${kubectlName(object)}${why}`, ...notes.map(note => `         ${hang(note)}`)].join(
    '\n',
  )
}

const ofField = ({ path, from, to }: FieldChange): string => `${oneLine(path, 200)}: ${value(from)} → ${value(to)}`
const value = (of: unknown): string => (of === undefined ? '(none)' : oneLine(JSON.stringify(of), 80))
