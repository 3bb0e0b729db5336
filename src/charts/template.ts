import { dump } from 'js-yaml'
import type { KubeObject } from '../kube/object.ts'
import type { Release } from '../names.ts'
import { chartSetting } from '../plan/derived-row.ts'
import { DERIVED, type When } from '../plan/values.ts'
import type { Path } from '../settings/setting-rows.ts'

/** What Helm's template language calls a value in the chart of a release; undefined where it is the same everywhere. */
function expression(name: string, release: Release): string | undefined {
  const row = DERIVED[name]
  if (row === undefined) return chartSetting(name as Path)
  return typeof row.chart === 'object' ? row.chart[release] : row.chart
}

const PLACEHOLDER = /\$\{([\w.-]+)\}/g

/**
 * One of our templates in Helm's template language: each `${path}` becomes an action that prints the value as JSON, which is
 * YAML too. Says the same as `fill`.
 */
export function chartTemplate(object: KubeObject, release: Release): string {
  const actions: { action: string; optional: boolean }[] = []
  const token = (action: string, optional = false) => `__${actions.push({ action, optional }) - 1}__`
  const marked = (node: unknown): unknown => {
    if (Array.isArray(node)) return node.map(marked)
    if (node !== null && typeof node === 'object')
      return Object.fromEntries(Object.entries(node).map(([key, field]) => [key, marked(field)]))
    if (typeof node !== 'string') return node
    const names = [...node.matchAll(PLACEHOLDER)].map(([, name]) => name!)
    if (names.length === 0) return node
    const expressions = names.map(name => expression(name, release))
    if (node !== `\${${names[0]}}`)
      return token(
        `printf ${JSON.stringify(node.replace(PLACEHOLDER, '%v'))} ${expressions.map(e => `(${e})`).join(' ')}`,
      )
    const [only] = expressions
    // The same in every chart: it depends on no choice.
    if (only === undefined) return DERIVED[names[0]!]!.value(undefined as never)
    return token(only, DERIVED[names[0]!]?.optional)
  }
  const text = dump(marked(object), { lineWidth: -1, noRefs: true })
  return text.replace(/^( *(?:- )*)([^\n]*?)__(\d+)__$/gm, (_, indent: string, field: string, index: string) => {
    const { action, optional } = actions[Number(index)]!
    if (!optional) return `${indent}${field}{{ ${action} | toJson }}`
    // Without its first field an item of a list still has to begin.
    return indent.endsWith('- ')
      ? `${indent.slice(0, -1)}{{ with ${action} }} ${field}{{ toJson . }}{{ end }}`
      : `{{- with ${action} }}\n${indent}${field}{{ toJson . }}\n{{- end }}`
  })
}

/** A template that is rendered only when the values are as said. */
export function onlyWhen(when: When, release: Release, template: string): string {
  const conditions = Object.entries(when).flatMap(([name, wanted]) => {
    const found = expression(name, release)
    if (found === undefined) return [] // It has nothing to do with this chart.
    if (typeof wanted === 'boolean') return [wanted ? `(${found})` : `(not (${found}))`]
    const words = [wanted].flat().map(word => JSON.stringify(word))
    return [`(has (${found}) (list ${words.join(' ')}))`]
  })
  if (conditions.length === 0) return template
  const all = conditions.length === 1 ? conditions[0] : `and ${conditions.join(' ')}`
  return `{{- if ${all} }}\n${template}{{- end }}\n`
}
