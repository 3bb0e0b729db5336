import type { UserError } from '../../errors.ts'
import { oneLine, sanitize } from '../../text/sanitize.ts'
import { sh } from '../../text/shell-words.ts'
import { fields, text } from '../login/kubeconfig-file.ts'
import type { Target } from '../login/target.ts'
import { preconditionError } from '../precondition-error.ts'
import { type Answer, ApiError, type Call } from './connection.ts'

/** Statuses that may be another one the next time. */
export const PASSING_STATUSES = [429, 500, 502, 503, 504]

/** What an answer other than 2xx is: an ApiError, or a UserError when it is about the login or from no API server. */
export function errorOfAnswer(call: Call, answer: Answer, target: Target): ApiError | UserError {
  const { status } = answer
  const said = statusOf(answer.text)
  if (status === 401) return loginRefused(target)
  if (status < 400 || (status === 404 && !said && !/^404 page not found\s*$/.test(answer.text)))
    return noApiServer(target, status)
  if (!said) return new ApiError(call, status, { reason: '', message: `HTTP ${status}${ofBody(answer.text)}` })
  const { reason, message, details } = said
  return new ApiError(call, status, {
    reason: text(reason),
    message: sanitize(text(message) || `HTTP ${status}`, 2000),
    causes: causesOf(fields(details)),
  })
}

function statusOf(body: string) {
  try {
    const object = fields(JSON.parse(body))
    return object['kind'] === 'Status' ? object : undefined
  } catch {
    return undefined
  }
}

function causesOf({ causes }: Readonly<Record<string, unknown>>): ApiError['causes'] {
  if (!Array.isArray(causes)) return []
  return causes.map(fields).map(({ reason, field, message }) => ({
    reason: text(reason),
    field: oneLine(text(field)),
    message: sanitize(text(message)),
  }))
}

/** What is readable of a page: of HTML its title or first words. */
function ofBody(body: string): string {
  const lines = body
    .slice(0, 10_000)
    .replace(/<[^<>]*>/g, '\n')
    .split('\n')
  const line = lines.map(one => oneLine(one, 200)).find(Boolean)
  return line ? `: ${line}` : ''
}

/** A redirect or a 404 that no API server sends: believing it would make everything look absent. */
const noApiServer = ({ server, context }: Target, status: number) =>
  preconditionError(
    `${oneLine(server)} (context "${oneLine(context)}") returned HTTP ${status}, but the response is not from a Kubernetes API server. A proxy or login page may be between this machine and the server.`,
    'Check the server in the kubeconfig, and the environment variables HTTPS_PROXY and NO_PROXY.',
  )

function loginRefused({ server, context, user }: Target): UserError {
  const what = user
    ? `rejected the credentials of user "${oneLine(user)}": expired or revoked`
    : 'requires credentials, but the context has no user'
  return preconditionError(
    `The API server ${oneLine(server)} (context "${oneLine(context)}") ${what}.`,
    sh`Log in to the cluster again, then test the login:\nkubectl --context ${context} get ns`,
  )
}
