import type { KubeObject } from '../../kube/object.ts'
import type { Inside } from '../api/handler.ts'
import { badRequest, notFound, unavailable } from '../api/refusal.ts'
import type { Forbidden } from '../api/reviews.ts'
import type { Route } from '../api/routes.ts'
import type { Cluster } from '../cluster.ts'
import type { Kubelet } from './kubelet.ts'
import type { Network } from './network.ts'
import { fetchOver } from './network.ts'
import { type Address, resolve } from './service-names.ts'

/** The parts of the API that reach into pods: logs, and the proxies to pods and Services. */
export function makeInside(cluster: Cluster, network: Network, kubelet: Kubelet, forbidden: Forbidden): Inside {
  /** Where "name:port" of a pod or a Service leads. */
  function targetOf({ kind, namespace = '', name = '' }: Route): Address | undefined {
    const [plain = '', port = ''] = name.split(':')
    const object = cluster.get(kind.kind, namespace, plain)
    if (!object) throw notFound(kind, plain)
    if (kind.kind === 'Pod') return { ip: object['status']?.podIP, port: Number(port) }
    const named = object['spec'].ports?.find((each: { name?: string }) => each.name === port)
    return resolve(cluster, plain, named?.port ?? Number(port), namespace)
  }

  function log(pod: KubeObject, query: URLSearchParams): string {
    const [status] = pod['status']?.containerStatuses ?? []
    const isPrevious = query.get('previous') === 'true'
    const who = `container "${query.get('container')}" in pod "${pod.metadata.name}"`
    if (isPrevious && !status?.lastState?.terminated) throw badRequest(`previous terminated ${who} not found`)
    const reason = status?.state.waiting?.reason
    const isCrashing = reason === 'CrashLoopBackOff'
    if (!isPrevious && reason && !isCrashing) throw badRequest(`${who} is waiting to start: ${reason}`)
    const lines = kubelet.log(pod, isPrevious || isCrashing)
    return lines
      .slice(-Number(query.get('tailLines') ?? lines.length))
      .map(line => `${line}\n`)
      .join('')
  }

  return {
    forbidden,
    log,
    proxy: async (route, query) => {
      const target = targetOf(route)
      if (!target) throw unavailable(`no endpoints available for service ${JSON.stringify(route.name)}`)
      const { ip, port } = target
      try {
        const path = `${route.rest}${query.size > 0 ? `?${query}` : ''}`
        const { status, headers, body } = await fetchOver(network.dial(ip, port), { path })
        return { status, body, headers: { 'content-type': headers['content-type'] ?? 'text/plain' } }
      } catch {
        throw unavailable(`error trying to reach service: dial tcp ${ip}:${port}: connect: connection refused`)
      }
    },
  }
}
