import { expect, onTestFinished, test } from 'vitest'
import { run } from '../bed/command.ts'
import { openSimulatorBed } from '../bed/simulator.ts'

const OPERATOR = '/apis/apps/v1/namespaces/etcd-operator-system/deployments/etcd-operator-controller-manager'

test('who may not lock the shared operator removes the rest and keeps the operator, which another run may need', async () => {
  let isForbidden = true
  const bed = await openSimulatorBed({
    forbidden: ({ resource, namespace }) =>
      isForbidden && resource === 'leases' && namespace === 'etcd-operator-system',
  })
  onTestFinished(() => bed.close())
  const eg = (...args: string[]) => run(args, { env: { KUBECONFIG: bed.kubeconfig } })
  expect(await eg('--yes', '--expose', 'node-port', '--set', 'replicaCount=1')).toMatchObject({ code: 0 })
  const { code, stderr } = await eg('cleanup', '--yes', '--delete-data')
  expect({ code, stderr }).toMatchObject({ code: 0 })
  expect(stderr).toMatch(/keep {2}deploy\/etcd-operator-controller-manager\n.*no permission to lock it/)
  expect((await bed.api('GET', OPERATOR)).status).toBe(200)
  expect((await bed.api('GET', '/api/v1/namespaces/default/configmaps/eg-setup')).status).toBe(404)
  isForbidden = false
  expect(await eg('cleanup', '--yes')).toMatchObject({ code: 0 })
  expect((await bed.api('GET', OPERATOR)).status).toBe(404)
})
