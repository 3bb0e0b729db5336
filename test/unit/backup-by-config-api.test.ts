import { expect, onTestFinished, test } from 'vitest'
import { run } from '../bed/command.ts'
import { registerEverything } from '../bed/registrations.ts'
import { openSimulatorBed } from '../bed/simulator.ts'

test('where etcd cannot be read, the spaces named are read through the config API, to the same bytes', async () => {
  let isHidden = false
  // Without its Service, etcd may as well be outside of the cluster.
  const bed = await openSimulatorBed({ forbidden: ({ resource }) => isHidden && resource === 'services' })
  onTestFinished(() => bed.close())
  const eg = (...args: string[]) => run(args, { env: { KUBECONFIG: bed.kubeconfig } })
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
