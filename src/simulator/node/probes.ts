import type { KubeObject } from '../../kube/object.ts'
import type { Cluster } from '../cluster.ts'
import { fetchOver, type Network } from './network.ts'
import type { Run } from './pod-status.ts'
import type { Container } from './programs.ts'

export type Probe = {
  httpGet?: { path?: string; port: number | string }
  periodSeconds?: number
  initialDelaySeconds?: number
  failureThreshold?: number
  timeoutSeconds?: number
}

/** What a probe finds wrong, in the kubelet's words, or undefined. */
async function findProblem(network: Network, ip: string, probe: Probe, { ports = [] }: Container) {
  if (!probe.httpGet) return undefined
  const { path = '/', port: wanted } = probe.httpGet
  const port = ports.find(({ name }) => name === wanted)?.containerPort ?? Number(wanted)
  try {
    const { status } = await fetchOver(network.dial(ip, port), { path, timeoutMs: (probe.timeoutSeconds ?? 1) * 1000 })
    return status < 400 ? undefined : `HTTP probe failed with statuscode: ${status}`
  } catch (error) {
    return `Get "http://${ip}:${port}${path}": ${(error as Error).message}`
  }
}

/** What probing needs of the node that runs the pod. */
type Node = {
  cluster: Cluster
  network: Network
  live: (pod: KubeObject) => KubeObject | undefined
  report: (pod: KubeObject, run: Run) => void
  warn: (pod: KubeObject, reason: string, message: string) => void
  stopped: (pod: KubeObject, run: Run, exitCode: number, reason: string) => void
}

/** Runs the probes of a container for as long as this run of it lasts. */
export function runProbes(
  { cluster, network, live, report, warn, stopped }: Node,
  pod: KubeObject,
  run: Run,
  container: Container & { [probe: string]: Probe | undefined },
): void {
  const fails: Record<string, number> = {}
  const check = (kind: 'startupProbe' | 'readinessProbe' | 'livenessProbe') => {
    const rule = container[kind]
    if (!rule || !run.state['running']) return
    const state = run.state
    findProblem(network, run.ip, rule, container).then(problem => {
      if (run.state !== state || !live(pod)) return
      fails[kind] = problem === undefined ? 0 : (fails[kind] ?? 0) + 1
      const failed = fails[kind] >= (rule.failureThreshold ?? 3)
      const before = `${run.started} ${run.ready}`
      if (kind === 'startupProbe' && problem === undefined) run.started = true
      if (kind === 'readinessProbe' && problem === undefined) run.ready = true
      if (kind === 'readinessProbe' && failed) run.ready = false
      if (run.started && !container['readinessProbe']) run.ready = true
      if (problem) warn(pod, 'Unhealthy', `${kind[0]!.toUpperCase()}${kind.slice(1, -5)} probe failed: ${problem}`)
      if (`${run.started} ${run.ready}` !== before) report(pod, run)
      if (failed && kind !== 'readinessProbe') {
        stopped(pod, run, 143, 'Error')
      } else next(kind)
    })
  }
  const next = (kind: 'startupProbe' | 'readinessProbe' | 'livenessProbe') => {
    const wait = run.started || kind === 'startupProbe' ? (container[kind]?.periodSeconds ?? 10) * 1000 : 500
    run.ends.push(
      cluster.after(wait, () =>
        kind === 'startupProbe' ? !run.started && check(kind) : run.started ? check(kind) : next(kind),
      ),
    )
  }
  check('startupProbe')
  for (const kind of ['readinessProbe', 'livenessProbe'] as const)
    if (container[kind])
      run.ends.push(
        cluster.after(container[kind]!.initialDelaySeconds ? 1000 : 100, () =>
          run.started ? check(kind) : next(kind),
        ),
      )
}
