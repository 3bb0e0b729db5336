import type { KubeObject } from '../../src/kube/object.ts'
import { openClusterBed } from './cluster.ts'
import { openSimulatorBed } from './simulator.ts'

export type Answer = { status: number; body: KubeObject & { items?: KubeObject[]; reason?: string } }

/** A cluster to run the command suite on: simulated, or the one of KUBECONFIG. The tests cannot tell which. */
export type Bed = {
  readonly kind: 'simulator' | 'cluster'
  /** A kubeconfig file for the cluster, as its administrator. */
  readonly kubeconfig: string
  /** An address at which a load balancer of this cluster can answer, a DNS name for it, and ports that nobody else has there. */
  readonly loadBalancer: { ip: string; hostname: string; config: number; events: number }
  /** An address of this machine that pods reach. */
  readonly machine: string
  /** A request to the API server as administrator, past the program under test. */
  readonly api: (method: string, path: string, body?: unknown, contentType?: string) => Promise<Answer>
  /** Makes a gateway pod go on by what it knows, whatever changes in etcd. */
  readonly makeStale: (namespace: string, pod: string) => Promise<void>
  /** Gives `use` a kubeconfig of somebody who may only look, and at no Secrets, nodes and StorageClasses. */
  readonly asViewer: <T>(use: (kubeconfig: string) => Promise<T>) => Promise<T>
  readonly close: () => Promise<void>
}

/** The bed that the configuration of the run names (EG_BED, see vitest.config.js). */
export const openBed = (): Promise<Bed> => (process.env['EG_BED'] === 'cluster' ? openClusterBed() : openSimulatorBed())

/** What has setup give the gateway the load balancer's ports. */
export const balancerPorts = ({ loadBalancer: { config, events } }: Bed): string[] => [
  '--set',
  `service.config.port=${config},service.events.port=${events}`,
]
