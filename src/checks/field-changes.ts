import { isDeepStrictEqual } from 'node:util'
import type { KubeObject } from '../kube/object.ts'

/** A field that differs; undefined: it is not there. */
export type FieldChange = { path: string; from: unknown; to: unknown }

/** What the API server keeps count with. */
const BOOKKEEPING = ['managedFields', 'resourceVersion', 'generation', 'creationTimestamp', 'uid', 'selfLink']

/** The fields in which two states of an object differ, except status and bookkeeping. Never contains values of Secrets. */
export function fieldChanges(live: KubeObject, next: KubeObject): FieldChange[] {
  const changes = compare(content(live), content(next), '')
  return live.kind === 'Secret' ? changes.map(({ path }) => ({ path, from: '…', to: '…' })) : changes
}

function content({ status: _, metadata, ...rest }: KubeObject): object {
  return {
    ...rest,
    metadata: Object.fromEntries(Object.entries(metadata).filter(([key]) => !BOOKKEEPING.includes(key))),
  }
}

type Fields = Readonly<Record<string, unknown>>
const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
const isNamed = (value: unknown): value is { name: string }[] =>
  Array.isArray(value) && value.every(item => isFields(item) && typeof item['name'] === 'string')
const byName = (items: readonly { name: string }[]): Fields => Object.fromEntries(items.map(item => [item.name, item]))

function compare(from: unknown, to: unknown, path: string): FieldChange[] {
  if (isDeepStrictEqual(from, to)) return []
  if (isFields(from) && isFields(to)) return compareFields(from, to, key => `${path}${step(key)}`)
  const [parsedFrom, parsedTo] = [parsed(from), parsed(to)]
  if (parsedFrom !== undefined && parsedTo !== undefined) return compare(parsedFrom, parsedTo, path)
  if (isNamed(from) && isNamed(to)) return compareFields(byName(from), byName(to), name => `${path}[${name}]`)
  return [{ path, from, to }]
}

const compareFields = (from: Fields, to: Fields, pathOf: (key: string) => string): FieldChange[] =>
  [...new Set([...Object.keys(from), ...Object.keys(to)])].flatMap(key => compare(from[key], to[key], pathOf(key)))

/** What a text that is JSON holds, as our record does. */
function parsed(text: unknown): Fields | undefined {
  if (typeof text !== 'string' || !text.startsWith('{')) return undefined
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** As kubectl writes paths: ".spec.replicas", `.metadata.labels["a/b"]`. */
const step = (key: string): string => (/^[\w-]+$/.test(key) ? `.${key}` : `[${JSON.stringify(key)}]`)
