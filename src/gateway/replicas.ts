import type { Duplex } from 'node:stream'
import { UserError } from '../errors.ts'
import type { KubeObject } from '../kube/object.ts'
import type { Kube } from '../kube/request/client.ts'
import { openPortForward } from '../kube/request/port-forward.ts'
import { podTrouble } from '../kube/waiting/pods.ts'
import { podLabels } from '../names.ts'
import { oneLine } from '../text/sanitize.ts'
import { type Asked, ask, type Question } from './ask.ts'
import { isReady, MOST_PODS, type PortName, portOf } from './pod-connection.ts'

/** A way to one of the gateway's APIs; takes the time it may take in ms, throws only what ends the run. */
export type Ask = (question: Question, timeoutMs: number, signal: AbortSignal) => Promise<Asked>

/** One pod of the gateway, asked alone. */
export type Replica = { name: string; ready: boolean; config: Ask; events: Ask }

export const askAt =
  (authority: string): Ask =>
  (question, timeoutMs, signal) =>
    ask(authority, question, timeoutMs, signal)

/** Asks over connections of their own; what keeps one from being made is a reason like others, but for a UserError. */
const askOver =
  (connect: Connect): Ask =>
  async (question, timeoutMs, signal) => {
    try {
      return await ask(await connect(signal), question, timeoutMs, signal)
    } catch (error) {
      if (error instanceof UserError || signal.aborted) throw error
      return { reason: oneLine((error as Error).message, 200) }
    }
  }

/** The pods of the gateway that are not on their way out. */
export async function gatewayPods(kube: Kube, namespace: string): Promise<KubeObject[]> {
  const pods = await kube.list('Pod', { namespace, labels: podLabels('gateway'), limit: MOST_PODS })
  return pods.filter(({ metadata, status }) => metadata.deletionTimestamp === undefined && status?.phase !== 'Failed')
}

/** The same, each behind a port-forward of its own. */
export const listReplicas = async (kube: Kube, namespace: string): Promise<Replica[]> =>
  (await gatewayPods(kube, namespace)).map(pod => ({
    name: pod.metadata.name,
    ready: isReady(pod),
    config: askPod(kube, pod, 'config'),
    events: askPod(kube, pod, 'events'),
  }))

const FORWARD_MS = 5000

function askPod(kube: Kube, pod: KubeObject, port: PortName): Ask {
  if (!isReady(pod)) return async () => ({ reason: podTrouble([pod])?.reason ?? 'the pod is not ready' })
  return askPodPort(kube, pod, portOf(pod, port))
}

/** A port of a pod, through the API server. */
export const askPodPort = (kube: Kube, pod: KubeObject, port: number): Ask => askOver(connectTo(kube, pod, port))

export type Connect = (signal: AbortSignal) => Promise<Duplex>

/** Connections to a port of a pod. */
export function connectTo({ connection }: Kube, { metadata }: KubeObject, port: number): Connect {
  const target = { namespace: metadata.namespace ?? '', pod: metadata.name, port }
  return signal => openPortForward(connection, target, { retryUntil: Date.now() + FORWARD_MS, signal })
}

/** Whichever replica answers first, in their order. */
export const askAny =
  (replicas: readonly Replica[]): Ask =>
  async (question, timeoutMs, signal) => {
    let asked: Asked = { reason: 'no gateway pod is ready' }
    for (const { config } of replicas.filter(({ ready }) => ready)) {
      asked = await config(question, timeoutMs, signal)
      if ('status' in asked) break
    }
    return asked
  }
