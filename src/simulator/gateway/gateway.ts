import type { RequestListener } from 'node:http'
import { makeCache } from './cache.ts'
import type { Patience } from './config-api.ts'
import { configApi } from './config-api.ts'
import { makeConfigService } from './config-service.ts'
import type { CallHttp } from './events-api.ts'
import { eventsApi } from './events-api.ts'
import type { Kv } from './kv.ts'
import { makeMetrics } from './metrics.ts'

/** The two APIs of one process of Event Gateway 0.9.0, over a store. `call` reaches its http functions. */
export function gatewayApis({
  kv,
  call,
  log = () => {},
  crash,
  patience = { read: 5_000, create: 10_000 },
}: {
  kv: Kv
  call: CallHttp
  log?: (line: object) => void
  /** Ends the process, as Go's runtime does. */
  crash: (why: string) => void
  patience?: Patience
}): { config: RequestListener; events: RequestListener; stop: () => void } {
  const metrics = makeMetrics()
  const cache = makeCache(kv, log, crash)
  return {
    config: configApi(makeConfigService(kv), metrics, patience),
    events: eventsApi(cache, metrics, call, log),
    stop: cache.stop,
  }
}
