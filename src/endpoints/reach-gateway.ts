import { UserError } from '../errors.ts'
import { addressAt, type Endpoint } from '../gateway/endpoint.ts'
import { addressTarget, callsOf, replicaTarget } from '../gateway/event-targets.ts'
import { NotVerified, type Reason } from '../gateway/failures.ts'
import { ETCD_QUESTION, probeConfig, probeEvents } from '../gateway/probe.ts'
import { loopUrl } from '../gateway/registrations.ts'
import { askAny, askAt, listReplicas, type Replica } from '../gateway/replicas.ts'
import type { Gateway } from '../gateway/round-trip.ts'
import { learnStored } from '../gateway/stored-subscriptions.ts'
import type { Io } from '../io.ts'
import { ref } from '../kube/kinds.ts'
import type { Kube } from '../kube/request/client.ts'
import type { Run } from '../kube/request/run.ts'
import { unlessForbidden } from '../kube/request/unless-forbidden.ts'
import { portOf } from '../kube/service.ts'
import { GATEWAY } from '../names.ts'
import { PROGRAM } from '../text/program.ts'
import { sh } from '../text/shell-words.ts'
import type { Reporter } from '../ui/reporter.ts'
import { proveRoute } from './changed-service.ts'
import { findCandidates, readSource, type Target } from './resolve.ts'

const PROVE_MS = 10_000
/** Longer than the 5 s after which a gateway without etcd closes the connection. */
const PROBE_MS = 6_000
/** Requests per replica through a Service, which chooses the replica: enough that hardly any replica is missed. */
const PER_REPLICA = 3
const USUAL_REPLICAS = 3
/** Answered without etcd as well. */
const STATUS = { method: 'GET', path: '/v1/status' }

/** The address that answers from this machine; undefined where the gateway is reached from inside the cluster only. */
export async function findEndpoint(
  kube: Kube,
  target: Target & { localhost: boolean },
  io: Io,
): Promise<Endpoint | undefined> {
  const { namespace, exposure, localhost } = target
  const source = await readSource(kube, target)
  if (exposure === 'cluster-ip') return undefined
  const { endpoints, missing } = await findCandidates(kube, source, exposure, { localhost })
  if (endpoints.length === 0) throw new NotVerified('unreachable', { namespace, where: '', said: missing })
  const proof = await proveRoute(
    kube,
    { namespace, endpoints, source },
    { answers: 1, deadline: io.clock.now() + PROVE_MS },
    io,
  )
  if (proof.endpoint === undefined && proof.isUntrusted)
    throw new NotVerified('untrusted', { namespace, where: '', said: proof.reason })
  if (proof.fix !== undefined) throw new NotVerified('service-changed', { namespace, where: '', said: proof.reason })
  return proof.endpoint ?? (await diagnose(endpoints, namespace, proof.reason, io))
}

/**
 * Throws why no address answers: where one of the two APIs does, it is the other's port. Gives an address that answers after
 * all, as it does where some of the replicas are in trouble.
 */
export async function diagnose(
  endpoints: readonly Endpoint[],
  namespace: string,
  reason: string,
  { signal }: Pick<Io, 'signal'>,
): Promise<Endpoint> {
  for (const endpoint of endpoints) {
    const { config, events } = endpoint
    if (config === undefined) continue
    const [configured, routed] = await Promise.all([
      probeConfig({ ...endpoint, config }, PROBE_MS, signal),
      probeEvents(endpoint, PROBE_MS, signal),
    ])
    if (configured.ok && routed.ok) return endpoint
    const blocked = (reason: Reason, port: number, said: string) =>
      new NotVerified(reason, { namespace, where: addressAt(endpoint, port), said: said.replace(/^\S+: /, '') })
    if (configured.ok && !routed.ok) throw blocked('events-blocked', events, routed.reason)
    if (routed.ok && !configured.ok) {
      const alive = await askAt(addressAt(endpoint, config))(STATUS, PROBE_MS, signal)
      const answers = 'status' in alive && alive.status === 200
      throw blocked(answers ? 'etcd-silent' : 'config-blocked', config, configured.reason)
    }
  }
  throw new NotVerified('unreachable', { namespace, where: '', said: reason })
}

/** The URL at which the gateway's pods reach their own config API: by its Service, which so is proved as well. */
export async function functionUrl(kube: Kube, namespace: string): Promise<string> {
  for (const name of [GATEWAY, `${GATEWAY}-config`]) {
    const service = await kube.read(ref('Service', name, namespace))
    const port = service && portOf(service, 'config', 'port')
    if (port) return loopUrl(name, namespace, port)
  }
  throw new UserError(`The gateway's Service in namespace ${namespace} has no port named "config".`, {
    fix: sh`Repair the Service:\n${PROGRAM} -n ${namespace}`,
  })
}

/** The gateway as a round trip needs it: its config API, its address, and each of its replicas where they may be asked. */
export async function reachGateway(
  { kube, reporter, io: { signal } }: Run,
  namespace: string,
  endpoint: Endpoint | undefined,
): Promise<Gateway> {
  // Where the config API is not exposed, there is no other way than through the pods.
  const isExposed = endpoint?.config !== undefined
  const replicas = await (isExposed ? unlessForbidden(listReplicas(kube, namespace)) : listReplicas(kube, namespace))
  const canAsk = replicas !== undefined && (await mayForward(replicas, isExposed, reporter, signal))
  if (canAsk) await requireEtcd(replicas, namespace, signal)
  const where = isExposed ? addressAt(endpoint, endpoint.config!) : 'a pod of the gateway'
  const ask = isExposed ? askAt(where) : askAny(replicas ?? [])
  const config = { namespace, where, ask, signal }
  const [url, known] = await Promise.all([
    functionUrl(kube, namespace),
    learnStored(kube, config, canAsk ? replicas.map(replica => replica.config) : [ask]),
  ])
  const common = { config, known, functionUrl: url }
  if (!canAsk) {
    const address = addressTarget(endpoint!, PER_REPLICA * (replicas?.length || USUAL_REPLICAS))
    return { ...common, targets: async () => [address] }
  }
  const targets = async () => (await listReplicas(kube, namespace)).map(replicaTarget)
  if (endpoint === undefined) return { ...common, targets }
  const calls = async () => callsOf(await listReplicas(kube, namespace), signal)
  return { ...common, targets, address: { ...addressTarget(endpoint, 1), calls, needs: 'any' } }
}

/** A replica that cannot reach etcd takes its share of what is asked of the config API. */
async function requireEtcd(replicas: readonly Replica[], namespace: string, signal: AbortSignal): Promise<void> {
  const asked = await Promise.all(replicas.map(({ config }) => config(ETCD_QUESTION, PROBE_MS, signal)))
  for (const [index, answer] of asked.entries()) {
    const where = replicas[index]!.name
    if ('reason' in answer)
      throw new NotVerified(/etcd/.test(answer.reason) ? 'etcd-silent' : 'replica-silent', {
        namespace,
        where,
        said: answer.reason,
      })
  }
}

/** Whether pods may be asked through the API server; where that is refused and there is no other way, throws the refusal. */
async function mayForward(replicas: readonly Replica[], otherwise: boolean, { note }: Reporter, signal: AbortSignal) {
  try {
    const ready = replicas.find(({ ready }) => ready)
    await ready?.config(STATUS, PROBE_MS, signal)
    return true
  } catch (error) {
    if (!(error instanceof UserError && otherwise)) throw error
    note(`${error.message} Checking the replicas through their Service instead.`)
    return false
  }
}
