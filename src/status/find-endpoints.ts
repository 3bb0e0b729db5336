import type { Exposure } from '../cluster/exposures.ts'
import type { NodeFacts } from '../cluster/facts.ts'
import { findServiceChange, proveRoute } from '../endpoints/changed-service.ts'
import { findUnwantedAddress, type PublicAddress } from '../endpoints/find-public-address.ts'
import { findCandidates, readSource } from '../endpoints/resolve.ts'
import { UserError } from '../errors.ts'
import type { Io } from '../io.ts'
import type { KubeObject } from '../kube/object.ts'
import type { Kube } from '../kube/request/client.ts'
import { exposesConfig } from '../plan/exposes-config.ts'
import { type InstallRecord, uidsOf } from '../record/record.ts'
import type { Settings } from '../settings/setting-rows.ts'
import { PROGRAM } from '../text/program.ts'
import { sh } from '../text/shell-words.ts'
import type { EndpointStatus, Problem } from './status.ts'

/** Over the 5 s after which a gateway without etcd closes the connection. */
const PROBE_MS = 6500

type Known = {
  exposure: Exposure
  settings: Settings
  ready: number
  nodes: readonly NodeFacts[] | undefined
  deadline: number
}

/** The addresses of the gateway, and whether they answer from this machine. */
export async function findEndpoints(
  kube: Kube,
  record: InstallRecord,
  { exposure, settings, ready, nodes, deadline }: Known,
  io: Io,
): Promise<{ endpoints: EndpointStatus[]; problems: Problem[] }> {
  const { namespace } = record
  const problems: Problem[] = []
  const problem = (reason: string, fix: string) => void problems.push({ about: 'address', reason, fix })
  try {
    const source = await readSource(kube, { namespace, exposure, uids: uidsOf(record) })
    const unwanted = await findUnwantedAddress(source, settings)
    if (unwanted !== undefined) problem(...publicProblem(unwanted, source, namespace))
    const hints = { localhost: record.localhost ?? false, facts: { nodes } }
    const { endpoints, missing } = await findCandidates(kube, source, exposure, hints)
    // An address inside of the cluster is what was asked for, not a failure.
    if (exposure === 'cluster-ip') {
      const change = await findServiceChange(kube, namespace)
      if (change !== undefined) problem(change.reason, change.fix)
      return { endpoints: [], problems }
    }
    const forward = sh`Forward the ports to localhost:\n${PROGRAM} forward -n ${namespace}`
    if (endpoints.length === 0) problem(missing, forward)
    const unanswered = endpoints.map(endpoint => ({ ...endpoint, answers: false }))
    // Its own problem says more.
    if (endpoints.length === 0 || ready === 0) return { endpoints: unanswered, problems }
    const until = Math.min(deadline, io.clock.now() + PROBE_MS)
    const proof = await proveRoute(kube, { namespace, endpoints, source }, { answers: 1, deadline: until }, io)
    const { endpoint: proven, reason, fix = forward } = proof
    if (proven === undefined) problem(reason, fix)
    const answered = endpoints.map(each => ({ ...each, answers: each === proven ? true : null }))
    return { endpoints: proven === undefined ? unanswered : answered, problems }
  } catch (error) {
    if (!(error instanceof UserError)) throw error
    problem(error.message.replace(/\.$/, ''), error.fix)
    return { endpoints: [], problems }
  }
}

/** What is wrong with a public address that the person has not agreed to, and what helps. */
function publicProblem({ because }: PublicAddress, source: KubeObject, namespace: string): [string, string] {
  const close = sh`${PROGRAM} -n ${namespace} --private-config`
  return exposesConfig(source)
    ? [
        `the config API is open to the internet: ${because}, and you haven't chosen who can access the gateway`,
        `Close the config API:\n${close}`,
      ]
    : [
        `the config API is closed: ${because}, and you haven't chosen who can access the gateway`,
        `Choose who can access the gateway:\n${sh`${PROGRAM} -n ${namespace}`}\nOr keep the config API closed:\n${close}`,
      ]
}
