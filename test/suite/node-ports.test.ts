import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Bed, openBed } from '../bed/bed.ts'
import { run } from '../bed/command.ts'
import { createNamespace, deleteNamespace, names, ours } from '../bed/objects.ts'

const NAMESPACE = 'eg-ports'
const THEIRS = 'eg-ports-theirs'
const SERVICE = `/api/v1/namespaces/${NAMESPACE}/services/eg-event-gateway`
const SERVICES = `/api/v1/namespaces/${THEIRS}/services`
let bed: Bed
const eg = (...args: string[]) => run([...args, '-n', NAMESPACE], { env: { KUBECONFIG: bed.kubeconfig } })
const setup = ['--yes', '--expose', 'node-port', '--set', 'replicaCount=1']
const portsOf = async (path: string): Promise<number[]> =>
  (await bed.api('GET', path)).body.spec.ports.map(({ nodePort }: { nodePort: number }) => nodePort)

/** A Service of somebody else's with this node port, or one that the cluster chooses. */
async function createService(name: string, nodePort?: number): Promise<void> {
  const spec = { type: 'NodePort', ports: [{ port: 80, ...(nodePort && { nodePort }) }] }
  const body = { apiVersion: 'v1', kind: 'Service', metadata: { name }, spec }
  expect((await bed.api('POST', SERVICES, body)).status).toBe(201)
}

beforeAll(async () => {
  bed = await openBed()
  await createNamespace(bed, THEIRS)
  await createService('web')
})
afterAll(async () => {
  await eg('cleanup', '--yes', '--delete-data')
  await deleteNamespace(bed, THEIRS)
  await bed.close()
})

test('a node port that was asked for and is in use is a failure that names its owner, and nothing is written', async () => {
  const [taken] = await portsOf(`${SERVICES}/web`)
  const asked = ['--expose', 'node-port', '--set', `service.config.nodePort=${taken}`]
  const owner = `Node port ${taken} is in use by Service ${THEIRS}/web.`
  const { code, stdout, stderr } = await eg('--yes', ...asked)
  expect({ code, stdout, stderr }).toMatchObject({ code: 3, stdout: '', stderr: expect.stringContaining(owner) })
  expect(stderr).toContain('Set service.config.nodePort to a free port, or to 0')
  expect(names(await ours(bed))).toEqual([])
  const check = await eg('check', '-o', 'json', ...asked)
  expect(check.code).toBe(3)
  expect(JSON.parse(check.stdout)).toContainEqual(
    expect.objectContaining({ id: 'node-ports', status: 'fatal', message: owner }),
  )
})

test('a former node port that another Service uses now is given up, and the reason is reported', async () => {
  expect(await eg(...setup)).toMatchObject({ code: 0 })
  const [config, events] = await portsOf(SERVICE)
  await bed.api('DELETE', SERVICE)
  await createService('faster', config)
  const given = `node port ${config} is now used by something else, so the cluster allocates another port.`
  const dryRun = await eg('--dry-run', '--expose', 'node-port')
  expect(dryRun).toMatchObject({ code: 0, stdout: expect.stringContaining(given) })
  const { code, stderr } = await eg(...setup)
  expect({ code, stderr }).toMatchObject({ code: 0, stderr: expect.stringContaining(given) })
  expect(stderr).not.toContain('--force-conflicts')
  const after = await portsOf(SERVICE)
  expect(after).not.toContain(config)
  expect(after).toContain(events)
})

test('a node port that was asked for once is not given up by a later run', async () => {
  const [free] = await portsOf(`${SERVICES}/web`)
  await bed.api('DELETE', `${SERVICES}/web`)
  expect(await eg(...setup, '--set', `service.config.nodePort=${free}`)).toMatchObject({ code: 0 })
  await bed.api('DELETE', SERVICE)
  await createService('web', free)
  const { code, stderr } = await eg(...setup)
  expect({ code, stderr }).toMatchObject({
    code: 3,
    stderr: expect.stringContaining(`Node port ${free} is in use by Service ${THEIRS}/web.`),
  })
})
