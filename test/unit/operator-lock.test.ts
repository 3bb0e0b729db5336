import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { startSimulator } from '../../src/simulator/simulator.ts'
import { run } from '../bed/command.ts'

const OPERATOR = '/apis/apps/v1/namespaces/etcd-operator-system/deployments/etcd-operator-controller-manager'

test('who may not lock the shared operator removes the rest and keeps the operator, which another run may need', async () => {
  let isForbidden = true
  const simulator = await startSimulator({
    forbidden: ({ resource, namespace }) =>
      isForbidden && resource === 'leases' && namespace === 'etcd-operator-system',
  })
  const folder = await mkdtemp(join(tmpdir(), 'eg-lock-'))
  onTestFinished(async () => {
    await simulator.stop()
    await rm(folder, { recursive: true })
  })
  const kubeconfig = join(folder, 'kubeconfig')
  await writeFile(kubeconfig, simulator.kubeconfig)
  const eg = (...args: string[]) => run(args, { env: { KUBECONFIG: kubeconfig } })
  expect(await eg('--yes', '--expose', 'node-port', '--set', 'replicaCount=1')).toMatchObject({ code: 0 })
  const { code, stderr } = await eg('cleanup', '--yes', '--delete-data')
  expect({ code, stderr }).toMatchObject({ code: 0 })
  expect(stderr).toMatch(/keep {2}deploy\/etcd-operator-controller-manager\n.*no permission to lock it/)
  expect((await simulator.api('GET', OPERATOR)).status).toBe(200)
  expect((await simulator.api('GET', '/api/v1/namespaces/default/configmaps/eg-setup')).status).toBe(404)
  isForbidden = false
  expect(await eg('cleanup', '--yes')).toMatchObject({ code: 0 })
  expect((await simulator.api('GET', OPERATOR)).status).toBe(404)
})
