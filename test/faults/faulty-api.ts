import type { IncomingHttpHeaders, ServerResponse } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import type { ApiAnswer } from '../../src/simulator/api/handler.ts'
import type { Intercept } from '../../src/simulator/api/server.ts'

/** What happens to a request: nothing, another answer, or no proper answer at all. */
export type Fault =
  | 'pass'
  | { status: number; headers?: Record<string, string>; body?: unknown }
  /** The connection ends before the request is looked at, after it was carried out, or in the middle of the answer. */
  | 'reset-before'
  | 'reset-after'
  | 'reset-mid'
  /** It is never answered. */
  | 'hang'
  /** It is answered byte by byte, as it were. */
  | 'trickle'

/** A request that a fault may strike; `index` counts all requests from 0. */
export type Asked = { index: number; method: string; path: string; headers: IncomingHttpHeaders; body: unknown }
type Faults = (asked: Asked) => Fault | Promise<Fault>

/** A request with the status of its answer, 0 while there is none. */
export type LoggedRequest = { method: string; path: string; status: number; userAgent: string }

/** Strikes requests of a simulated cluster: `faults` may be replaced at any time, `requests` has all that came in, in order. */
export type FaultyApi = { readonly intercept: Intercept; readonly requests: LoggedRequest[]; faults: Faults }

export function makeFaultyApi(): FaultyApi {
  const requests: LoggedRequest[] = []
  const api: FaultyApi = {
    requests,
    faults: () => 'pass',
    intercept: async ({ method, path, headers, body }, answer, response) => {
      const entry = { method, path, status: 0, userAgent: headers['user-agent'] ?? '' }
      const index = requests.push(entry) - 1
      const fault = await api.faults({ index, method, path, headers, body })
      if (fault === 'hang') return undefined
      if (fault === 'reset-before') return destroy(response)
      if (typeof fault === 'object') {
        entry.status = fault.status
        return { status: fault.status, body: (fault.body ?? '') as object, headers: fault.headers ?? {} }
      }
      const result = await answer()
      entry.status = result.status
      if (fault === 'reset-after') return destroy(response)
      if (fault === 'reset-mid') return cut(response, result)
      return fault === 'trickle' ? trickle(response, result) : result
    },
  }
  return api
}

function destroy(response: ServerResponse): undefined {
  response.socket?.destroy()
}

const JSON_TYPE = { 'content-type': 'application/json' }

function cut(response: ServerResponse, { status, body }: ApiAnswer): undefined {
  const content = JSON.stringify(body)
  response.writeHead(status, { ...JSON_TYPE, 'content-length': content.length })
  response.write(content.slice(0, content.length / 2), () => destroy(response))
}

async function trickle(response: ServerResponse, { status, body }: ApiAnswer): Promise<undefined> {
  response.writeHead(status, JSON_TYPE)
  const content = typeof body === 'string' ? body : JSON.stringify(body)
  for (let start = 0; start < content.length; start += 500) {
    response.write(content.slice(start, start + 500))
    await sleep(1)
  }
  response.end()
}
