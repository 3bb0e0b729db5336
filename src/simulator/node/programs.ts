import type { Server } from 'node:http'
import type { KubeObject } from '../../kube/object.ts'
import type { Cluster } from '../cluster.ts'
import type { Network } from './network.ts'

export type Container = {
  name: string
  image: string
  command?: string[]
  args?: string[]
  env?: { name: string; value?: string; valueFrom?: { fieldRef?: { fieldPath: string } } }[]
  envFrom?: { configMapRef?: { name: string } }[]
  ports?: { name?: string; containerPort: number }[]
  volumeMounts?: { name: string; mountPath: string }[]
  [field: string]: unknown
}

/** What a simulated process gets. */
export type Process = {
  readonly cluster: Cluster
  readonly network: Network
  readonly pod: KubeObject
  readonly container: Container
  readonly env: Readonly<Record<string, string>>
  /** Arguments with $(NAME) filled in. */
  readonly args: readonly string[]
  readonly log: (line: string) => void
  /** Ends the process by itself. */
  readonly exit: (code: number) => void
  /** From now on this listens on a port of the pod. */
  readonly listen: (port: number, server: Server) => void
  /** Runs when the process ends, for whatever reason. */
  readonly onEnd: (run: () => void) => void
}

/** What runs in containers that are known; all others only run and are ready. */
export type Program = {
  readonly matches: (container: Container) => boolean
  readonly start: (process: Process) => void
}

/** The environment of a container, as far as the API knows it. */
export function environmentOf(pod: KubeObject, container: Container, cluster: Cluster): Record<string, string> {
  const env: Record<string, string> = {}
  for (const { configMapRef } of container.envFrom ?? []) {
    const map = configMapRef && cluster.get('ConfigMap', pod.metadata.namespace, configMapRef.name)
    Object.assign(env, map?.['data'])
  }
  for (const { name, value, valueFrom } of container.env ?? []) {
    const path = valueFrom?.fieldRef?.fieldPath ?? ''
    const field = path
      .split('.')
      .reduce<unknown>((node, key) => (node as Record<string, unknown> | undefined)?.[key], pod)
    env[name] = value ?? String(field ?? '')
  }
  return env
}

export const expand = (args: readonly string[], env: Readonly<Record<string, string>>) =>
  args.map(arg => arg.replace(/\$\((\w+)\)/g, (whole, name: string) => env[name] ?? whole))

/** The value of `--name=value` or `-name=value`; the last one wins. */
export function flagOf(args: readonly string[], name: string): string | undefined {
  const found = args.map(arg => new RegExp(`^--?${name}=(.*)$`).exec(arg)?.[1]).filter(value => value !== undefined)
  return found.at(-1)
}
