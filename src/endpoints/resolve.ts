import { allowed, type ClusterFacts, nodeAddresses, readNodes, serverAddress } from '../cluster/facts.ts'
import { EXIT, UserError } from '../errors.ts'
import type { Io } from '../io.ts'
import type { Kube } from '../kube/client.ts'
import { kubectlName, ref } from '../kube/kinds.ts'
import type { KubeObject } from '../kube/object.ts'
import { GATEWAY } from '../plan/plan.ts'
import type { Endpoint } from './endpoint.ts'
import { exportsOf } from './exports.ts'
import { type Exposure, exposureRow, type NodeAddress } from './exposures.ts'
import { lookForLoadBalancer } from './load-balancer.ts'
import { prove } from './prove.ts'

/** Whose gateway is to be reached; `uids` are those of the objects that eg-setup recorded. */
export type Target = { namespace: string; exposure: Exposure; uids: ReadonlySet<string> }

/**
 * The Service or Ingress that says where the gateway is. Throws UserError where it is gone or is not the one that was
 * installed.
 */
export async function readSource(kube: Kube, { namespace, exposure, uids }: Target): Promise<KubeObject> {
  const source = ref(exposureRow(exposure).source, GATEWAY, namespace)
  const found = await kube.read(source)
  const fix = `Run eg-setup -n ${namespace} again: it puts it right.`
  if (found === undefined) throw new UserError(`${kubectlName(source)} is gone.`, { fix, code: EXIT.precondition })
  if (!uids.has(found.metadata.uid ?? ''))
    throw new UserError(`${kubectlName(source)} is not the one that eg-setup made: somebody has replaced it.`, { fix })
  return found
}

/** The addresses at which the gateway may answer, best first, each checked to be one; and why there are none. */
export async function findCandidates(kube: Kube, source: KubeObject, exposure: Exposure, facts?: ClusterFacts) {
  const row = exposureRow(exposure)
  const nodes = row.needsNodes ? await addressesToTry(kube, facts) : []
  const { endpoints, missing } = row.candidates(source, nodes)
  for (const endpoint of endpoints) exportsOf(endpoint)
  return { endpoints, missing }
}

async function addressesToTry(kube: Kube, facts: ClusterFacts | undefined): Promise<NodeAddress[]> {
  const nodes = facts === undefined ? await allowed(readNodes(kube)) : facts.nodes
  return [...nodeAddresses(nodes ?? []), serverAddress(kube.connection.server)]
}

type Limits = { answers: number; deadline: number; onReason: (reason: string) => void }

/** How long one list of candidates is tried before the Service is asked again. */
const ROUND_MS = 10_000
const PAUSE_MS = 500

/**
 * Waits until the gateway has an address that answers from this machine, and gives it. Throws UserError (exit 4) with the
 * newest reason at the deadline, or as soon as no load balancer can be expected any more.
 */
export async function waitForEndpoint(
  kube: Kube,
  target: Target,
  facts: ClusterFacts,
  { answers, deadline, onReason }: Limits,
  io: Io,
): Promise<Endpoint> {
  const started = io.clock.now()
  let reason = ''
  for (;;) {
    const source = await readSource(kube, target)
    const { endpoints, missing } = await findCandidates(kube, source, target.exposure, facts)
    if (endpoints.length > 0) {
      const until = Math.min(deadline, io.clock.now() + ROUND_MS)
      const proof = await prove(endpoints, { answers, deadline: until, onReason }, io)
      if (proof.endpoint !== undefined) return proof.endpoint
      reason = proof.reasons.join('; ')
    } else {
      reason =
        target.exposure === 'load-balancer'
          ? await lookForLoadBalancer(kube, source, io.clock.now() - started)
          : missing
      onReason(reason)
      await io.clock.sleep(PAUSE_MS, io.signal)
    }
    if (io.clock.now() >= deadline) throw unreachable(target, reason, EXIT.timeout)
  }
}

/** What to say when nothing answers from here. */
export function unreachable({ namespace }: Target, reason: string, code: typeof EXIT.timeout | typeof EXIT.failed) {
  return new UserError(`The Event Gateway in namespace ${namespace} does not answer from this machine: ${reason}.`, {
    fix: `See eg-setup with another --expose, or reach it with kubectl port-forward -n ${namespace} service/${GATEWAY} 4001 4000.`,
    code,
  })
}
