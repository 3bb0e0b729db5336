import { load } from 'js-yaml'
import { describe, expect, test } from 'vitest'
import { CHARTS, chartFiles } from '../../src/charts/chart.ts'
import { helpText } from '../../src/cli/help.ts'
import type { Release } from '../../src/names.ts'
import { PINS, VERSION } from '../../src/release.ts'
import { configurationTable, SETTINGS } from '../../src/settings/setting-rows.ts'

type Schema = { properties: Record<string, Schema>; additionalProperties?: boolean; description?: string }
const RELEASES = Object.keys(CHARTS) as Release[]
const at = (tree: unknown, path: string) =>
  path.split('.').reduce((node, name) => (node as Record<string, unknown> | undefined)?.[name], tree)
const schemaAt = (schema: Schema, path: string) =>
  path.split('.').reduce<Schema | undefined>((node, name) => node?.properties[name], schema)
const charts = RELEASES.map(release => {
  const files = chartFiles(release)
  return {
    files,
    text: files.get('values.yaml')!,
    values: load(files.get('values.yaml')!),
    schema: JSON.parse(files.get('values.schema.json')!) as Schema,
  }
})

/** What the charts cannot do: they do not know the provider of a load balancer. */
const NOT_IN_CHARTS = ['internal']

describe.each(SETTINGS.filter(({ path }) => !NOT_IN_CHARTS.includes(path)))('the setting $path', row => {
  const having = charts.filter(({ values }) => at(values, row.path) !== undefined)

  test('is a value of a chart, with its default and in the schema', () => {
    expect(having.length).toBeGreaterThan(0)
    for (const { values, text, schema } of having) {
      expect(at(values, row.path)).toEqual(row.type.keyed ? null : row.default)
      const { description, ...of } = schemaAt(schema, row.path)!
      expect(of).toEqual(row.type.schema)
      expect(text).toContain(`# ${description}\n`)
      for (const alias of row.aliases ?? []) expect(schemaAt(schema, alias)).toEqual(schemaAt(schema, row.path))
    }
  })

  test("is in the help and in the README's table", () => {
    expect(helpText('settings')).toMatch(new RegExp(`^  ${row.path} `, 'm'))
    if (row.flag) expect(helpText('setup')).toContain(`--${row.flag.name}`)
    expect(configurationTable()).toContain(`| \`${row.path}\` | ${row.text} |`)
  })
})

test('every value of a chart is asked for by one of its templates', () => {
  for (const { files, schema } of charts) {
    const templates = [...files].filter(([path]) => path.startsWith('templates/')).map(([, text]) => text)
    const leaves = (node: Schema, path: string): string[] =>
      node.properties
        ? Object.entries(node.properties).flatMap(([name, child]) => leaves(child, `${path}.${name}`))
        : [path]
    for (const path of leaves(schema, '').filter(leaf => leaf !== '.global')) {
      const [, first = '', ...rest] = path.split('.')
      const used = [`.Values${path}`, `(.Values.${first}).${rest.join('.')}`]
      expect(
        templates.some(text => used.some(use => text.includes(use))),
        path,
      ).toBe(true)
    }
  }
})

test('no mapping of the values accepts an unknown key', () => {
  const closed = (node: Schema): boolean[] =>
    node.properties ? [node.additionalProperties === false, ...Object.values(node.properties).flatMap(closed)] : []
  for (const { schema } of charts) expect(new Set(closed(schema))).toEqual(new Set([true]))
})

test('Chart.yaml names the versions', () => {
  expect(charts.map(({ files }) => load(files.get('Chart.yaml')!))).toEqual([
    expect.objectContaining({
      apiVersion: 'v2',
      name: 'etcd-operator',
      version: VERSION,
      appVersion: PINS.operator.tag,
    }),
    expect.objectContaining({
      apiVersion: 'v2',
      name: 'event-gateway',
      version: VERSION,
      appVersion: PINS.gateway.tag,
    }),
  ])
})

test("no template of a chart has one of eg-setup's placeholders left", () => {
  for (const { files } of charts)
    for (const [path, text] of files) expect(text.match(/\$\{[a-z]|__\d+__|undefined/i), path).toBeNull()
})
