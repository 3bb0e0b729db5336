import type { ContextRow } from '../kube/login/kubeconfig.ts'
import type { Machine, Tool } from './machine.ts'

/** A command that starts a cluster without root, and the context that it makes. */
export type Way = { command: readonly [string, ...string[]]; context: string }

type Row = Way & { needs: readonly Tool[]; only?: 'arm' | 'amd' }

const minikube = (...args: string[]) => ({ command: ['minikube', 'start', ...args], context: 'minikube' }) as const

/** How a first cluster is started, best first; minikube's driver is named so that it is no surprise. */
// biome-ignore format: a table
const ROWS: readonly Row[] = [
  // minikube has its kvm2 driver for amd64 only.
  { needs: ['minikube', 'virsh', 'kvm'], only: 'amd', ...minikube('--driver=kvm2') },
  // The gateway's image is for amd64: an ARM Mac runs it through Rosetta.
  { needs: ['minikube', 'vfkit'], only: 'arm', ...minikube('--driver=vfkit', '--rosetta') },
  { needs: ['minikube', 'vfkit'], only: 'amd', ...minikube('--driver=vfkit') },
  { needs: ['minikube', 'docker'], ...minikube('--driver=docker') },
  { needs: ['kind', 'docker'], command: ['kind', 'create', 'cluster'], context: 'kind-kind' },
  { needs: ['k3d', 'docker'], command: ['k3d', 'cluster', 'create'], context: 'k3d-k3s-default' },
]

/** Local clusters that the tools on this machine can start. */
export const waysToStart = ({ tools, arm }: Machine): Way[] =>
  ROWS.filter(({ needs, only }) => needs.every(tool => tools.has(tool)) && only !== (arm ? 'amd' : 'arm'))

/** How a cluster that is there and stopped is started again, by the name that its tool gives the context; NAME is its part. */
const STOPPED: readonly [context: RegExp, command: (name: string) => Way['command']][] = [
  [/^kind-(\w[\w.-]*)$/, name => ['docker', 'start', `${name}-control-plane`]],
  [/^k3d-(\w[\w.-]*)$/, name => ['k3d', 'cluster', 'start', name]],
  [/^(colima)$/, () => ['colima', 'start']],
  [/^(minikube)$/, name => ['minikube', 'start', '-p', name]],
]

/** What starts the cluster of a context again; undefined where no tool of this machine is known to. */
export function wayToRestart({ name: context }: Pick<ContextRow, 'name'>, { tools }: Machine): Way | undefined {
  for (const [pattern, command] of STOPPED) {
    const name = pattern.exec(context)?.[1]
    if (name === undefined) continue
    const [program, ...args] = command(name)
    return [...tools].some(tool => tool === program) ? { command: [program, ...args], context } : undefined
  }
  return undefined
}
