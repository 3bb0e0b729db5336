import { EXIT, UserError } from '../errors.ts'
import type { Ask } from '../ui/prompts.ts'
import type { Change } from './compare.ts'
import { type Fields, labelOf, type Registration } from './registration.ts'

const MOST_ASKED = 20
const MOST_NAMED = 10

/** The fields of a function's provider that a backup has as null. */
function missingFields({ fields }: Registration): string[] {
  const provider = (fields['provider'] ?? {}) as Fields
  return Object.keys(provider).filter(key => provider[key] === null)
}

/**
 * Asks for the credentials that --redact replaced by null, and gives the changes with them. Throws UserError (2) without
 * prompts, or if too many are missing.
 */
export async function fillCredentials(changes: readonly Change[], ask: Ask | undefined): Promise<Change[]> {
  const needs = ({ wanted, action }: Change) => action !== 'unchanged' && missingFields(wanted).length > 0
  const lacking = changes.filter(needs)
  if (lacking.length > 0 && (ask?.secret === undefined || lacking.length > MOST_ASKED)) throw tooFew(lacking)
  const filled: Change[] = []
  for (const change of changes) filled.push(needs(change) ? await fill(change, ask!.secret!) : change)
  return filled
}

async function fill(change: Change, secret: NonNullable<Ask['secret']>): Promise<Change> {
  const { wanted } = change
  const provider = { ...(wanted.fields['provider'] as Fields) } as Record<string, unknown>
  for (const field of missingFields(wanted))
    provider[field] = await secret({ message: `${field} for ${labelOf(wanted)}` })
  return { ...change, wanted: { ...wanted, fields: { ...wanted.fields, provider } } }
}

function tooFew(lacking: readonly Change[]): UserError {
  const texts = lacking.map(({ wanted }) => `${labelOf(wanted)} (${missingFields(wanted).join(', ')})`)
  const more = texts.length > MOST_NAMED ? ` and ${texts.length - MOST_NAMED} more` : ''
  return new UserError(
    `The backup was written with --redact and has no credentials for ${texts.slice(0, MOST_NAMED).join('; ')}${more}.`,
    {
      fix: 'Replace null in the file with these credentials, or restore a backup that was written without --redact.',
      code: EXIT.usage,
    },
  )
}
