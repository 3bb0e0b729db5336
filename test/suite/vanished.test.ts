import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { type Bed, openBed } from '../bed/bed.ts'
import { run, start } from '../bed/command.ts'
import { createNamespace, names, ours, until } from '../bed/objects.ts'

const NAMESPACE = 'eg-vanished'
const OPERATOR_NAMESPACE = 'etcd-operator-system'
const CRD = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions/etcdclusters.operator.etcd.io'
const GATEWAY = `/apis/apps/v1/namespaces/${NAMESPACE}/deployments/eg-event-gateway`
let bed: Bed
const options = () => ({ env: { KUBECONFIG: bed.kubeconfig } })
const setup = ['--yes', '--expose', 'node-port', '--set', 'replicaCount=1', '-n', NAMESPACE, '--timeout', '3m']
const cleanup = ['cleanup', '--yes', '--delete-data', '-n', NAMESPACE]
const isThere = async (path: string) => (await bed.api('GET', path)).status === 200

beforeAll(async () => {
  bed = await openBed()
})
afterEach(async () => {
  expect(await run(cleanup, options())).toMatchObject({ code: 0 })
  expect(names(await ours(bed))).toEqual([])
})
afterAll(() => bed.close())

test('an object deleted while setup waits is noticed within seconds and reapplied', async () => {
  const running = start(setup, options())
  await until(async () => ((await isThere(CRD)) ? true : undefined), 'the definition')
  await bed.api('DELETE', CRD)
  const { code, stderr } = await running.ended
  expect({ code, stderr }).toMatchObject({
    code: 0,
    stderr: expect.stringMatching(/ during this run\. Checking again/),
  })
})

test('setup gives up on an object that is deleted repeatedly, and names who may delete it', async () => {
  const running = start(setup, options())
  let isOver = false
  const deleting = (async () => {
    while (!isOver) {
      if (await isThere(GATEWAY)) await bed.api('DELETE', GATEWAY)
      await sleep(200)
    }
  })()
  const { code, stdout, stderr } = await running.ended
  isOver = true
  await deleting
  expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
  expect(stderr).toMatch(
    /✖ {2}deployment\.apps\/eg-event-gateway -n eg-vanished (was|is being) (deleted|replaced) during this run/,
  )
  expect(stderr).toContain('No other eg-setup run is active. Check Argo CD, Flux')
})

/** The operator's namespace as a deletion leaves it that waits for an object in it; gives the way to end it. */
async function leaveEnding(): Promise<() => Promise<unknown>> {
  await createNamespace(bed, OPERATOR_NAMESPACE)
  const path = `/api/v1/namespaces/${OPERATOR_NAMESPACE}/configmaps`
  const metadata = { name: 'held', finalizers: ['example.com/held'] }
  expect((await bed.api('POST', path, { apiVersion: 'v1', kind: 'ConfigMap', metadata })).status).toBe(201)
  await bed.api('DELETE', `/api/v1/namespaces/${OPERATOR_NAMESPACE}`)
  return () => bed.api('PATCH', `${path}/held`, { metadata: { finalizers: null } }, 'application/merge-patch+json')
}

test('setup waits for an operator namespace that is being deleted, within --timeout, and recreates it', async () => {
  const end = await leaveEnding()
  const late = await run([...setup.slice(0, -1), '3s'], options())
  expect(late).toMatchObject({ code: 4, stdout: '' })
  expect(late.stderr).toContain(`Namespace ${OPERATOR_NAMESPACE} is still being deleted`)
  const running = start(setup, options())
  await running.says(`Namespace ${OPERATOR_NAMESPACE} is being deleted. Waiting for it to finish`)
  await end()
  const { code, stderr } = await running.ended
  expect({ code, stderr }).toMatchObject({ code: 0 })
})
