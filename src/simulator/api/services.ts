import type { KubeObject } from '../../kube/object.ts'
import type { FieldProblem } from './refusal.ts'
import type { Store } from './store.ts'
import { bad } from './validate.ts'

// biome-ignore lint/suspicious/noExplicitAny: ports of a Service, as JSON
type Json = any

/** Hands out cluster addresses and node ports as the API server does when a Service is written. */
export type ServiceAddresses = {
  /** Completes `next` in place; gives what is wrong with it. */
  readonly assign: (live: KubeObject | undefined, next: KubeObject) => FieldProblem[]
}

const RANGE = { first: 30_000, last: 32_767 } as const
const hasNodePorts = (spec: Json) =>
  spec.type === 'NodePort' || (spec.type === 'LoadBalancer' && spec.allocateLoadBalancerNodePorts !== false)

/**
 * `candidates` are node ports that can really be bound, taken by turns, so that one that was given back rests for a while;
 * while all are in use others of the range are, bound or not.
 */
export function makeServiceAddresses(store: Store, candidates: readonly number[]): ServiceAddresses {
  const kind = store.kindOf('', 'services')!
  const turns = [...candidates]
  const owners = { ports: new Map<number, string>(), ips: new Map<string, string>() }
  let last = 10

  store.watch(({ type, kind: changed, object }) => {
    if (changed !== kind) return
    for (const [ip, uid] of owners.ips) if (uid === object.metadata.uid) owners.ips.delete(ip)
    for (const [port, uid] of owners.ports) if (uid === object.metadata.uid) giveBack(port)
    if (type === 'DELETED') return
    for (const { nodePort } of object['spec'].ports ?? [])
      if (nodePort) owners.ports.set(nodePort, object.metadata.uid!)
    owners.ips.set(object['spec'].clusterIP, object.metadata.uid!)
  })

  function giveBack(port: number) {
    owners.ports.delete(port)
    const turn = turns.indexOf(port)
    if (turn >= 0) turns.push(...turns.splice(turn, 1))
  }

  const freeIp = () => {
    let ip: string
    do {
      last++
      ip = `10.${96 + (last >> 16)}.${(last >> 8) & 255}.${last & 255}`
    } while (owners.ips.has(ip))
    return ip
  }
  const freePort = (mine: Set<number>) => {
    const free = (port: number) => !owners.ports.has(port) && !mine.has(port)
    const known = turns.find(free)
    if (known !== undefined) return known
    for (let port = RANGE.first; port <= RANGE.last; port++) if (free(port)) return port
    return 0
  }

  function clusterIp(live: Json, spec: Json): FieldProblem[] {
    if (spec.type === 'ExternalName') return []
    const before = live && live.type !== 'ExternalName' ? live.clusterIP : undefined
    spec.clusterIP ||= spec.clusterIPs?.[0] ?? before ?? freeIp()
    spec.clusterIPs ??= [spec.clusterIP]
    spec.ipFamilies ??= ['IPv4']
    spec.ipFamilyPolicy ??= 'SingleStack'
    if (spec.clusterIP !== 'None' && !/^10\.(9[6-9]|10\d|11[01])\./.test(spec.clusterIP) && !before) {
      const why = `failed to allocate IP ${spec.clusterIP}: the provided network does not match the current range`
      return [bad('spec.clusterIPs', spec.clusterIPs, why)]
    }
    if (before && spec.clusterIP !== before)
      return [bad('spec.clusterIPs[0]', [spec.clusterIP], 'may not change once set')]
    return []
  }

  function nodePorts(live: Json, spec: Json, uid: string): FieldProblem[] {
    const problems: FieldProblem[] = []
    const before: Json[] = live && hasNodePorts(live) ? (live.ports ?? []) : []
    const wanted = hasNodePorts(spec)
    const keep = (port: Json) =>
      before.find(each => each.port === port.port && (each.protocol ?? 'TCP') === port.protocol)?.nodePort
    const mine = new Set<number>((spec.ports ?? []).map((port: Json) => port.nodePort).filter(Boolean))
    for (const [index, port] of (spec.ports ?? []).entries()) {
      const field = `spec.ports[${index}].nodePort`
      if (!wanted && spec.type === 'ClusterIP' && port.nodePort) {
        if (before.some(each => each.nodePort === port.nodePort)) delete port.nodePort
        else problems.push({ field, problem: "Forbidden: may not be used when `type` is 'ClusterIP'" })
      } else if (port.nodePort) {
        const owner = owners.ports.get(port.nodePort)
        if (port.nodePort < RANGE.first || port.nodePort > RANGE.last)
          problems.push(
            bad(
              field,
              port.nodePort,
              `provided port is not in the valid range. The range of valid ports is ${RANGE.first}-${RANGE.last}`,
            ),
          )
        else if (owner !== undefined && owner !== uid)
          problems.push(bad(field, port.nodePort, 'provided port is already allocated'))
      } else if (wanted) {
        port.nodePort = keep(port) ?? freePort(mine)
        mine.add(port.nodePort)
      }
    }
    return problems
  }

  /** What only some types have goes when the type changes, as the API server does it for unchanged fields. */
  function dropForeign(live: Json, spec: Json) {
    const external = spec.type === 'NodePort' || spec.type === 'LoadBalancer'
    if (!external && live?.externalTrafficPolicy === spec.externalTrafficPolicy) delete spec.externalTrafficPolicy
    if (spec.type !== 'LoadBalancer') {
      if (live?.allocateLoadBalancerNodePorts === spec.allocateLoadBalancerNodePorts)
        delete spec.allocateLoadBalancerNodePorts
      if (live?.loadBalancerClass === spec.loadBalancerClass) delete spec.loadBalancerClass
    }
  }

  return {
    assign: (live, next) => {
      const [before, spec] = [live?.['spec'], next['spec']]
      dropForeign(before, spec)
      if (before?.type === 'LoadBalancer' && spec.type !== 'LoadBalancer') next['status'] = { loadBalancer: {} }
      return [...clusterIp(before, spec), ...nodePorts(before, spec, next.metadata.uid!)]
    },
  }
}
