import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Bed, openBed } from '../bed/bed.ts'
import { run } from '../bed/command.ts'
import { createNamespace, deleteNamespace, until } from '../bed/objects.ts'

const NAMESPACE = 'egs'
const SERVICE = `/api/v1/namespaces/${NAMESPACE}/services/eg-event-gateway`
const UNDO = `eg-setup -n ${NAMESPACE} --force-conflicts`

let bed: Bed
const eg = (...args: string[]) => run([...args, '-n', NAMESPACE], { env: { KUBECONFIG: bed.kubeconfig } })
/** As `kubectl edit` does it. */
const edit = (spec: object) =>
  bed.api('PATCH', `${SERVICE}?fieldManager=kubectl-edit`, { spec }, 'application/merge-patch+json')

beforeAll(async () => {
  bed = await openBed()
  await createNamespace(bed, NAMESPACE)
  const outcome = await eg('--yes', '--etcd', 'statefulset', '--expose', 'node-port', '--set', 'replicaCount=1')
  expect(outcome).toMatchObject({ code: 0 })
})
afterAll(async () => {
  await eg('cleanup', '--yes', '--delete-data')
  await deleteNamespace(bed, NAMESPACE)
  await bed.close()
})

describe.each([
  ['selector', 'kubectl-edit changed .spec.selector to app=other'],
  ['targetPort', 'kubectl-edit changed .spec.ports[events].targetPort to 4999'],
])('when somebody has changed the %s of the Service', (what, says) => {
  test('status, verify and setup name the change, who made it and what undoes it; setup does not wait', async () => {
    const { spec } = (await bed.api('GET', SERVICE)).body
    const selector = { app: 'other', ...Object.fromEntries(Object.keys(spec.selector).map(key => [key, null])) }
    const ports = spec.ports.map((port: { name: string }) =>
      port.name === 'events' ? { ...port, targetPort: 4999 } : port,
    )
    expect((await edit(what === 'selector' ? { selector } : { ports })).status).toBe(200)
    const problems = await until(async () => {
      const found = JSON.parse((await eg('status', '-o', 'json')).stdout).problems
      return found.length > 0 ? found : undefined
    }, 'a problem')
    expect(problems).toMatchObject([
      { about: 'address', reason: expect.stringContaining(says), fix: expect.stringContaining(UNDO) },
    ])
    const verified = await eg('verify', '-o', 'json')
    expect(JSON.parse(verified.stdout)).toMatchObject({ reason: 'service-changed', fix: expect.stringContaining(UNDO) })
    expect(verified.stdout).toContain(says)

    const began = Date.now()
    const again = await eg('--yes')
    expect(again).toMatchObject({ code: 1, stdout: '' })
    expect(again.stderr.match(/^✖ .*/gm)?.at(-1)).toContain(says)
    expect(again.stderr).toContain(UNDO)
    expect(Date.now() - began).toBeLessThan(30_000)

    const undone = await eg('--yes', '--force-conflicts')
    expect(undone, undone.stderr).toMatchObject({ code: 0 })
    expect(await eg('verify')).toMatchObject({ code: 0 })
  })
})

test('a change after which the Service still leads to the gateway is no trouble', async () => {
  const { spec } = (await bed.api('GET', SERVICE)).body
  const numbers: Readonly<Record<string, number>> = { config: 4001, events: 4000 }
  const ports = spec.ports.map((port: { name: string }) => ({ ...port, targetPort: numbers[port.name] }))
  expect((await edit({ ports })).status).toBe(200)
  expect(await eg('--yes')).toMatchObject({ code: 0, stderr: expect.stringContaining('kubectl-edit') })
  expect(await eg('status')).toMatchObject({ code: 0 })
})
