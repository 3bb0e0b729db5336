import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { STALE } from '../../src/simulator/gateway/program.ts'
import { reservePorts } from '../../src/simulator/node/proxy.ts'
import { type SimulatorOptions, startSimulator } from '../../src/simulator/simulator.ts'
import { quotas, refuseByPolicy } from './admission.ts'
import type { Answer, Bed } from './bed.ts'
import { makeCertificate } from './certificate.ts'

/** A fresh simulated cluster in this process. */
export async function openSimulatorBed(options?: SimulatorOptions): Promise<Bed> {
  const { ports, release } = await reservePorts(['127.0.0.1'])
  const [config, events] = ports
  if (config === undefined || events === undefined) throw new Error('no ports are free on this machine')
  let isViewer = false
  const simulator = await startSimulator({
    certificate: makeCertificate(),
    admission: refuseByPolicy,
    controllers: [quotas],
    ...options,
    forbidden: permission => {
      const { verb, group, resource } = permission
      if (!isViewer) return options?.forbidden?.(permission) ?? false
      const isRead =
        ['get', 'list', 'watch'].includes(verb) && !['secrets', 'nodes', 'storageclasses'].includes(resource)
      return group !== 'authorization.k8s.io' && !isRead
    },
  })
  const folder = await mkdtemp(join(tmpdir(), 'eg-bed-'))
  const kubeconfig = join(folder, 'kubeconfig')
  await writeFile(kubeconfig, simulator.kubeconfig)
  return {
    kind: 'simulator',
    kubeconfig,
    loadBalancer: { ip: '127.0.0.1', hostname: 'localhost', config, events },
    machine: '127.0.0.1',
    api: (method, path, body, contentType) => simulator.api(method, path, body, contentType) as Promise<Answer>,
    makeStale: async (namespace, pod) => {
      const path = `/api/v1/namespaces/${namespace}/pods/${pod}`
      await simulator.api(
        'PATCH',
        path,
        { metadata: { annotations: { [STALE]: 'yes' } } },
        'application/merge-patch+json',
      )
    },
    async asViewer(use) {
      isViewer = true
      try {
        return await use(kubeconfig)
      } finally {
        isViewer = false
      }
    },
    close: async () => {
      await simulator.stop()
      release()
      await rm(folder, { recursive: true, force: true })
    },
  }
}
