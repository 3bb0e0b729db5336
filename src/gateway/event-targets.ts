import { type Calls, callsIn, METRICS } from './counters.ts'
import { addressAt, type Endpoint } from './endpoint.ts'
import type { Target } from './event-arrival.ts'
import { type Ask, askAt, type Replica } from './replicas.ts'

const METRICS_MS = 6_000

/** A replica that is asked alone. */
export const replicaTarget = (replica: Replica): Target => ({
  name: replica.name,
  isReplica: true,
  events: replica.events,
  times: 1,
  calls: signal => callsOf([replica], signal),
  needs: 'all',
})

/** The counters of these replicas by their names, or why one does not give them. */
export async function callsOf(
  replicas: readonly Replica[],
  signal: AbortSignal,
): Promise<ReadonlyMap<string, Calls> | { reason: string }> {
  return count(
    replicas.map(({ config }) => config),
    (_, index) => replicas[index]!.name,
    signal,
  )
}

/**
 * An address with both APIs behind which nobody chooses the replica: asked `times` times for each round, those that answer
 * are told apart by when they started.
 */
export function addressTarget(endpoint: Endpoint, times: number): Target {
  const { config, events } = endpoint
  const name = addressAt(endpoint, events)
  const asks = config === undefined ? [] : Array<Ask>(times).fill(askAt(addressAt(endpoint, config)))
  const calls: Target['calls'] = signal => count(asks, ({ started }) => started, signal)
  return { name, isReplica: false, times, events: askAt(name), calls, needs: 'all' }
}

async function count(
  asks: readonly Ask[],
  nameOf: (calls: ReturnType<typeof callsIn>, index: number) => string,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, Calls> | { reason: string }> {
  const answers = await Promise.all(asks.map(ask => ask(METRICS, METRICS_MS, signal)))
  const counted = new Map<string, Calls>()
  for (const [index, answer] of answers.entries()) {
    if ('reason' in answer) return answer
    const calls = callsIn(answer.text)
    counted.set(nameOf(calls, index), calls)
  }
  return counted
}
