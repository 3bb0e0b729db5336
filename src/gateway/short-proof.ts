import { type Endpoint, hostPort } from '../endpoints/endpoint.ts'
import { UserError } from '../errors.ts'
import type { Io } from '../io.ts'
import type { Kube } from '../kube/client.ts'
import type { Reporter } from '../ui/reporter.ts'
import { endpointWays, functionUrl } from './reach.ts'
import { askAt } from './replicas.ts'
import { roundTrip } from './round-trip.ts'

/** Setup has seen the pods become ready: whoever does not follow etcd by then has a trouble that `verify` will name. */
const AGREE_MS = 5_000
const IN_A_ROW = 3

/**
 * Sends an event through a gateway that answers already. That none comes through is a warning: what is installed is
 * there, and its exports are right. Where the config API is not exposed nothing is done: it would take its time.
 */
export async function proveShortly(kube: Kube, namespace: string, endpoint: Endpoint, reporter: Reporter, io: Io) {
  const { host, config } = endpoint
  if (config === undefined) return
  const where = hostPort(host, config)
  try {
    const ways = endpointWays(endpoint, IN_A_ROW)
    const gateway = {
      config: { namespace, where, ask: askAt(where), signal: io.signal },
      functionUrl: await functionUrl(kube, namespace),
      ways: async () => ways,
    }
    await roundTrip(gateway, { agreeMs: AGREE_MS, untilForgotten: false, done: () => {} }, io)
    reporter.done('An event came through it')
  } catch (error) {
    if (io.signal.aborted || !(error instanceof UserError)) throw error
    reporter.warn(`No event came through it. ${error.message} To see more: eg-setup verify -n ${namespace}`)
  }
}
