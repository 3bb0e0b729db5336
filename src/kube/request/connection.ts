import type { KubeConfig } from '../client-node.ts'
import type { Destination } from '../login/target.ts'

/** One request to the API server. */
export type Call = {
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  /** Path and query, encoded: "/api/v1/namespaces?limit=5". */
  path: string
  /** Sent as JSON. */
  body?: unknown
  /** Of the body; application/json unless said. */
  contentType?: string
  /** application/json unless said. */
  accept?: string
  /** Whether it may be sent again after 429, 5xx or a network error; GET, PATCH and DELETE may unless said. */
  retry?: boolean
  /**
   * Until when it may be sent again, in ms since the epoch; unless said 30 s from now, or 3 s while the server has
   * never answered.
   */
  retryUntil?: number
  /** Ends this call early; the signal of the run always does. */
  signal?: AbortSignal
  /** Sent also after the run was ended: the last word of what has to be put back. */
  evenEnded?: boolean
}

export type Answer = {
  status: number
  headers: Readonly<Record<string, string | string[] | undefined>>
  text: string
}

/** An authenticated way to one cluster, and what the kubeconfig says about it. Made by `connect`. */
export type Connection = Destination & {
  /** client-node's KubeConfig with the credentials of this moment, for its other clients. Throws as `send` does. */
  readonly kubeConfig: () => Promise<KubeConfig>
  /**
   * Answers with a status of 2xx come back. Throws ApiError for any other status, UserError (exit 3) when the server
   * cannot be reached, is no API server, does not answer in time or refuses the login, and the reason of the signal
   * when that aborts.
   */
  readonly send: (call: Call) => Promise<Answer>
  readonly close: () => void
}

/** The fields of a Status object that say why. */
type Status = { reason: string; message: string; causes?: ApiError['causes'] }

/** What the API server said no to: the fields of its Status object, or what could be made of another answer. */
export class ApiError extends Error {
  readonly call: Call
  readonly status: number
  /** Status.reason: NotFound, AlreadyExists, Forbidden, Conflict, Invalid… */
  readonly reason: string
  /** Status.details.causes, as for FieldManagerConflict and field errors. */
  readonly causes: readonly { reason?: string; field?: string; message?: string }[]

  constructor(call: Call, status: number, { reason, message, causes = [] }: Status) {
    super(message)
    this.name = 'ApiError'
    this.call = call
    this.status = status
    this.reason = reason
    this.causes = causes
  }
}
