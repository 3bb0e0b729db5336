import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { startSimulator } from '../../src/simulator/simulator.ts'
import { run } from '../bed/command.ts'

test.each([
  ['and nothing more', true],
  ['and may not even look at it', false],
])('who is admin of one namespace %s installs, sees and removes an etcd of its own', async (_, maySee) => {
  const simulator = await startSimulator({
    forbidden: ({ verb, resource, namespace }) =>
      resource === 'namespaces' ? !(maySee && verb === 'get') : namespace !== 'default',
  })
  const folder = await mkdtemp(join(tmpdir(), 'eg-admin-'))
  onTestFinished(async () => {
    await simulator.stop()
    await rm(folder, { recursive: true })
  })
  const kubeconfig = join(folder, 'kubeconfig')
  await writeFile(kubeconfig, simulator.kubeconfig)
  const eg = (...args: string[]) => run(args, { env: { KUBECONFIG: kubeconfig } })

  expect(await eg('--yes', '--etcd', 'statefulset', '--expose', 'node-port')).toMatchObject({ code: 0 })
  const { code, stdout } = await eg('status', '-o', 'json')
  expect({ code, ...JSON.parse(stdout) }).toMatchObject({ code: 0, healthy: true, operator: null })
  expect(await eg('cleanup', '--yes')).toMatchObject({ code: 0 })
  expect(await eg('cleanup', '--yes', '--delete-data')).toMatchObject({ code: 0 })
  expect((await simulator.api('GET', '/api/v1/namespaces/default/configmaps/eg-setup')).status).toBe(404)
})
