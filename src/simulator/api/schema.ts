import type { KubeObject } from '../../kube/object.ts'
import { isObject, itemElement, listType, SEPARATOR, showPath } from './fields.ts'
import type { Kind, Schema } from './kinds.ts'
import { apiVersionOf } from './kinds.ts'
import { isQuantity } from './quantity.ts'
import type { FieldProblem } from './refusal.ts'
import { badRequest, Refusal } from './refusal.ts'
import { fieldsOf } from './types.ts'
import { bad } from './validate.ts'

const below = (rule: Schema, key: string): Schema | undefined =>
  rule.properties?.[key] ?? (isObject(rule.additionalProperties) ? (rule.additionalProperties as Schema) : undefined)

const isOpen = (rule: Schema) =>
  rule['x-kubernetes-preserve-unknown-fields'] ||
  rule.additionalProperties === true ||
  rule['x-kubernetes-embedded-resource']

/** Without the fields that the API server does not know. */
export function pruned(kind: Kind, object: KubeObject): KubeObject {
  const visit = (rule: Schema | undefined, value: unknown): unknown => {
    if (!rule) return value
    if (Array.isArray(value)) return value.map(item => visit(rule.items, item))
    if (!isObject(value)) return value
    const kept = Object.entries(value).filter(([key]) => below(rule, key) || isOpen(rule))
    return Object.fromEntries(kept.map(([key, item]) => [key, visit(below(rule, key), item)]))
  }
  return visit(fieldsOf(kind), object) as KubeObject
}

const typeOf = (value: unknown) =>
  Array.isArray(value) ? 'array' : Number.isInteger(value) ? 'integer' : value === null ? 'null' : typeof value

const fits = (rule: Schema, value: unknown) => {
  const type = typeOf(value)
  if (rule['x-kubernetes-int-or-string'] || rule.type === undefined || value === null) return true
  return rule.type === type || (rule.type === 'number' && type === 'integer')
}

type Misfit = { path: string; names: string; struct: string; rule: Schema | undefined; value: unknown }

/** Every value of a wrong type and every unknown field, with its path for apply and for JSON. */
function* misfits(kind: Kind, object: KubeObject): Generator<Misfit> {
  type At = { elements: readonly string[]; names: string; struct: string }
  function* visit(rule: Schema | undefined, value: unknown, at: At): Generator<Misfit> {
    if (!rule) return
    if (!fits(rule, value) || (rule.format === 'quantity' && !isQuantity(value)))
      return yield { path: showPath(at.elements.join(SEPARATOR)), names: at.names, struct: at.struct, rule, value }
    if (Array.isArray(value)) {
      const keys = listType(kind, at.names)
      for (const [index, item] of value.entries()) {
        const element = keys ? itemElement(keys, item) : `i:${index}`
        yield* visit(rule.items, item, { ...at, elements: [...at.elements, element] })
      }
    } else if (isObject(value))
      for (const [key, item] of Object.entries(value)) {
        const elements = [...at.elements, `f:${key}`]
        // Keys of a map are no fields: JSON errors name the map.
        const names = rule.properties ? (at.names === '' ? key : `${at.names}.${key}`) : at.names
        const next = below(rule, key)
        const struct = rule.title ?? at.struct
        if (!next && rule.type === 'object' && !isOpen(rule))
          yield { path: showPath(elements.join(SEPARATOR)), names, struct, rule: undefined, value: item }
        yield* visit(next, item, { elements, names, struct })
      }
  }
  yield* visit(fieldsOf(kind), object, { elements: [], names: '', struct: kind.kind })
}

const QUANTITY = "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'"

function wrongType({ type }: Schema, value: unknown): string {
  const shown = typeof value === 'string' ? JSON.stringify(value) : JSON.stringify(value)
  if (type === 'integer' || type === 'number') return `expected numeric (int or float), got ${typeof value}`
  if (type === 'array') return `expected list, got &{${value}}`
  if (type === 'object') return `expected map, got &{${value}}`
  return `expected ${type}, got &value.valueUnstructured{Value:${shown}}`
}

/** Refuses an apply with fields that are unknown or of a wrong type. */
export function checkApplied(kind: Kind, object: KubeObject): void {
  const { namespace = '', name = '' } = object.metadata ?? {}
  const what = `(${namespace}/${name}; ${apiVersionOf(kind).includes('/') ? '' : '/'}${apiVersionOf(kind)}, Kind=${kind.kind})`
  const all = [...misfits(kind, object)]
  const typed = all.filter(({ rule }) => rule?.format !== 'quantity')
  const texts = typed.map(
    ({ path, rule, value }) => `${path}: ${rule ? wrongType(rule, value) : 'field not declared in schema'}`,
  )
  if (texts.length > 0) {
    const text =
      texts.length === 1
        ? texts[0]
        : `errors:\n${texts
            .sort()
            .map(each => `  ${each}\n`)
            .join('')}`
    throw new Refusal(500, undefined, `failed to create typed patch object ${what}: ${text}`)
  }
  const version = `unable to convert unstructured object to ${what.slice(what.indexOf(';') + 2, -1)}: ${QUANTITY}`
  if (all.length > 0)
    throw new Refusal(500, undefined, `failed to convert new object ${what} to proper version: ${version}`)
}

const GO: Readonly<Record<string, string>> = { integer: 'int32', boolean: 'bool' }

/** Refuses a body of a built-in kind with a value of a wrong type, as Go's JSON decoder does; unknown fields are no matter. */
export function checkDecoded(kind: Kind, object: KubeObject): void {
  if (kind.schema) return
  const found = [...misfits(kind, object)].find(({ rule }) => rule !== undefined)
  if (!found) return
  const { names, struct, rule, value } = found
  const type = GO[rule!.type ?? ''] ?? rule!.type
  const given = Array.isArray(value) ? 'array' : typeof value === 'boolean' ? 'bool' : typeof value
  const why =
    rule!.format === 'quantity'
      ? QUANTITY
      : `json: cannot unmarshal ${given} into Go struct field ${struct}.${names} of type ${type}`
  throw badRequest(`${kind.kind} in version "${kind.version}" cannot be handled as a ${kind.kind}: ${why}`)
}

/** What the schema of a custom resource has against an object: types, required fields, minima. */
export function schemaProblems(schema: Schema, object: KubeObject): FieldProblem[] {
  const problems: FieldProblem[] = []
  const visit = (rule: Schema, value: unknown, path: string) => {
    if (!fits(rule, value)) {
      const type = typeOf(value)
      const text = `${path} in body must be of type ${rule.type}: ${JSON.stringify(type)}`
      problems.push({
        field: path,
        problem: `Invalid value: ${JSON.stringify(type)}: ${text}`,
        reason: 'FieldValueTypeInvalid',
      })
      return
    }
    if (rule.minimum !== undefined && (value as number) < rule.minimum)
      problems.push(bad(path, value, `${path} in body should be greater than or equal to ${rule.minimum}`))
    if (Array.isArray(value)) for (const [i, item] of value.entries()) visit(rule.items ?? {}, item, `${path}[${i}]`)
    if (!isObject(value)) return
    const inside = (key: string) => (path === '' ? key : `${path}.${key}`)
    for (const key of rule.required ?? [])
      if (value[key] === undefined) problems.push({ field: inside(key), problem: 'Required value' })
    for (const [key, item] of Object.entries(value)) {
      const known = below(rule, key)
      if (known && !(path === '' && key === 'metadata')) visit(known, item, inside(key))
    }
  }
  visit(schema, object, '')
  return problems
}
