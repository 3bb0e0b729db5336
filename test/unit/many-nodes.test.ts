import { expect, onTestFinished, test } from 'vitest'
import { run } from '../bed/command.ts'
import { openSimulatorBed } from '../bed/simulator.ts'

test('of a cluster with many nodes, none of which answers, a few reasons are told, without a word from Node', async () => {
  const nodes = Array.from({ length: 15 }, (_, index) => ({
    name: `node-${index}`,
    addresses: [{ type: 'InternalIP' as const, address: `127.8.0.${index + 1}` }],
  }))
  const bed = await openSimulatorBed({ nodes })
  onTestFinished(() => bed.close())
  const env = { KUBECONFIG: bed.kubeconfig }
  const few = ['--set', 'replicaCount=1,etcd.size=1']
  expect(await run(['--yes', '--expose', 'node-port', ...few], { env })).toMatchObject({ code: 0 })
  const deployment = '/apis/apps/v1/namespaces/default/deployments/eg-event-gateway'
  await bed.api('PATCH', deployment, { spec: { replicas: 0 } }, 'application/merge-patch+json')
  const refused = String.raw`127\.8\.0\.\d+:\d+: connection refused; `
  await expect
    .poll(() => run(['env', '--timeout', '1s'], { env }), { timeout: 20_000 })
    .toMatchObject({
      code: 1,
      stdout: '',
      stderr: expect.stringMatching(
        new RegExp(
          `^✖ {2}The Event Gateway in namespace default is not reachable .*: (${refused}){3}and others\\.\n {3}\\S.*\n( {5}.*\n)*$`,
        ),
      ),
    })
})

test('of a cluster whose 25th node has a public address, setup asks who can access the gateway', async () => {
  const nodes = Array.from({ length: 25 }, (_, index) => ({
    name: `node-${index + 10}`,
    addresses: [{ type: 'InternalIP' as const, address: `127.8.0.${index + 1}` }],
  }))
  const bed = await openSimulatorBed({ nodes })
  onTestFinished(() => bed.close())
  const addresses = [{ type: 'ExternalIP', address: '203.0.113.9' }]
  await bed.api('PATCH', '/api/v1/nodes/node-34/status', { status: { addresses } }, 'application/merge-patch+json')
  const env = { KUBECONFIG: bed.kubeconfig }
  expect(await run(['--yes', '--expose', 'node-port'], { env })).toMatchObject({
    code: 2,
    stdout: '',
    stderr: expect.stringContaining(
      'Its addresses are treated as public: node node-34 has the public address 203.0.113.9.',
    ),
  })
})
