import { isIP } from 'node:net'
import type { Flavour } from '../cluster/detect-flavour.ts'
import { type Exposure, exposureRow } from '../cluster/exposures.ts'
import {
  type ClusterFacts,
  isThisMachine,
  type NodeAddress,
  nodeAddresses,
  readNodes,
  serverAddress,
} from '../cluster/facts.ts'
import { EXIT, type ExitCode, UserError } from '../errors.ts'
import { exportsOf } from '../exports/exports.ts'
import type { Endpoint } from '../gateway/endpoint.ts'
import type { Io } from '../io.ts'
import { kubectlName, ref } from '../kube/kinds.ts'
import type { Kube } from '../kube/request/client.ts'
import { unlessForbidden } from '../kube/request/unless-forbidden.ts'
import { pauseAfter } from '../kube/waiting/wait.ts'
import { GATEWAY } from '../names.ts'
import { PROGRAM } from '../text/program.ts'
import { sh } from '../text/shell-words.ts'
import { CANDIDATES } from './candidates.ts'
import { proveRoute } from './changed-service.ts'
import { findSource, type Source } from './gateway-source.ts'
import { whyNoAddress } from './load-balancer.ts'

/** The gateway to reach; `uids` are those of the recorded objects. */
export type Target = { namespace: string; exposure: Exposure; uids: ReadonlySet<string> }

/**
 * The Service, Ingress or HTTPRoute that says where the gateway is. Throws UserError where it is gone or is not the one that was
 * installed.
 */
export async function readSource(kube: Kube, { namespace, exposure, uids }: Target): Promise<Source> {
  const source = ref(exposureRow(exposure).source, GATEWAY, namespace)
  const found = await findSource(kube, exposure, namespace)
  const fix = sh`Repair the installation:\n${PROGRAM} -n ${namespace}`
  if (found === undefined) throw new UserError(`${kubectlName(source)} was deleted.`, { fix, code: EXIT.precondition })
  if (!uids.has(found.metadata.uid ?? ''))
    throw new UserError(`${kubectlName(source)} was replaced by something else (different UID).`, { fix })
  return found
}

/** `localhost`: whether services of this cluster may answer on this machine itself, as on desktop clusters. */
type ClusterHints = { localhost: boolean; facts?: Pick<ClusterFacts, 'nodes'> }

/** The addresses at which the gateway may answer, best first, each checked to be one; and why there are none. */
export async function findCandidates(
  kube: Kube,
  source: Source,
  exposure: Exposure,
  { localhost, facts }: ClusterHints,
) {
  const row = exposureRow(exposure)
  const nodes = row.needsNodes ? await addressesToTry(kube, facts) : []
  const { endpoints, missing } = CANDIDATES[exposure](source, nodes)
  for (const endpoint of endpoints) exportsOf(endpoint)
  const [first] = endpoints
  return { endpoints: first && localhost ? [...endpoints, { ...first, host: '127.0.0.1' }] : endpoints, missing }
}

/**
 * Where nodePorts answer on many a cluster, known without a list of its nodes: at the address of its API server, unless that
 * is the near end of a tunnel. To be asked, not to be believed.
 */
export function endpointOfServer(kube: Kube, source: Source, exposure: Exposure): Endpoint | undefined {
  const { needsNodes } = exposureRow(exposure)
  const server = serverAddress(kube.connection.server)
  const isElsewhere = isIP(server.address) !== 0 && !isThisMachine(server.address)
  return needsNodes && isElsewhere ? CANDIDATES[exposure](source, [server]).endpoints[0] : undefined
}

async function addressesToTry(kube: Kube, facts: ClusterHints['facts']): Promise<NodeAddress[]> {
  const nodes = facts === undefined ? await unlessForbidden(readNodes(kube)) : facts.nodes
  return [...nodeAddresses(nodes ?? []), serverAddress(kube.connection.server)]
}

export type Limits = { answers: number; deadline: number; onReason: (reason: string) => void }

/** What is known of the cluster; `guard` looks at the source each time, and ends the wait by what it throws. */
type Known = { facts: ClusterFacts; flavour: Flavour; guard?: ((source: Source) => Promise<void>) | undefined }

/** How long one list of candidates is tried before the Service is asked again. */
const ROUND_MS = 8_000
/** Addresses that have not answered so long after they appeared do not: pods are ready, and kube-proxy takes a second or two. */
const SILENCE_MS = 40_000

/**
 * Until when addresses that appeared at `since` are asked, in ms since the epoch. The name and the health checks of a
 * provider's load balancer take their minutes; nothing else does.
 */
export const askedUntil = (exposure: Exposure, { loadBalancer }: Flavour, since: number, deadline: number): number =>
  loadBalancer && exposure !== 'node-port' ? deadline : Math.min(deadline, since + SILENCE_MS)

/**
 * Waits until the gateway has an address that answers from this machine, and gives it. Throws UserError (exit 4) with the
 * newest reason at the deadline, or as soon as no address or no answer can be expected any more.
 */
export async function waitForEndpoint(kube: Kube, target: Target, options: Limits & Known, io: Io): Promise<Endpoint> {
  const { answers, deadline, onReason, facts, flavour, guard } = options
  const started = io.clock.now()
  let since: number | undefined
  let reason = ''
  for (;;) {
    const source = await readSource(kube, target)
    await guard?.(source)
    const { endpoints, missing } = await findCandidates(kube, source, target.exposure, {
      localhost: flavour.localhost,
      facts,
    })
    since = endpoints.length > 0 ? (since ?? io.clock.now()) : undefined
    if (endpoints.length > 0) {
      const until = Math.min(deadline, io.clock.now() + ROUND_MS)
      const where = { namespace: target.namespace, endpoints, source }
      const proof = await proveRoute(kube, where, { answers, deadline: until, onReason }, io)
      if (proof.endpoint !== undefined) return proof.endpoint
      if (proof.fix !== undefined) throw new Unreachable(target, proof.reason, EXIT.failed, proof.fix)
      reason = proof.reason
    } else {
      reason = exposureRow(target.exposure).needsNodes
        ? missing
        : await whyNoAddress(kube, source, io.clock.now() - started, flavour)
      onReason(reason)
      await io.clock.sleep(pauseAfter(io.clock.now() - started), io.signal)
    }
    const limit = since === undefined ? deadline : askedUntil(target.exposure, flavour, since, deadline)
    if (io.clock.now() >= limit) throw new Unreachable(target, reason, EXIT.timeout, flavour.hint)
  }
}

/** No address answers from this machine; `forward` may still work. */
export class Unreachable extends UserError {
  constructor({ namespace }: Target, reason: string, code: ExitCode, hint = '') {
    const forward = sh`the ports to localhost:\n${PROGRAM} forward -n ${namespace}`
    // What ends with a command is complete.
    const fix = hint.includes('\n') ? hint : hint === '' ? `Forward ${forward}` : `${hint}\nOr forward ${forward}`
    super(`The Event Gateway in namespace ${namespace} is not reachable from this machine: ${reason}.`, {
      fix,
      code,
    })
  }
}
