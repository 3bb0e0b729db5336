import { loadAll, type Schema, YAMLException } from 'js-yaml'

/** More than any file of settings or clusters has, and little enough to walk through at once. */
const MOST_VALUES = 100_000
const DEEPEST = 100

/** Valid YAML that expands to too many values. */
export class TooMuch extends YAMLException {}

/**
 * The documents of a YAML text. Throws YAMLException for what is no YAML, and TooMuch for what only
 * looks small: aliases can stand for more values than any memory holds, or for themselves.
 */
export function readYaml(text: string, schema?: Schema, mostValues?: number): unknown[] {
  const documents = loadAll(text, schema && { schema })
  requireBounded(documents, mostValues)
  return documents
}

/** Throws TooMuch for a value of more values than these, or nested too deep. */
export function requireBounded(all: unknown, mostValues = MOST_VALUES): void {
  let count = 0
  const walk = (value: unknown, depth: number): void => {
    count++
    if (count > mostValues) throw new TooMuch(`it contains more than ${mostValues} values`)
    if (depth > DEEPEST) throw new TooMuch(`it contains values nested more than ${DEEPEST} deep`)
    if (value !== null && typeof value === 'object') for (const child of Object.values(value)) walk(child, depth + 1)
  }
  walk(all, 0)
}
