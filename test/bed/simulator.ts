import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { STALE } from '../../src/simulator/gateway-program.ts'
import { startSimulator } from '../../src/simulator/simulator.ts'
import type { Answer, Bed } from './bed.ts'

/** A fresh simulated cluster in this process. */
export async function openSimulatorBed(): Promise<Bed> {
  const simulator = await startSimulator()
  const folder = await mkdtemp(join(tmpdir(), 'eg-bed-'))
  const kubeconfig = join(folder, 'kubeconfig')
  await writeFile(kubeconfig, simulator.kubeconfig)
  return {
    kind: 'simulator',
    kubeconfig,
    loadBalancer: { ip: '127.0.0.1', hostname: 'localhost' },
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
    close: async () => {
      await simulator.stop()
      await rm(folder, { recursive: true, force: true })
    },
  }
}
