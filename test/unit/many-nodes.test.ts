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
          `^error: The Event Gateway in namespace default does not answer .*: (${refused}){3}and so on\\.\nfix: .*\n$`,
        ),
      ),
    })
})
