import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { startSimulator } from '../../src/simulator/simulator.ts'
import { run } from '../bed/command.ts'
import { registerEverything } from '../bed/registrations.ts'

test('where etcd cannot be read, the spaces named are read through the config API, to the same bytes', async () => {
  let isHidden = false
  // Without its Service, etcd may as well be outside of the cluster.
  const simulator = await startSimulator({ forbidden: ({ resource }) => isHidden && resource === 'services' })
  const folder = await mkdtemp(join(tmpdir(), 'eg-spaces-'))
  onTestFinished(async () => {
    await simulator.stop()
    await rm(folder, { recursive: true })
  })
  const kubeconfig = join(folder, 'kubeconfig')
  await writeFile(kubeconfig, simulator.kubeconfig)
  const eg = (...args: string[]) => run(args, { env: { KUBECONFIG: kubeconfig } })
  const { stdout } = await eg('--yes', '--expose', 'node-port', '--set', 'replicaCount=1', '-o', 'json')
  const { EVENT_GATEWAY_URL: host, EVENT_GATEWAY_CONFIG_API_PORT: port } = JSON.parse(stdout)
  await registerEverything({ url: `http://${host}:${port}` }, ['abc', 'xyz'])
  const spaces = ['--space', 'abc', '--space', 'xyz', '--redact']
  const fromEtcd = await eg('backup', '-', ...spaces)
  expect(fromEtcd).toMatchObject({ code: 0 })
  isHidden = true
  const { code, stdout: read, stderr } = await eg('backup', '-', ...spaces)
  expect({ code, stderr }).toMatchObject({ code: 0, stderr: expect.stringContaining('Reading the config API instead') })
  expect(read).toBe(fromEtcd.stdout)
  expect(await eg('backup', '-')).toMatchObject({
    code: 3,
    stdout: '',
    stderr: expect.stringContaining('backup --space default'),
  })
})
