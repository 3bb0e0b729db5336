import { describe, expect, test } from 'vitest'
import type { Flavour } from '../../src/cluster/detect-flavour.ts'
import { EXPOSURES } from '../../src/cluster/exposures.ts'
import { FLAVOURS } from '../../src/cluster/flavour-rows.ts'
import { UserError } from '../../src/errors.ts'
import { givenFrom } from '../../src/settings/given.ts'
import { settingsFrom } from '../../src/settings/settings-from.ts'
import { type Place, requireAccess } from '../../src/setup/access-answers.ts'

const FLAGS: Readonly<Record<string, object>> = {
  '--private-config': { 'private-config': true },
  '--allow-from CIDR,...': { 'allow-from': ['203.0.113.0/24'] },
  '--internal': { internal: true },
  '--allow-from any': { 'allow-from': ['any'] },
}

const PUBLIC = { publicBecause: 'a test says so' }
const PLACES: Place[] = FLAVOURS.flatMap(row =>
  EXPOSURES.map(({ id: exposure }) => ({ exposure, flavour: { ...(row as unknown as Flavour), ...PUBLIC } })),
)
const place = (exposure: Place['exposure'], flavour: Partial<Place['flavour']> = {}): Place => ({
  exposure,
  flavour: { label: 'a test', sourceRanges: 'yes', ...PUBLIC, ...flavour },
})

/** What is said against the flags in a place, or undefined. */
function refusal(flags: object, where: Place): UserError | undefined {
  try {
    requireAccess(settingsFrom(givenFrom({ flags: flags as Record<string, unknown> })), where)
    return undefined
  } catch (error) {
    if (error instanceof UserError) return error
    throw error
  }
}
const flagsIn = ({ fix }: UserError) => Object.keys(FLAGS).filter(flag => fix.includes(`\n${flag}: `))

describe('a refusal names only flags that are accepted in the same place', () => {
  test.each(['none', ...Object.keys(FLAGS)])('after %s', given => {
    for (const where of PLACES) {
      const error = refusal(FLAGS[given] ?? {}, where)
      if (error === undefined) continue
      expect(error.code).toBe(2)
      const named = flagsIn(error)
      expect(named).toContain('--private-config')
      for (const flag of named)
        expect(refusal(FLAGS[flag]!, where), `${flag} on ${where.flavour.label}`).toBeUndefined()
    }
  })
})

test.each<[string, Place, string[]]>([
  ['a load balancer that can be internal', place('load-balancer', { internal: { a: 'b' } }), Object.keys(FLAGS)],
  [
    'a load balancer that cannot',
    place('load-balancer'),
    ['--private-config', '--allow-from CIDR,...', '--allow-from any'],
  ],
  [
    'one that may ignore networks',
    place('load-balancer', { sourceRanges: 'unknown' }),
    ['--private-config', '--allow-from CIDR,...', '--allow-from any'],
  ],
  [
    'one that ignores networks',
    place('load-balancer', { sourceRanges: 'no' }),
    ['--private-config', '--allow-from any'],
  ],
  ['an Ingress', place('ingress'), ['--private-config', '--allow-from any']],
  ['node ports', place('node-port'), ['--private-config', '--allow-from any']],
])('%s: who can access the gateway has to be said, in one of these ways', (_what, where, flags) => {
  const error = refusal({}, where)!
  expect(error.message).toMatch(
    /^Choose who can access the gateway\. .*: a test says so\. The config API has no authentication/,
  )
  expect(flagsIn(error)).toEqual(flags)
})

test('where all addresses are proved private, or none is outside of the cluster, nothing has to be said', () => {
  expect(
    refusal({}, { ...place('load-balancer'), flavour: { ...place('node-port').flavour, publicBecause: undefined } }),
  ).toBeUndefined()
  expect(refusal({}, place('cluster-ip'))).toBeUndefined()
})
