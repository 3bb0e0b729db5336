import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Bed, openBed } from '../bed/bed.ts'
import { type Outcome, run, start } from '../bed/command.ts'
import { createNamespace, deleteNamespace, until } from '../bed/objects.ts'

const NAMESPACE = 'egr'
const QUOTA = `/api/v1/namespaces/${NAMESPACE}/resourcequotas`
const DEPLOYMENT = `/apis/apps/v1/namespaces/${NAMESPACE}/deployments/eg-event-gateway`
const NODES = '/api/v1/nodes'
const GOOD = 'images.tag=0.9.0,images.pullPolicy=IfNotPresent'

let bed: Bed
const options = () => ({ env: { KUBECONFIG: bed.kubeconfig } })
const args = (settings: string, timeout = '40s') => {
  return ['--yes', '-n', NAMESPACE, '--set', settings, '--timeout', timeout]
}
const setup = (settings: string) => run(args(settings), options())
const merge = (path: string, body: object) => bed.api('PATCH', path, body, 'application/merge-patch+json')
const cordon = async (unschedulable: boolean) => {
  for (const { metadata } of (await bed.api('GET', NODES)).body.items ?? [])
    await merge(`${NODES}/${metadata.name}`, { spec: { unschedulable } })
}
/** Lets no further pod in, or no further object of another kind. */
const limitPods = async (key = 'pods') => {
  const spec = { hard: { [key]: '1' } }
  await bed.api('POST', QUOTA, { apiVersion: 'v1', kind: 'ResourceQuota', metadata: { name: 'small' }, spec })
  const isCounted = async () =>
    (await bed.api('GET', `${QUOTA}/small`)).body['status']?.used?.[key] ? true : undefined
  await until(isCounted, 'the quota in force')
}
const allowPods = () => bed.api('DELETE', `${QUOTA}/small`)
/** The error alone, without what was told on the way to it. */
const errorOf = ({ stderr }: Outcome) => stderr.match(/^✖ {2}\S.*/gm)?.at(-1) ?? `no error:\n${stderr}`

beforeAll(async () => {
  bed = await openBed()
  await createNamespace(bed, NAMESPACE)
})
afterAll(async () => {
  await allowPods()
  await cordon(false)
  await run(['cleanup', '--yes', '--delete-data', '-n', NAMESPACE], options())
  await deleteNamespace(bed, NAMESPACE)
  await bed.close()
})

test('where pods from an earlier revision fail and a quota blocks the newest one, setup names the quota', async () => {
  const missing = 'images.tag=missing,images.pullPolicy=Never'
  const first = await setup(`${missing},etcd.mode=statefulset,expose=node-port`)
  expect(first.code).toBe(1)
  expect(errorOf(first)).toContain('ErrImageNeverPull')
  await limitPods()
  const second = await setup(GOOD)
  expect(second.code).toBe(1)
  expect(errorOf(second)).toMatch(/0 of 3 replicas updated, can't create pods: exceeded quota: small, .*pods=4/)
  expect(errorOf(second)).toContain('3 pods from earlier revisions still use capacity')
  expect(second.stderr).not.toContain('ErrImageNeverPull')
})

test('once the quota is gone and the new pods have a bad image, setup names the image', async () => {
  const running = start(args('images.tag=gone,images.pullPolicy=Never'), options())
  await running.says('exceeded quota')
  await allowPods()
  const outcome = await running.ended
  expect(outcome.code).toBe(1)
  expect(errorOf(outcome)).toContain('ErrImageNeverPull')
  expect(errorOf(outcome)).not.toContain('quota')
})

test('once the quota is gone and the new pods find no node, setup names the node', async () => {
  await limitPods()
  const running = start(args(GOOD, '20s'), options())
  await running.says('exceeded quota')
  await cordon(true)
  await allowPods()
  const outcome = await running.ended
  await cordon(false)
  expect(outcome.code).toBe(4)
  expect(errorOf(outcome)).toMatch(/can't be scheduled: .*unschedulable/)
  expect(errorOf(outcome)).not.toContain('quota')
  expect(await setup(GOOD)).toMatchObject({ code: 0 })
})

test('a quota that blocks the rollout of a gateway that is well is named, by status too', async () => {
  await limitPods()
  const outcome = await setup('resources.limits.memory=300Mi')
  expect(outcome.code).toBe(1)
  expect(errorOf(outcome)).toMatch(/of 3 replicas updated, can't create pods: exceeded quota: small/)
  const { stdout } = await run(['status', '-o', 'json', '-n', NAMESPACE], options())
  const reason = expect.stringContaining('exceeded quota: small')
  expect(JSON.parse(stdout).problems).toMatchObject([{ about: 'gateway', reason }])
  await allowPods()
  // Another revision does not wait until the blocked one is tried again.
  expect(await setup('resources.limits.memory=256Mi')).toMatchObject({ code: 0 })
})

test('a quota that lets no further ReplicaSet in is named, though the controller has not seen the generation', async () => {
  await limitPods('count/replicasets.apps')
  const outcome = await setup('resources.limits.memory=310Mi')
  await allowPods()
  expect(outcome.code).toBe(1)
  expect(errorOf(outcome)).toMatch(/can't create pods: exceeded quota: small, .*count\/replicasets\.apps=1/)
})

test('a paused rollout is reported at once, with the command that resumes it', async () => {
  await merge(DEPLOYMENT, { spec: { paused: true } })
  const outcome = await setup('resources.limits.memory=301Mi')
  await merge(DEPLOYMENT, { spec: { paused: null } })
  expect(outcome.code).toBe(1)
  expect(errorOf(outcome)).toContain('rollout paused')
  expect(outcome.stderr).toContain(`kubectl rollout resume deployment/eg-event-gateway -n ${NAMESPACE}`)
})
