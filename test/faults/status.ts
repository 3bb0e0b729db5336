import type { Asked, Fault } from './faulty-api.ts'

/** A refusal as the API server words it. */
export const status = (
  code: number,
  message: string,
  { headers = {}, ...more }: { headers?: Record<string, string>; reason?: string; details?: object } = {},
): Fault => ({
  status: code,
  headers,
  body: { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Failure', message, code, ...more },
})

/** 403 that names what was asked for. */
export const forbidden =
  (text: string) =>
  ({ path }: Asked): Fault =>
    status(403, `${path} is forbidden: ${text}`, { reason: 'Forbidden' })
