import { SPACE } from './probe.ts'

export const METRICS = { method: 'GET', path: '/v1/metrics' }

/** What a replica did with the events of proofs since it started: events that matched, and function calls that were answered. */
export type Calls = { matched: number; answered: number }

/** One process of the gateway, by when it started: replicas behind one address are told apart so. */
export type Counted = Calls & { started: string }

const LINE = /^(?:event)?gateway_(\w+)(?:\{(.*)\})? ([^\s{}]+)$/gm

/**
 * The counters of one replica (GET /v1/metrics). An async subscriber of an event counts as "custom", before the gateway
 * answers; a function call that was answered counts as "gateway.function.invoked" (0.9.0; 0.9.1 begins with "eventgateway").
 */
export function callsIn(metrics: string): Counted {
  const calls = { matched: 0, answered: 0 }
  for (const [, name, labels = '', value] of metrics.matchAll(LINE)) {
    if (name !== 'events_received_total' || labelOf(labels, 'space') !== SPACE) continue
    const type = labelOf(labels, 'type') ?? ''
    if (type === 'custom') calls.matched = Number(value)
    if (type.endsWith('gateway.function.invoked')) calls.answered = Number(value)
  }
  return { ...calls, started: /^process_start_time_seconds (\S+)$/m.exec(metrics)?.[1] ?? '' }
}

/** The spaces that its counters name: those that were used since it started. */
export const spacesIn = (metrics: string): string[] => [
  ...new Set([...metrics.matchAll(LINE)].flatMap(([, , labels = '']) => labelOf(labels, 'space') ?? [])),
]

const labelOf = (labels: string, name: string): string | undefined =>
  new RegExp(`(?:^|,)${name}="([\\w.-]+)"`).exec(labels)?.[1]
