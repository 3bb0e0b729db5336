import type { KubeObject } from '../../kube/object.ts'
import { timestamp } from '../api/registry.ts'
import type { Cluster, Condition } from '../cluster.ts'
import { withCondition } from '../cluster.ts'
import type { Container } from './programs.ts'

/** One pod as the node knows it; what is told to the API is made of this. */
export type Run = {
  uid: string
  ip: string
  restarts: number
  state: Record<string, object>
  lastState: Record<string, object>
  started: boolean
  ready: boolean
  logs: string[]
  previousLogs: string[]
  ends: (() => void)[]
  startedAt: string
}

/** The status of a pod as its node reports it. */
export function statusOf(pod: KubeObject, run: Run, cluster: Cluster): object {
  const { spec, status } = pod
  const node = cluster.get('Node', undefined, spec.nodeName)
  const hostIP = node?.['status'].addresses.find(({ type }: { type: string }) => type === 'InternalIP')?.address
  const running = run.state['running'] !== undefined || run.restarts > 0
  const names = spec.containers.map(({ name }: Container) => name).join(' ')
  const unready = {
    status: 'False',
    reason: 'ContainersNotReady',
    message: `containers with unready status: [${names}]`,
  } as const
  const ready = run.ready ? ({ status: 'True' } as const) : unready
  const sets: Condition[] = [
    { type: 'Ready', ...ready },
    { type: 'PodScheduled', status: 'True' },
  ]
  const before = (status?.conditions ?? []).filter(
    ({ type, status }: Condition) => type !== 'PodScheduled' || status === 'True',
  )
  const containerStatuses = spec.containers.map(({ name, image }: Container) => ({
    name,
    image,
    imageID: running ? `${image}@sha256:${'0'.repeat(64)}` : '',
    state: run.state,
    lastState: run.lastState,
    ready: run.ready,
    started: run.started,
    restartCount: run.restarts,
  }))
  return {
    phase: running ? 'Running' : 'Pending',
    conditions: sets.reduce((all, each) => withCondition(all, { ...each }), before as Condition[]),
    ...(hostIP ? { hostIP, hostIPs: [{ ip: hostIP }] } : {}),
    podIP: run.ip,
    podIPs: [{ ip: run.ip }],
    startTime: status?.startTime ?? timestamp(),
    containerStatuses,
    qosClass: status?.qosClass ?? 'BestEffort',
    observedGeneration: pod.metadata.generation,
  }
}
