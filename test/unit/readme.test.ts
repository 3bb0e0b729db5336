import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { configurationTable } from '../../src/settings/setting-rows.ts'

const path = new URL('../../README.md', import.meta.url).pathname

const HEADER = '| setting | what it is | default |\n| --- | --- | --- |\n'

test('the Configuration table is the one of the settings (vitest -u writes it)', async () => {
  const table = /(<!-- configuration:[^>]*-->\n)[\s\S]*?(<!-- \/configuration -->)/
  const readme = readFileSync(path, 'utf8')
  expect(readme).toMatch(table)
  await expect(
    readme.replace(table, (_, begin, end) => begin + HEADER + configurationTable() + end),
  ).toMatchFileSnapshot(path)
})

test('the README has at most 250 lines', () => {
  expect(readFileSync(path, 'utf8').split('\n').length).toBeLessThanOrEqual(251)
})
