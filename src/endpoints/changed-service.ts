import type { Endpoint } from '../gateway/endpoint.ts'
import { TRUST_FIX } from '../gateway/untrusted.ts'
import type { Io } from '../io.ts'
import { ref } from '../kube/kinds.ts'
import type { KubeObject } from '../kube/object.ts'
import type { Kube } from '../kube/request/client.ts'
import { unlessForbidden } from '../kube/request/unless-forbidden.ts'
import { GATEWAY } from '../names.ts'
import { PROGRAM } from '../text/program.ts'
import { oneLine } from '../text/sanitize.ts'
import { sh } from '../text/shell-words.ts'
import type { Source } from './gateway-source.ts'
import { prove } from './prove.ts'

/** A field by which the gateway's Service leads elsewhere than to the gateway's pods. */
export type ServiceChange = { field: string; value: string; managers: readonly string[] }

type Fields = Readonly<Record<string, Record<string, unknown> | undefined>>
type ServicePort = { name?: string; port: number; protocol?: string; targetPort?: number | string }
type ContainerPort = { name?: string; containerPort: number }

/** What keeps a Service from leading to the pods of a Deployment, and which field managers own it; [] where it leads there. */
export function serviceChangesOf(service: KubeObject, deployment: KubeObject): ServiceChange[] {
  const { metadata, spec } = deployment.spec?.template ?? {}
  const labels: Readonly<Record<string, string>> = metadata?.labels ?? {}
  const selector: Readonly<Record<string, string>> = service.spec?.selector ?? {}
  const isLost =
    Object.keys(selector).length === 0 ||
    // The ReplicaSet adds this one.
    Object.entries(selector).some(([key, value]) => key !== 'pod-template-hash' && labels[key] !== value)
  const ports: ContainerPort[] = spec?.containers?.[0]?.ports ?? []
  const shown = Object.entries(selector).map(([key, value]) => `${key}=${value}`)
  return [
    ...(isLost
      ? [{ field: '.spec.selector', value: shown.join(',') || 'nothing', managers: ownersOf(service, ['f:selector']) }]
      : []),
    ...((service.spec?.ports ?? []) as ServicePort[]).flatMap(({ name, port, protocol = 'TCP', targetPort = port }) => {
      const target = ports.find(each => each.name === name)
      if (target === undefined || [name, target.containerPort].includes(targetPort)) return []
      const path = ['f:ports', `k:${JSON.stringify({ port, protocol })}`, 'f:targetPort']
      const field = `.spec.ports[${name}].targetPort`
      return [{ field, value: String(targetPort), managers: ownersOf(service, path) }]
    }),
  ]
}

/** The field managers that own a field of the spec (metadata.managedFields). */
function ownersOf({ metadata: { managedFields = [] } }: KubeObject, path: readonly string[]): string[] {
  const isOwned = (fields: object | undefined) =>
    ['f:spec', ...path].reduce<Fields | undefined>((node, step) => node?.[step] as Fields, fields as Fields) !==
    undefined
  return managedFields.filter(({ fieldsV1 }) => isOwned(fieldsV1)).map(({ manager = '' }) => manager)
}

/** The change that makes the gateway's Service lead elsewhere, who made it, and how to undo it. */
export async function findServiceChange(
  kube: Kube,
  namespace: string,
): Promise<{ reason: string; fix: string } | undefined> {
  const [service, deployment] = await Promise.all([
    unlessForbidden(kube.read(ref('Service', GATEWAY, namespace))),
    unlessForbidden(kube.read(ref('Deployment', GATEWAY, namespace))),
  ])
  const detours = service && deployment ? serviceChangesOf(service, deployment) : []
  if (detours.length === 0) return undefined
  const changes = detours.map(({ field, value, managers }) => {
    const who = managers.map(manager => oneLine(manager, 60)).join(' and ') || 'an unknown client'
    return `${who} changed ${field} to ${oneLine(value, 200)}`
  })
  return {
    reason: `service/${GATEWAY} doesn't lead to the gateway's pods: ${changes.join('; ')}`,
    fix: sh`Undo the change:\n${PROGRAM} -n ${namespace} --force-conflicts`,
  }
}

/** How long an answer is waited for before the Service is looked at. */
const MOMENT_MS = 3_000

type Where = { namespace: string; endpoints: readonly Endpoint[]; source: Source }
type Proven = Awaited<ReturnType<typeof prove>> & { fix?: string }

/**
 * Proves as `prove` does, but gives up soon where the Service leads elsewhere: then the reason says who changed what, and
 * `fix` how to undo it; so it does for a certificate that is not accepted. A changed Service that still answers is accepted.
 */
export async function proveRoute(
  kube: Kube,
  { namespace, endpoints, source }: Where,
  proof: Parameters<typeof prove>[1],
  io: Pick<Io, 'clock' | 'signal'>,
): Promise<Proven> {
  const over = new AbortController()
  const signal = AbortSignal.any([io.signal, over.signal])
  const proving = prove(endpoints, proof, { clock: io.clock, signal })
  proving.catch(() => {})
  try {
    const early = await Promise.race([proving, io.clock.sleep(MOMENT_MS, signal)])
    if (early?.endpoint !== undefined) return early
    const change = await findServiceChange(kube, namespace)
    if (change !== undefined) return { endpoint: undefined, isUntrusted: false, ...change }
    const proof = await proving
    if (proof.endpoint !== undefined) return proof
    return { ...proof, reason: proof.reason + onlyFrom(source), ...(proof.isUntrusted ? { fix: TRUST_FIX } : {}) }
  } finally {
    over.abort()
  }
}

/** What a load balancer's allowed networks say of an address that doesn't answer; this machine may be outside of them. */
function onlyFrom({ spec }: Source): string {
  const networks: string[] = spec?.loadBalancerSourceRanges ?? []
  return networks.length > 0
    ? `. Only clients in ${oneLine(networks.join(', '), 200)} can connect to the load balancer`
    : ''
}
