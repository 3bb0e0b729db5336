import type { Server } from 'node:http'
import type { KubeObject } from '../../kube/object.ts'
import { PINS } from '../../release.ts'
import { timestamp } from '../api/registry.ts'
import type { Cluster } from '../cluster.ts'
import { runController } from '../cluster.ts'
import type { Network } from './network.ts'
import { type Run, statusOf } from './pod-status.ts'
import { type Probe, runProbes } from './probes.ts'
import type { Container, Process, Program } from './programs.ts'
import { environmentOf, expand } from './programs.ts'

/** Runs the pods of all nodes. */
export type Kubelet = {
  /** What a pod's container has written, of this run or of the one before. */
  readonly log: (pod: KubeObject, previous: boolean) => readonly string[]
}

export type KubeletOptions = {
  cluster: Cluster
  network: Network
  programs: readonly Program[]
  /** Images that no registry has. */
  missingImages: readonly string[]
}

/** What a node has from the beginning. */
const PRESENT = [`${PINS.gateway.repository}:${PINS.gateway.tag}`, `${PINS.operator.repository}:${PINS.operator.tag}`]

const PULL = 400
const START = 300
const BACKOFF = { first: 10_000, most: 300_000 } as const

export function startKubelet({ cluster, network, programs, missingImages }: KubeletOptions): Kubelet {
  const runs = new Map<string, Run>()
  const present = new Set(PRESENT)
  let addresses = 1

  const live = (pod: KubeObject) => {
    const found = cluster.get('Pod', pod.metadata.namespace, pod.metadata.name)
    return found?.metadata.uid === pod.metadata.uid ? found : undefined
  }
  const warn = (pod: KubeObject, reason: string, message: string) => cluster.event(pod, 'Warning', reason, message)

  const node = { cluster, network, live, report, warn, stopped }

  function report(pod: KubeObject, run: Run) {
    const now = live(pod)
    if (now) cluster.setStatus(now, statusOf(now, run, cluster))
  }

  function admit(pod: KubeObject) {
    addresses++
    const ip = `10.244.${addresses >> 8}.${addresses & 255}`
    const state = { waiting: { reason: 'ContainerCreating' } }
    const fresh = { restarts: 0, state, lastState: {}, started: false, ready: false, startedAt: timestamp() }
    const run: Run = { uid: pod.metadata.uid!, ip, ...fresh, logs: [], previousLogs: [], ends: [] }
    runs.set(run.uid, run)
    report(pod, run)
    pull(pod, run, BACKOFF.first)
  }

  function pull(pod: KubeObject, run: Run, delay: number) {
    const images = pod['spec'].containers as Container[]
    const never = images.find(each => each['imagePullPolicy'] === 'Never' && !present.has(each.image))
    const image = images.find(each => missingImages.includes(each.image))?.image
    cluster.after(PULL, () => {
      if (!live(pod) || runs.get(run.uid) !== run) return
      if (never !== undefined) {
        const message = `Container image "${never.image}" is not present with pull policy of Never`
        warn(pod, 'ErrImageNeverPull', message)
        run.state = { waiting: { reason: 'ErrImageNeverPull', message } }
        return report(pod, run)
      }
      if (image === undefined) {
        for (const each of images) present.add(each.image)
        return start(pod, run)
      }
      const message = `rpc error: code = NotFound desc = failed to pull and unpack image "${image}": not found`
      warn(pod, 'Failed', `Failed to pull image "${image}": ${message}`)
      run.state = { waiting: { reason: 'ErrImagePull', message } }
      report(pod, run)
      cluster.after(2000, () => {
        run.state = {
          waiting: { reason: 'ImagePullBackOff', message: `Back-off pulling image "${image}": ${message}` },
        }
        report(pod, run)
      })
      cluster.after(delay, () => pull(pod, run, Math.min(delay * 2, BACKOFF.most)))
    })
  }

  function start(pod: KubeObject, run: Run) {
    const container = pod['spec'].containers[0] as Container & { [probe: string]: Probe | undefined }
    cluster.after(START, () => {
      const now = live(pod)
      if (!now || runs.get(run.uid) !== run || now.metadata.deletionTimestamp) return
      cluster.event(pod, 'Normal', 'Started', `Started container ${container.name}`)
      run.state = { running: { startedAt: timestamp() } }
      run.started = container['startupProbe'] === undefined
      run.ready = run.started && container['readinessProbe'] === undefined
      run.logs = []
      const program = programs.find(({ matches }) => matches(container))
      program?.start(processOf(now, run, container))
      report(pod, run)
      if (program && run.state['running']) runProbes(node, now, run, container)
      if (program) return
      run.started = true
      run.ready = true
      report(pod, run)
    })
  }

  function processOf(pod: KubeObject, run: Run, container: Container): Process {
    const env = environmentOf(pod, container, cluster)
    const ports: number[] = []
    let over = false
    run.ends.push(() => {
      over = true
      for (const port of ports) network.close(run.ip, port)
    })
    return {
      cluster,
      network,
      pod: { ...pod, status: { ...pod['status'], podIP: run.ip } },
      container,
      env,
      args: expand([...(container.command ?? []).slice(1), ...(container.args ?? [])], env),
      log: line => {
        run.logs.push(line)
      },
      exit: code => {
        if (!over) stopped(pod, run, code, 'Error')
      },
      listen: (port: number, server: Server) => {
        if (over) return
        ports.push(port)
        network.listen(run.ip, port, server)
      },
      onEnd: end => {
        run.ends.push(end)
      },
    }
  }

  const end = (run: Run) => {
    for (const each of run.ends.splice(0)) each()
  }

  /** The container has ended: it is started again, later and later. */
  function stopped(pod: KubeObject, run: Run, exitCode: number, reason: string) {
    end(run)
    const container = pod['spec'].containers[0] as Container
    const terminated = {
      exitCode,
      reason,
      startedAt: run.startedAt,
      finishedAt: timestamp(),
      containerID: `containerd://${run.uid}`,
    }
    Object.assign(run, { started: false, ready: false, previousLogs: run.logs, state: { terminated } })
    report(pod, run)
    const delay = run.restarts === 0 ? 0 : Math.min(BACKOFF.first * 2 ** (run.restarts - 1), BACKOFF.most)
    cluster.after(500, () => {
      if (!live(pod) || runs.get(run.uid) !== run) return
      run.lastState = { terminated }
      if (delay > 0) {
        const what = `container=${container.name} pod=${pod.metadata.name}_${pod.metadata.namespace}(${run.uid})`
        const message = `back-off ${delay / 1000 >= 60 ? `${Math.floor(delay / 60_000)}m${(delay / 1000) % 60}s` : `${delay / 1000}s`} restarting failed ${what}`
        run.state = { waiting: { reason: 'CrashLoopBackOff', message } }
        warn(pod, 'BackOff', `Back-off restarting failed ${what}`)
        report(pod, run)
      }
      cluster.after(delay, () => {
        if (!live(pod) || runs.get(run.uid) !== run) return
        run.restarts++
        start(pod, run)
      })
    })
  }

  runController(cluster, {
    kind: 'Pod',
    reconcile: pod => {
      const run = runs.get(pod.metadata.uid!)
      if (pod.metadata.deletionTimestamp) {
        if (run) end(run)
        runs.delete(pod.metadata.uid!)
        cluster.after(300, () => live(pod) && cluster.remove(pod, { gracePeriodSeconds: 0 }))
      } else if (pod['spec'].nodeName && !run) admit(pod)
    },
  })
  cluster.onStop(
    cluster.store.watch(({ type, object }) => {
      const run = type === 'DELETED' ? runs.get(object.metadata.uid!) : undefined
      if (!run) return
      end(run)
      runs.delete(run.uid)
    }),
  )
  cluster.onStop(() => {
    for (const run of runs.values()) end(run)
  })
  return {
    log: (pod, previous) => {
      const run = runs.get(pod.metadata.uid!)
      return (previous ? run?.previousLogs : run?.logs) ?? []
    },
  }
}
