import type { KubeObject } from '../../kube/object.ts'
import { isObject } from './fields.ts'
import type { Schema } from './kinds.ts'
import type { FieldProblem } from './refusal.ts'
import { bad } from './validate.ts'

const KEPT = ['apiVersion', 'kind', 'metadata']

/** Without the fields that the schema of the custom resource does not know. */
export function pruned(schema: Schema, object: KubeObject): KubeObject {
  const visit = (rule: Schema | undefined, value: unknown, top: boolean): unknown => {
    if (!rule || rule['x-kubernetes-preserve-unknown-fields']) return value
    if (Array.isArray(value)) return rule.items ? value.map(item => visit(rule.items, item, false)) : value
    if (!isObject(value)) return value
    const more = isObject(rule.additionalProperties) ? rule.additionalProperties : undefined
    if (more || rule.additionalProperties === true)
      return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, visit(more, item, false)]))
    const known = Object.entries(value).filter(([key]) => rule.properties?.[key] || (top && KEPT.includes(key)))
    return Object.fromEntries(
      known.map(([key, item]) => [key, top && KEPT.includes(key) ? item : visit(rule.properties?.[key], item, false)]),
    )
  }
  return visit(schema, object, true) as KubeObject
}

const typeOf = (value: unknown) =>
  Array.isArray(value) ? 'array' : Number.isInteger(value) ? 'integer' : value === null ? 'null' : typeof value

/** What the schema of a custom resource has against an object: types, required fields, minima. */
export function schemaProblems(schema: Schema, object: KubeObject): FieldProblem[] {
  const problems: FieldProblem[] = []
  const visit = (rule: Schema, value: unknown, path: string) => {
    const type = typeOf(value)
    const fits = rule.type === undefined || rule.type === type || (rule.type === 'number' && type === 'integer')
    if (!fits && !rule['x-kubernetes-int-or-string']) {
      const text = `${path} in body must be of type ${rule.type}: ${JSON.stringify(type)}`
      problems.push({ field: path, problem: `Invalid value: ${JSON.stringify(type)}: ${text}` })
      return
    }
    if (rule.minimum !== undefined && (value as number) < rule.minimum)
      problems.push(bad(path, value, `${path} in body should be greater than or equal to ${rule.minimum}`))
    if (Array.isArray(value)) for (const [i, item] of value.entries()) visit(rule.items ?? {}, item, `${path}[${i}]`)
    if (!isObject(value)) return
    const below = (key: string) => (path === '' ? key : `${path}.${key}`)
    for (const key of rule.required ?? [])
      if (value[key] === undefined) problems.push({ field: below(key), problem: 'Required value' })
    for (const [key, item] of Object.entries(value)) {
      const known =
        rule.properties?.[key] ?? (isObject(rule.additionalProperties) ? rule.additionalProperties : undefined)
      if (known && !(path === '' && key === 'metadata')) visit(known as Schema, item, below(key))
    }
  }
  visit(schema, object, '')
  return problems
}
