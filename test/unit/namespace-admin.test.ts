import { expect, onTestFinished, test } from 'vitest'
import { run } from '../bed/command.ts'
import { openSimulatorBed } from '../bed/simulator.ts'

test.each([
  ['and nothing more', true],
  ['and may not even look at it', false],
])('who is admin of one namespace %s installs, sees and removes an etcd of its own', async (_, maySee) => {
  const bed = await openSimulatorBed({
    forbidden: ({ verb, resource, namespace }) =>
      resource === 'namespaces' ? !(maySee && verb === 'get') : namespace !== 'default',
  })
  onTestFinished(() => bed.close())
  const eg = (...args: string[]) => run(args, { env: { KUBECONFIG: bed.kubeconfig } })

  expect(await eg('--yes', '--etcd', 'statefulset', '--expose', 'node-port')).toMatchObject({ code: 0 })
  const { code, stdout } = await eg('status', '-o', 'json')
  expect({ code, ...JSON.parse(stdout) }).toMatchObject({ code: 0, healthy: true, operator: null })
  expect(await eg('cleanup', '--yes')).toMatchObject({ code: 0 })
  expect(await eg('cleanup', '--yes', '--delete-data')).toMatchObject({ code: 0 })
  expect((await bed.api('GET', '/api/v1/namespaces/default/configmaps/eg-setup')).status).toBe(404)
})
