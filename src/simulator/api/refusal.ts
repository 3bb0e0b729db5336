import type { Kind } from './kinds.ts'
import { resourceOf } from './kinds.ts'

/** A Status object, as the API sends it for every error and for some deletions. */
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
  readonly body: StatusBody & { code: number }

  constructor(code: number, reason: string, message: string, details: object = {}) {
    super(message)
    this.name = 'Refusal'
    this.body = { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Failure', message, reason, details, code }
  }
}

type Named = Pick<Kind, 'group' | 'plural'>

const details = ({ group, plural }: Named, name: string, more: object = {}) => ({ name, group, kind: plural, ...more })

export const notFound = (kind: Named, name: string) =>
  new Refusal(404, 'NotFound', `${resourceOf(kind)} "${name}" not found`, details(kind, name))

export const alreadyExists = (kind: Named, name: string) =>
  new Refusal(409, 'AlreadyExists', `${resourceOf(kind)} "${name}" already exists`, details(kind, name))

export function conflict(kind: Named, name: string, why: string): Refusal {
  const message = `Operation cannot be fulfilled on ${resourceOf(kind)} "${name}": ${why}`
  return new Refusal(409, 'Conflict', message, details(kind, name))
}

export function forbidden(kind: Named, name: string, why: string, causes: object[] = []): Refusal {
  const message = `${resourceOf(kind)}${name ? ` "${name}"` : ''} is forbidden: ${why}`
  return new Refusal(403, 'Forbidden', message, details(kind, name, causes.length > 0 ? { causes } : {}))
}

export const badRequest = (message: string) => new Refusal(400, 'BadRequest', message)

export const unauthorized = () => new Refusal(401, 'Unauthorized', 'Unauthorized')

export const unavailable = (message: string) => new Refusal(503, 'ServiceUnavailable', message)

export const noResource = () => new Refusal(404, 'NotFound', 'the server could not find the requested resource')
