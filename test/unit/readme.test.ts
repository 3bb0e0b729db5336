import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { configurationTable } from '../../src/settings/rows.ts'

const readme = readFileSync(new URL('../../README.md', import.meta.url), 'utf8')

test('the Configuration table is the one of the settings', () => {
  const [, table] = /<!-- configuration:[^>]*-->\n([^]*?)<!-- \/configuration -->/.exec(readme) ?? []
  expect(table).toBe(`| setting | what it is | default |\n| --- | --- | --- |\n${configurationTable()}`)
})
