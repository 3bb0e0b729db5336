import type { FlagsOf } from '../args.ts'
import type { Change } from '../engines/changes.ts'
import type { FieldChange } from '../engines/field-changes.ts'
import { EXIT } from '../errors.ts'
import type { Io } from '../io.ts'
import { kubectlName } from '../kube/kinds.ts'
import { makeReporter } from '../ui/reporter.ts'
import { oneLine, sanitize } from '../ui/sanitize.ts'
import { openLooks } from '../wizard/looks.ts'
import { requireNothingFatal } from './look-ahead.ts'

/** Prints what setup would change, object by object; changes nothing and asks nothing. */
export async function dryRun(flags: FlagsOf<'setup'>, io: Io): Promise<number> {
  const reporter = makeReporter(io)
  const checked = await (await openLooks(flags, io, reporter)).checked(flags)
  requireNothingFatal(checked, reporter)
  const { changes } = checked
  const json = () => `${sanitize(JSON.stringify(changes, undefined, 2), MOST_JSON)}\n`
  io.stdout.write(flags.output === 'json' ? json() : changes.map(lines).join(''))
  return EXIT.ok
}

const MOST_FIELDS = 20
const MOST_JSON = 10_000_000

function lines({ object, action, fields, left, givenUp = [], untried }: Change): string {
  const more = fields.length > MOST_FIELDS ? [`… and ${fields.length - MOST_FIELDS} more`] : []
  const notes = [
    ...fields.slice(0, MOST_FIELDS).map(ofField),
    ...more,
    ...left.map(text => `left: ${text}`),
    ...givenUp,
  ]
  const why = untried === undefined ? '' : ` (not tried: ${oneLine(untried)})`
  return [`${action.padEnd(9)}  ${kubectlName(object)}${why}`, ...notes.map(note => `${' '.repeat(11)}${note}`)]
    .map(line => `${line}\n`)
    .join('')
}

const ofField = ({ path, from, to }: FieldChange): string => `${oneLine(path, 200)}: ${value(from)} → ${value(to)}`
const value = (of: unknown): string => (of === undefined ? '(none)' : oneLine(JSON.stringify(of), 80))
