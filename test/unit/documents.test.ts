import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { documentText, redact } from '../../src/data/document.ts'
import { registrationsIn } from '../../src/data/read-document.ts'
import { type Registration, toRegistration } from '../../src/data/registration.ts'
import { run } from '../bed/command.ts'
import { everything } from '../bed/registrations.ts'
import { MARK } from '../bed/secrets.ts'

const kinds = {
  functions: 'functions',
  eventtypes: 'eventTypes',
  subscriptions: 'subscriptions',
  cors: 'cors',
} as const
const all: Registration[] = ['abc', 'xyz'].flatMap(space =>
  everything(space).map(([resource, body]) => toRegistration(kinds[resource as keyof typeof kinds], space, body)!),
)
const head = { apiVersion: 'eg-setup/v1', kind: 'EventGatewayBackup' }
const withSpace = (lists: object, name = 'abc') => JSON.stringify({ ...head, spaces: [{ name, ...lists }] })
const http = { functionId: 'f', type: 'http', provider: { url: 'https://a.test' } }

test.each(['json', 'yaml'] as const)('what is written as %s is read back, in any order', format => {
  const text = documentText(all, format)
  const read = registrationsIn(text)
  expect(read).not.toHaveProperty('problem')
  const { registrations } = read as { registrations: Registration[] }
  expect(registrations).toHaveLength(26)
  const again = documentText(registrations, format)
  expect(documentText([...registrations].reverse(), format)).toBe(again)
  expect(registrationsIn(again)).toEqual({ registrations })
})

test('the document is the same whatever order keys and registrations come in', () => {
  fc.assert(
    fc.property(fc.shuffledSubarray(all, { minLength: all.length }), shuffled => {
      const turned = shuffled.map(
        ({ kind, space, fields }) => toRegistration(kind, space, Object.fromEntries(Object.entries(fields).reverse()))!,
      )
      expect(documentText(turned, 'json')).toBe(documentText(all, 'json'))
    }),
  )
})

test('a redacted document has no credentials', () => {
  expect(documentText(redact(all), 'json')).not.toContain(MARK)
})

test.each<[what: string, text: string, problem: RegExp]>([
  ['nothing', '', /not (a valid )?EventGatewayBackup/],
  ['no mapping', '[]', /not (a valid )?EventGatewayBackup/],
  ['another kind', '{"apiVersion":"v1","kind":"Secret","spaces":[]}', /not (a valid )?EventGatewayBackup/],
  [
    'another version',
    JSON.stringify({ ...head, apiVersion: 'eg-setup/v2', spaces: [] }),
    /apiVersion is not eg-setup\/v1/,
  ],
  ['half a document', withSpace({ functions: [http] }).slice(0, -20), /truncated/],
  ['no JSON', `{"a": ${MARK}}`, /not valid JSON/],
  ['no YAML', `a: [${MARK}\nb: }`, /not valid YAML, line 2/],
  ['aliases without end', `&a [${Array(3).fill('&b [1]').join(', ')}, *a]`, /nested more than 100 deep/],
  ['a list of another kind', withSpace({ secrets: [] }), /^spaces\[0\] has a field other than name, eventTypes,/],
  ['a short space', withSpace({}, 'ab'), /^spaces\[0\]\.name must be at least 3 characters long/],
  ['the same twice', withSpace({ functions: [http, http] }), /contains function f in space abc twice/],
  [
    'no id',
    withSpace({ functions: [{ ...http, functionId: undefined }] }),
    /^spaces\[0\]\.functions\[0\]\.functionId is missing/,
  ],
  [
    'another type',
    withSpace({ functions: [{ ...http, type: MARK }] }),
    /functions\[0\]\.type must be one of http, awslambda/,
  ],
  [
    'no region',
    withSpace({ functions: [{ ...http, type: 'awssqs' }] }),
    /functions\[0\]\.provider must be an object with every field/,
  ],
  [
    'no URL',
    withSpace({ functions: [{ ...http, provider: { url: MARK } }] }),
    /functions\[0\]\.provider must be an object whose url/,
  ],
  ['a number', withSpace({ functions: [7] }), /functions\[0\] must be a mapping/],
  [
    'a number as a key',
    withSpace({ functions: [{ ...http, provider: { url: 7 } }] }),
    /provider\.url must be a string/,
  ],
  ['a method that is none', withSpace({ cors: [{ method: MARK }] }), /cors\[0\]\.method must be one of GET/],
  ['a list that is none', withSpace({ cors: {} }), /^spaces\[0\]\.cors must be a list/],
])('%s is refused, and nothing of it is repeated', (_, text, problem) => {
  const read = registrationsIn(text)
  expect(read).toEqual({ problem: expect.stringMatching(problem) })
  expect(JSON.stringify(read)).not.toContain(MARK)
})

test('a file of 100 MB is refused before it is read', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'eg-document-'))
  const file = join(folder, 'large.json')
  writeFileSync(file, Buffer.alloc(100 * 1024 * 1024, ' '))
  const started = Date.now()
  expect(await run(['restore', file])).toMatchObject({
    code: 2,
    stdout: '',
    stderr: expect.stringContaining('larger than 64 MB'),
  })
  expect(Date.now() - started).toBeLessThan(10_000)
  rmSync(folder, { recursive: true })
})
