import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseEnv } from 'node:util'
import fc from 'fast-check'
import { load } from 'js-yaml'
import { describe, expect, test } from 'vitest'
import { UserError } from '../../src/errors.ts'
import { FORMATS, textOf, type Variables } from '../../src/exports/formats.ts'
import { HOSTILE } from './hostile-values.ts'

const [json, dotenv, yaml] = FORMATS
const numbered = (values: readonly string[]) => Object.fromEntries(values.map((value, i) => [`V${i}`, value]))
const fits = (value: string) => !/['\\\r\0]/.test(value)
const anyText = fc.array(fc.string({ unit: 'binary' }).filter(text => !text.includes('\0')))

describe.each([
  ['JSON.parse', json, (text: string) => JSON.parse(text), () => true],
  ['js-yaml', yaml, (text: string) => load(text), () => true],
  ['util.parseEnv', dotenv, (text: string) => ({ ...parseEnv(text) }), fits],
  ['node --env-file', dotenv, readByNode, fits],
] as const)('%s', (_reader, format, read, isFit) => {
  test('takes hostile values back', () => {
    const values = HOSTILE.filter(isFit)
    expect(values.length).toBeGreaterThan(30)
    expect(read(textOf(format, numbered(values)))).toEqual(numbered(values))
  })
})

test.each([
  [json, JSON.parse],
  [yaml, load],
] as const)('random strings come back: $id', (format, read) => {
  fc.assert(
    fc.property(anyText, values => {
      if (values.length > 0) expect(read(textOf(format, numbered(values)))).toEqual(numbered(values))
    }),
  )
})

test('random strings come back from a dotenv file', () => {
  fc.assert(
    fc.property(anyText, values => {
      const fitting = numbered(values.filter(fits))
      expect({ ...parseEnv(textOf(dotenv, fitting)) }).toEqual(fitting)
    }),
  )
})

test('a YAML value is a string to every reader: quoted, in ASCII where readers differ', () => {
  expect(textOf(yaml, { A: 'no', B: '4001', C: '1\u20282\x852' })).toBe('A: "no"\nB: "4001"\nC: "1\\u20282\\u00852"\n')
})

test('a dotenv file has no quotes where none are needed: docker would keep them', () => {
  const addresses: Variables = { A: '10.0.0.1', B: '[2001:db8::1]', C: 'a-b.example.com', D: '4001', E: '' }
  expect(textOf(dotenv, addresses)).toBe('A=10.0.0.1\nB=[2001:db8::1]\nC=a-b.example.com\nD=4001\nE=\n')
})

test.each(["it's", '\\', '\r', '\0'])('a dotenv file refuses %j, which its readers take differently', value => {
  expect(() => textOf(dotenv, { A: value })).toThrow(UserError)
})

function readByNode(text: string): Record<string, string> {
  const folder = mkdtempSync(join(tmpdir(), 'eg-setup-formats-'))
  try {
    writeFileSync(join(folder, '.env'), text)
    const show = 'process.stdout.write(JSON.stringify(process.env))'
    const options = { cwd: folder, env: {} }
    return JSON.parse(execFileSync(process.execPath, ['--env-file=.env', '-e', show], options).toString())
  } finally {
    rmSync(folder, { recursive: true })
  }
}
