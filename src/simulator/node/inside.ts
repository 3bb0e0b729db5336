import type { ApiAnswer, Forbidden, Inside } from '../api/handler.ts'
import { badRequest, notFound, Refusal } from '../api/refusal.ts'
import type { Route } from '../api/routes.ts'
import { isTrue } from '../api/routes.ts'
import type { Cluster } from '../cluster.ts'
import type { Kubelet } from './kubelet.ts'
import type { Network } from './network.ts'
import { fetchOver, resolve } from './network.ts'

const unavailable = (why: string) => new Refusal(503, 'ServiceUnavailable', why)

/** The parts of the API that reach into pods: logs, and the proxies to pods and Services. */
export function makeInside(
  cluster: Cluster,
  network: Network,
  kubelet: Kubelet,
  { gitVersion, forbidden }: { gitVersion: string; forbidden: Forbidden },
): Inside {
  const targetOf = ({ kind, namespace = '', name = '' }: Route): { ip: string; port: number } | undefined => {
    const parts = name.split(':')
    const [plain = '', port = ''] = parts.length === 3 ? parts.slice(1) : parts
    const object = cluster.get(kind.kind, namespace, plain)
    if (!object) throw notFound(kind, plain)
    if (kind.kind === 'Pod' && !object['status']?.podIP) throw badRequest('address not allowed')
    const declared: { name?: string; port?: number; containerPort?: number }[] =
      kind.kind === 'Pod'
        ? object['spec'].containers.flatMap((each: { ports?: object[] }) => each.ports ?? [])
        : (object['spec'].ports ?? [])
    const named = declared.find(each => each.name === port) ?? (port === '' ? declared[0] : undefined)
    const number = Number(named?.containerPort ?? named?.port ?? port)
    if (kind.kind === 'Service' && !declared.some(each => each.port === number))
      throw unavailable(`no service port ${port || number} found for service ${JSON.stringify(plain)}`)
    if (kind.kind === 'Service') return resolve(cluster, plain, number, namespace)
    return object['status']?.podIP ? { ip: object['status'].podIP, port: number } : undefined
  }

  return {
    gitVersion,
    forbidden,
    log: (pod, query) => {
      const [status] = pod['status']?.containerStatuses ?? []
      const container = query.get('container')
      const names = pod['spec'].containers.map(({ name }: { name: string }) => name)
      if (container && !names.includes(container))
        throw badRequest(`container ${container} is not valid for pod ${pod.metadata.name}`)
      const previous = isTrue(query.get('previous'))
      const who = `container "${names[0]}" in pod "${pod.metadata.name}"`
      if (previous && !status?.lastState?.terminated)
        throw badRequest(`previous terminated ${who.replace(' in pod', ' in pod')} not found`)
      const reason = status?.state.waiting?.reason
      if (!previous && reason && reason !== 'CrashLoopBackOff')
        throw badRequest(
          `${who} is waiting to start: ${/Image/.test(reason) ? 'trying and failing to pull image' : reason}`,
        )
      const text = kubelet.log(pod, previous || reason === 'CrashLoopBackOff')
      const lines = Number(query.get('tailLines') ?? Number.POSITIVE_INFINITY)
      const all = text.split('\n').slice(0, -1)
      return all
        .slice(Math.max(0, all.length - lines))
        .map(line => `${line}\n`)
        .join('')
    },
    proxy: async (route, query): Promise<ApiAnswer> => {
      const target = targetOf(route)
      if (!target)
        throw unavailable(
          `no endpoints available for service ${JSON.stringify(route.name?.split(':').at(route.name.split(':').length === 3 ? 1 : 0))}`,
        )
      const { ip, port } = target
      const search = query.size > 0 ? `?${query}` : ''
      try {
        const { status, headers, body } = await fetchOver(network.dial(ip, port), { path: route.rest + search })
        const type = headers['content-type']
        return { status, body, ...(type ? { headers: { 'content-type': type } } : {}) }
      } catch (error) {
        const refused = (error as NodeJS.ErrnoException).code === 'ECONNREFUSED'
        throw unavailable(
          `error trying to reach service: ${refused ? `dial tcp ${ip}:${port}: connect: connection refused` : 'EOF'}`,
        )
      }
    },
  }
}
