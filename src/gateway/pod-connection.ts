import type { Duplex } from 'node:stream'
import { EXIT, UserError } from '../errors.ts'
import type { Clock } from '../io.ts'
import type { KubeObject } from '../kube/object.ts'
import { makeKube } from '../kube/request/client.ts'
import type { Connection } from '../kube/request/connection.ts'
import { openPortForward } from '../kube/request/port-forward.ts'
import { podTrouble } from '../kube/waiting/pods.ts'
import { podLabels } from '../names.ts'
import { PROGRAM } from '../text/program.ts'
import { sh } from '../text/shell-words.ts'

/** The ports of the gateway's pods by their names, and their usual numbers. */
export const PORTS = [
  { name: 'config', usual: 4001 },
  { name: 'events', usual: 4000 },
] as const
export type PortName = (typeof PORTS)[number]['name']

/**
 * A connection to a port of a gateway pod that is ready, through the API server; a while is waited for one. Throws UserError
 * where none comes up, the cluster cannot be reached or does not allow it.
 */
export type Dial = (port: PortName) => Promise<Duplex>

type Parts = {
  connection: Connection
  namespace: string
  /** How long one connection waits for a pod, in ms. */
  waitMs: number
  clock: Clock
  /** Ends all waiting. */
  signal: AbortSignal
  /** Says which pod it is from now on, and what is waited for. */
  say: (text: string) => void
}

/** How long a pod counts as ready without another look. */
const FRESH_MS = 2000
const PAUSE_MS = 500
export const MOST_PODS = 50

/** Stays with one pod for as long as that is ready and answers. */
export function makeDial({ connection, namespace, waitMs, clock, signal, say }: Parts): Dial {
  let chosen: { pod: KubeObject; until: number } | undefined
  let looking: Promise<readonly KubeObject[]> | undefined
  let isWaiting = false
  let current = ''
  let failed = ''

  async function choose(deadline: number): Promise<KubeObject> {
    for (;;) {
      if (chosen !== undefined && clock.now() < chosen.until) return chosen.pod
      const pods = await look(deadline)
      const best = pick(pods.filter(isReady))
      if (best !== undefined) {
        isWaiting = false
        chosen = { pod: best, until: clock.now() + FRESH_MS }
        return best
      }
      if (clock.now() >= deadline) throw noPod(namespace, pods, waitMs)
      if (!isWaiting) say('Waiting for a ready pod of Event Gateway')
      isWaiting = true
      await clock.sleep(PAUSE_MS, signal)
    }
  }

  /** All connections that wait share one list; where another one's time is up before it comes, this one asks again. */
  async function look(deadline: number): Promise<readonly KubeObject[]> {
    const shared = looking
    if (shared !== undefined)
      try {
        return await shared
      } catch (error) {
        if (clock.now() >= deadline) throw error
        return look(deadline)
      }
    looking = makeKube(connection, deadline)
      .list('Pod', { namespace, labels: podLabels('gateway'), limit: MOST_PODS })
      .finally(() => {
        looking = undefined
      })
    return looking
  }

  const pick = (ready: readonly KubeObject[]): KubeObject | undefined =>
    ready.find(({ metadata: { name } }) => name === current && name !== failed) ??
    ready.find(({ metadata: { name } }) => name !== failed) ??
    ready[0]

  function drop(pod: KubeObject): void {
    failed = pod.metadata.name
    if (chosen?.pod === pod) chosen = undefined
  }

  return async port => {
    const deadline = clock.now() + waitMs
    for (;;) {
      const pod = await choose(deadline)
      const target = { namespace, pod: pod.metadata.name, port: portOf(pod, port) }
      try {
        const stream = await openPortForward(connection, target, { retryUntil: deadline, signal })
        if (target.pod !== current) say(`Forwarding to pod ${target.pod}`)
        current = target.pod
        return stream.on('error', () => drop(pod))
      } catch (error) {
        drop(pod)
        if (error instanceof UserError || signal.aborted || clock.now() >= deadline) throw error
        await clock.sleep(PAUSE_MS, signal)
      }
    }
  }
}

export function isReady({ metadata, status }: KubeObject): boolean {
  const conditions: { type: string; status: string }[] = status?.conditions ?? []
  return (
    metadata.deletionTimestamp === undefined &&
    conditions.some(({ type, status }) => type === 'Ready' && status === 'True')
  )
}

export function portOf({ metadata, spec }: KubeObject, port: PortName): number {
  const containers: { ports?: { name?: string; containerPort: number }[] }[] = spec?.containers ?? []
  const found = containers.flatMap(({ ports = [] }) => ports).find(({ name }) => name === port)
  if (found !== undefined) return found.containerPort
  throw new UserError(
    `Pod ${metadata.name} has no port named "${port}": the Deployment was changed after the installation.`,
    {
      fix: sh`Repair the Deployment:\n${PROGRAM}`,
    },
  )
}

function noPod(namespace: string, pods: readonly KubeObject[], waitedMs: number): UserError {
  const why = podTrouble(pods)?.reason ?? (pods.length === 0 ? 'no pods exist' : `0 of ${pods.length} pods ready`)
  return new UserError(
    `No pod of Event Gateway in namespace ${namespace} was ready after ${Math.round(waitedMs / 1000)}s: ${why}.`,
    {
      fix: sh`Inspect the pods, then run eg-setup again if the gateway is gone:\nkubectl get pods -n ${namespace}`,
      code: EXIT.timeout,
    },
  )
}
