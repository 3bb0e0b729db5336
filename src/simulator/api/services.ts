import type { KubeObject } from '../../kube/object.ts'
import { Refusal } from './refusal.ts'
import type { Store } from './store.ts'

// biome-ignore lint/suspicious/noExplicitAny: ports of a Service, as JSON
type Json = any

/** Hands out cluster addresses and node ports as the API server does when a Service is written. */
export type ServiceAddresses = {
  /** Completes `next` in place. Throws Refusal for node ports of other Services. */
  readonly assign: (live: KubeObject | undefined, next: KubeObject) => void
}

/** Node ports for when all candidates are in use. */
const SPARE = { first: 32_767 - 200, last: 32_767 } as const
const hasNodePorts = (spec: Json) =>
  spec.type === 'NodePort' || (spec.type === 'LoadBalancer' && spec.allocateLoadBalancerNodePorts !== false)

type Problem = { field: string; message: string }

/** What the API server of a cluster with IPv4 alone refuses in the fields that say how a Service is reached. */
function problemsOf(live: Json, spec: Json): Problem[] {
  const found: Problem[] = []
  const refuse = (is: boolean, field: string, message: string) => {
    if (is) found.push({ field: `spec.${field}`, message })
  }
  const invalid = (value: unknown, why: string) => `Invalid value: ${JSON.stringify(value) ?? 'null'}: ${why}`
  const { type, loadBalancerClass: name, externalTrafficPolicy: traffic, ipFamilyPolicy, ipFamilies = [] } = spec
  const isBalancer = type === 'LoadBalancer'
  const isChanged = isBalancer && live?.type === type && live.loadBalancerClass !== name
  refuse(isChanged, 'loadBalancerClass', invalid(name, 'may not change once set'))
  refuse(!isBalancer && name, 'loadBalancerClass', "Forbidden: may only be used when `type` is 'LoadBalancer'")
  const isExternal = isBalancer || type === 'NodePort'
  refuse(
    !isExternal && traffic,
    'externalTrafficPolicy',
    invalid(traffic, 'may only be set for externally-accessible services'),
  )
  refuse(traffic && !/^(Cluster|Local)$/.test(traffic), 'externalTrafficPolicy', `Unsupported value: "${traffic}"`)
  const isDual = 'this cluster is not configured for dual-stack services'
  refuse(ipFamilyPolicy === 'RequireDualStack', 'ipFamilyPolicy', invalid(ipFamilyPolicy, isDual))
  refuse(ipFamilies[0] === 'IPv6', 'ipFamilies[0]', invalid('IPv6', 'not configured on this cluster'))
  return found
}

/** `candidates` are node ports that can really be bound, taken by turns, so that one that was given back rests for a while. */
export function makeServiceAddresses(store: Store, candidates: readonly number[]): ServiceAddresses {
  const kind = store.kindOf('', 'services')!
  const turns = [...candidates]
  for (let port: number = SPARE.first; port <= SPARE.last; port++) turns.push(port)
  const owners = new Map<number, string>()
  let last = 10

  store.watch(({ type, kind: changed, object }) => {
    if (changed !== kind) return
    const { uid = '' } = object.metadata
    for (const [port, owner] of owners) if (owner === uid) giveBack(port)
    if (type === 'DELETED') return
    for (const { nodePort } of object['spec'].ports ?? []) if (nodePort) owners.set(nodePort, uid)
  })

  function giveBack(port: number) {
    owners.delete(port)
    const turn = candidates.includes(port) ? turns.indexOf(port) : -1
    if (turn >= 0) turns.splice(candidates.length - 1, 0, ...turns.splice(turn, 1))
  }

  function nodePorts(live: Json, spec: Json, { name, uid }: KubeObject['metadata']) {
    const before: Json[] = live && hasNodePorts(live) ? (live.ports ?? []) : []
    const ports: Json[] = spec.ports ?? []
    const isTaken = ({ nodePort }: Json) => (owners.get(nodePort) ?? uid) !== uid
    const message = (port: Json) => `Invalid value: ${port.nodePort}: provided port is already allocated`
    const causes = ports.filter(isTaken).map(port => ({ field: 'spec.ports.nodePort', message: message(port) }))
    if (causes.length > 0)
      throw new Refusal(422, 'Invalid', `Service "${name}" is invalid`, { kind: 'Service', causes })
    if (!hasNodePorts(spec)) {
      for (const port of ports) if (before.some(each => each.nodePort === port.nodePort)) delete port.nodePort
      return
    }
    for (const port of ports) {
      const known = before.find(each => each.port === port.port && each.protocol === port.protocol)?.nodePort
      const mine = ports.map(({ nodePort }) => nodePort)
      port.nodePort ??= known ?? turns.find(each => !owners.has(each) && !mine.includes(each))
    }
  }

  /** What only some types have goes when the type changes, as the API server does it for unchanged fields. */
  function dropForeign(live: Json, spec: Json) {
    const dropped = [
      ...(/^(NodePort|LoadBalancer)$/.test(spec.type) ? [] : ['externalTrafficPolicy']),
      ...(spec.type === 'LoadBalancer' ? [] : ['allocateLoadBalancerNodePorts', 'loadBalancerClass']),
    ]
    for (const field of dropped) if (live?.[field] === spec[field]) delete spec[field]
  }

  return {
    assign: (live, next) => {
      const [before, spec] = [live?.['spec'], next['spec']]
      dropForeign(before, spec)
      const causes = problemsOf(before, spec)
      if (causes.length > 0) {
        const { name } = next.metadata
        const why = causes.map(({ field, message }) => `${field}: ${message}`).join(', ')
        throw new Refusal(422, 'Invalid', `Service "${name}" is invalid: ${why}`, { kind: 'Service', name, causes })
      }
      if (before?.type === 'LoadBalancer' && spec.type !== 'LoadBalancer') next['status'] = { loadBalancer: {} }
      if (spec.type !== 'ExternalName') {
        spec.clusterIP ||= before?.clusterIP ?? `10.96.${++last >> 8}.${last & 255}`
        spec.clusterIPs ??= [spec.clusterIP]
        spec.ipFamilies ??= ['IPv4']
        spec.ipFamilyPolicy ??= 'SingleStack'
        if (/^(NodePort|LoadBalancer)$/.test(spec.type)) spec.externalTrafficPolicy ??= 'Cluster'
      }
      nodePorts(before, spec, next.metadata)
    },
  }
}
