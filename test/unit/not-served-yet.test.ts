import { loadAll } from 'js-yaml'
import { expect, onTestFinished, test } from 'vitest'
import type { KubeObject } from '../../src/kube/object.ts'
import { run } from '../bed/command.ts'
import { openSimulatorBed } from '../bed/simulator.ts'

test('a definition that another run has just made, and that is not served yet, is no trouble', async () => {
  // Its time goes so slowly that the definition is not served before the test is over.
  const bed = await openSimulatorBed({ speed: 0.001 })
  onTestFinished(() => bed.close())
  const objects = loadAll((await run(['render', '--private-config'])).stdout) as KubeObject[]
  const definition = objects.find(({ kind }) => kind === 'CustomResourceDefinition')
  const { status } = await bed.api('POST', '/apis/apiextensions.k8s.io/v1/customresourcedefinitions', definition)
  expect(status).toBe(201)
  const { code, stdout } = await run(['setup', '--dry-run'], { env: { KUBECONFIG: bed.kubeconfig } })
  expect(stdout).toMatch(
    /^ +create +etcdcluster\S*\/eg-etcd-cluster\n +dry run skipped: the API server does not serve EtcdCluster yet$/m,
  )
  expect(code).toBe(0)
})
