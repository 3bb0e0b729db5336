import type { Change } from '../checks/changes.ts'
import type { FieldChange } from '../checks/field-changes.ts'
import type { FlagsOf } from '../cli/args.ts'
import { countFates, type Fate, fateLines, fateOf } from '../engines/print-objects.ts'
import { EXIT } from '../errors.ts'
import type { Io } from '../io.ts'
import { oneLine } from '../text/sanitize.ts'
import { block, styleOf } from '../ui/layout.ts'
import { printJson, printLines } from '../ui/print.ts'
import { makeReporter } from '../ui/reporter.ts'
import { proposeFor } from './propose-for.ts'
import { requireChecks } from './require-checks.ts'

/** Prints what setup would change, object by object; changes nothing and asks nothing. */
export async function dryRun(flags: FlagsOf<'setup'>, io: Io): Promise<number> {
  const reporter = makeReporter(io, { isDrawn: false })
  const proposal = await proposeFor(flags, reporter, io)
  requireChecks(proposal, reporter)
  const { changes } = proposal
  if (flags.output === 'json') printJson(io, changes)
  else {
    const fates = changes.map(fateOfChange)
    const words = { create: 'to create', update: 'to update', remove: 'to remove', unchanged: 'unchanged' }
    const style = styleOf(io, 'stdout')
    const count = block(style, '', `${countFates(fates, words)}. Nothing was changed.`)
    printLines(io, [...fateLines(fates, style), count])
  }
  return EXIT.ok
}

const MOST_FIELDS = 20

function fateOfChange({ object, action, fields, left, givenUp = [], untried }: Change): Fate {
  const more = fields.length > MOST_FIELDS ? [`… and ${fields.length - MOST_FIELDS} more`] : []
  return fateOf(action, object, [
    ...(untried === undefined ? [] : [`dry run skipped: ${oneLine(untried)}`]),
    ...fields.slice(0, MOST_FIELDS).map(ofField),
    ...more,
    ...left.map(text => `unchanged: ${text}`),
    ...givenUp,
  ])
}

const ofField = ({ path, from, to }: FieldChange): string => `${oneLine(path, 200)}: ${value(from)} → ${value(to)}`
const value = (of: unknown): string => (of === undefined ? '(none)' : oneLine(JSON.stringify(of), 80))
