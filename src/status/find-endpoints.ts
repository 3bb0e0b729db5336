import type { NodeFacts } from '../cluster/facts.ts'
import { findDetour, proveRoute } from '../endpoints/detour.ts'
import type { Exposure } from '../endpoints/exposures.ts'
import { findCandidates, readSource } from '../endpoints/resolve.ts'
import { type InstallRecord, uidsOf } from '../engines/record.ts'
import { UserError } from '../errors.ts'
import type { Io } from '../io.ts'
import type { Kube } from '../kube/client.ts'
import { sh } from '../ui/shell-words.ts'
import type { EndpointStatus, Problem } from './status.ts'

/** Over the 5 s after which a gateway without etcd closes the connection. */
const PROBE_MS = 6500

type Known = { exposure: Exposure; ready: number; nodes: readonly NodeFacts[] | undefined; deadline: number }

/** Where the gateway is to be reached, and whether it answers from this machine. */
export async function findEndpoints(
  kube: Kube,
  record: InstallRecord,
  { exposure, ready, nodes, deadline }: Known,
  io: Io,
): Promise<{ endpoints: EndpointStatus[]; problem?: Problem }> {
  const { namespace } = record
  const problem = (reason: string, fix: string) => ({ problem: { about: 'address', reason, fix } as const })
  try {
    const source = await readSource(kube, { namespace, exposure, uids: uidsOf(record) })
    const around = { localhost: record.localhost ?? false, facts: { nodes } }
    const { endpoints, missing } = await findCandidates(kube, source, exposure, around)
    // An address inside of the cluster is what was asked for, not a failure.
    if (exposure === 'cluster-ip') {
      const detour = await findDetour(kube, namespace)
      return { endpoints: [], ...(detour && problem(detour.reason, detour.fix)) }
    }
    const forward = sh`Reach it all the same with eg-setup forward -n ${namespace}.`
    if (endpoints.length === 0) return { endpoints: [], ...problem(missing, forward) }
    const silent = endpoints.map(endpoint => ({ ...endpoint, answers: false }))
    // Its own problem says more.
    if (ready === 0) return { endpoints: silent }
    const until = Math.min(deadline, io.clock.now() + PROBE_MS)
    const proof = await proveRoute(kube, { namespace, endpoints }, { answers: 1, deadline: until }, io)
    const { endpoint: proven, reason, fix = forward } = proof
    if (proven === undefined) return { endpoints: silent, ...problem(reason, fix) }
    return { endpoints: endpoints.map(each => ({ ...each, answers: each === proven ? true : null })) }
  } catch (error) {
    if (!(error instanceof UserError)) throw error
    return { endpoints: [], ...problem(error.message.replace(/\.$/, ''), error.fix) }
  }
}
