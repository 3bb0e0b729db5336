import { SPACE } from '../gateway/probe.ts'
import { isProofName } from '../gateway/registrations.ts'

export type Fields = Readonly<Record<string, unknown>>

type Row = {
  /** The folder in etcd, and the word in paths of the config API. */
  resource: string
  label: string
  /** What tells it from others of its space, as people read it. */
  nameOf: (fields: Fields) => string
  /** The id that the gateway makes up of the other fields. It differs between versions of the gateway. */
  derived?: string
}

/** The kinds of registrations by their keys in lists of the config API, in the order of a backup. */
export const KINDS = {
  eventTypes: { resource: 'eventtypes', label: 'event type', nameOf: ({ name }) => `${name}` },
  functions: { resource: 'functions', label: 'function', nameOf: ({ functionId }) => `${functionId}` },
  subscriptions: {
    resource: 'subscriptions',
    label: 'subscription',
    nameOf: ({ type, eventType, functionId, method, path }) => `${type} ${eventType} ${functionId} ${method} ${path}`,
    derived: 'subscriptionId',
  },
  cors: {
    resource: 'cors',
    label: 'CORS configuration',
    nameOf: ({ method, path }) => `${method} ${path}`,
    derived: 'corsId',
  },
} as const satisfies Record<string, Row>

export type Kind = keyof typeof KINDS
export const KIND_NAMES = Object.keys(KINDS) as Kind[]

/** Something that was registered with a gateway, without what follows from its place and its other fields. */
export type Registration = {
  readonly kind: Kind
  readonly space: string
  readonly name: string
  readonly fields: Fields
}

/** A registration of what etcd stores or the config API lists, its keys sorted; undefined for what is none. */
export function toRegistration(kind: Kind, space: string, stored: unknown): Registration | undefined {
  if (typeof stored !== 'object' || stored === null || Array.isArray(stored)) return undefined
  const row: Row = KINDS[kind]
  const left = Object.entries(stored).filter(([key]) => key !== 'space' && key !== row.derived)
  const fields = sorted(Object.fromEntries(left.filter(([key, value]) => key !== 'metadata' || !isEmpty(value))))
  return { kind, space, name: row.nameOf(fields as Fields), fields: fields as Fields }
}

const isEmpty = (value: unknown) => value === null || Object.keys(value as object).length === 0

/** The same value with the keys of its mappings in order. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted)
  if (typeof value !== 'object' || value === null) return value
  const entries = Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1))
  return Object.fromEntries(entries.map(([key, each]) => [key, sorted(each)]))
}

/** What tells a registration from all others of a gateway. */
export const keyOf = ({ kind, space, name }: Registration): string => `${kind} ${space} ${name}`

export const labelOf = ({ kind, space, name }: Registration): string => `${KINDS[kind].label} ${name} in space ${space}`

/** What a `verify` at work, or one that was killed, has registered. */
export const isOfProof = ({ space, fields }: Registration): boolean =>
  space === SPACE && [fields['functionId'], fields['name']].some(name => typeof name === 'string' && isProofName(name))

/** "3 registrations in 1 space: 1 event type, 1 function, 1 subscription". */
export function countRegistrations(all: readonly Registration[]): string {
  const kinds = KIND_NAMES.map(kind => [all.filter(each => each.kind === kind).length, KINDS[kind].label] as const)
  const counts = kinds.filter(([count]) => count > 0).map(([count, label]) => plural(count, label))
  const spaces = new Set(all.map(({ space }) => space)).size
  const sum = `${plural(all.length, 'registration')} in ${plural(spaces, 'space')}`
  return counts.length === 0 ? '0 registrations' : `${sum}: ${counts.join(', ')}`
}

export const plural = (count: number, word: string): string => `${count} ${word}${count === 1 ? '' : 's'}`
