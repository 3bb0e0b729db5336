import type { Kind } from './kinds.ts'
import { resourceOf } from './kinds.ts'

export type Cause = { reason?: string; message: string; field?: string }

/** A Status object with status "Failure", as every error of the API is sent. */
export type StatusBody = {
  kind: 'Status'
  apiVersion: 'v1'
  metadata: object
  status: string
  message?: string
  reason?: string
  details?: object
  code?: number
}

/** An answer that is no success; thrown by everything below the server. */
export class Refusal extends Error {
  readonly body: StatusBody

  /** `reason` is missing where the API server has none, as for some of its 500s. */
  constructor(code: number, reason: string | undefined, message: string, details?: object) {
    super(message)
    this.name = 'Refusal'
    const tail = { ...(details ? { details } : {}), code }
    this.body = {
      kind: 'Status',
      apiVersion: 'v1',
      metadata: {},
      status: 'Failure',
      message,
      ...(reason ? { reason } : {}),
      ...tail,
    }
  }
}

type Named = Pick<Kind, 'group' | 'plural' | 'kind'>

const details = (kind: Named, name: string, more: object = {}) => ({
  ...(name ? { name } : {}),
  ...(kind.group ? { group: kind.group } : {}),
  kind: kind.plural,
  ...more,
})

export const notFound = (kind: Named, name: string) =>
  new Refusal(404, 'NotFound', `${resourceOf(kind)} "${name}" not found`, details(kind, name))

export const alreadyExists = (kind: Named, name: string) =>
  new Refusal(409, 'AlreadyExists', `${resourceOf(kind)} "${name}" already exists`, details(kind, name))

export const conflict = (kind: Named, name: string, why: string) =>
  new Refusal(
    409,
    'Conflict',
    `Operation cannot be fulfilled on ${resourceOf(kind)} "${name}": ${why}`,
    details(kind, name),
  )

export const staleVersion = (kind: Named, name: string) =>
  conflict(kind, name, 'the object has been modified; please apply your changes to the latest version and try again')

export const forbidden = (kind: Named, name: string, why: string, causes?: Cause[]) =>
  new Refusal(
    403,
    'Forbidden',
    `${resourceOf(kind)}${name ? ` "${name}"` : ''} is forbidden: ${why}`,
    details(kind, name, causes ? { causes } : {}),
  )

export const badRequest = (message: string) => new Refusal(400, 'BadRequest', message)

export const unauthorized = () => new Refusal(401, 'Unauthorized', 'Unauthorized')

export const noResource = () => new Refusal(404, 'NotFound', 'the server could not find the requested resource', {})

export const notAllowed = () =>
  new Refusal(405, 'MethodNotAllowed', 'the server does not allow this method on the requested resource', {})

/** One thing wrong with a field; `problem` begins with "Invalid value: …", "Required value", "Forbidden: …" and so on. */
export type FieldProblem = { field: string; problem: string; reason?: string }

const REASONS: readonly (readonly [string, string])[] = [
  ['Invalid value', 'FieldValueInvalid'],
  ['Required value', 'FieldValueRequired'],
  ['Duplicate value', 'FieldValueDuplicate'],
  ['Forbidden', 'FieldValueForbidden'],
  ['Unsupported value', 'FieldValueNotSupported'],
  ['Too long', 'FieldValueTooLong'],
]

/** 422: fields with impossible values. */
export function invalid(kind: Pick<Kind, 'group' | 'kind'>, name: string, problems: readonly FieldProblem[]): Refusal {
  const causes = problems.map(({ field, problem, reason }) => ({
    reason: reason ?? REASONS.find(([start]) => problem.startsWith(start))?.[1] ?? 'FieldValueInvalid',
    message: problem,
    field,
  }))
  const texts = problems.map(({ field, problem }) => `${field}: ${problem}`)
  const text = texts.length === 1 ? texts[0] : `[${texts.join(', ')}]`
  const what = kind.group ? `${kind.kind}.${kind.group}` : kind.kind
  const group = kind.group ? { group: kind.group } : {}
  return new Refusal(422, 'Invalid', `${what} "${name}" is invalid: ${text}`, {
    ...(name ? { name } : {}),
    ...group,
    kind: kind.kind,
    causes,
  })
}

/** Kinds whose PUT needs a resourceVersion. */
const CONDITIONAL = /^(Lease|CustomResourceDefinition|Endpoints)$/

/** 422 for a PUT without resourceVersion, of the kinds that do not take one; undefined for all others. */
export function unconditional(kind: Kind, name: string): Refusal | undefined {
  if (!kind.schema && !CONDITIONAL.test(kind.kind)) return undefined
  const field = 'metadata.resourceVersion'
  const message = 'Invalid value: 0: must be specified for an update'
  const causes = [{ reason: 'FieldValueInvalid', message, field }]
  return new Refusal(
    422,
    'Invalid',
    `${resourceOf(kind)} "${name}" is invalid: ${field}: ${message}`,
    details(kind, name, { causes }),
  )
}
