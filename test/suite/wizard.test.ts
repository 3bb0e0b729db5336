import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { type Bed, openBed } from '../bed/bed.ts'
import { run } from '../bed/command.ts'
import { createNamespace, deleteNamespace, names, ours } from '../bed/objects.ts'
import { openTerminal } from '../bed/terminal.ts'
import { accept, chooseNamespace, EXPORTS } from '../bed/wizard.ts'

const NAMESPACE = 'egw'

let bed: Bed
/** What other runs have left on a shared cluster. */
let before: string[]
const eg = (...args: string[]) => run([...args, '-n', NAMESPACE], { env: { KUBECONFIG: bed.kubeconfig } })
const wizard = (columns = 80, args: readonly string[] = [], env = {}) =>
  openTerminal(args, { columns, env: { KUBECONFIG: bed.kubeconfig, ...env } })
const installed = async () => names(await ours(bed))
const replicas = async () =>
  (await bed.api('GET', `/apis/apps/v1/namespaces/${NAMESPACE}/deployments/eg-event-gateway`)).body.spec?.replicas

beforeAll(async () => {
  bed = await openBed()
  before = await installed()
})
afterEach(() => eg('cleanup', '--yes', '--delete-data'))
afterAll(() => bed.close())

test('No at the confirmation ends with 130 and nothing written', async () => {
  const terminal = wizard()
  await accept(terminal, 'Namespace', 'How should clients reach')
  await terminal.shows('Install into')
  terminal.press('right', 'enter')
  expect(await terminal.ended).toMatchObject({ code: 130, stdout: '', restored: true })
  expect(await installed()).toEqual(before)
})

test('Ctrl-C during the installation ends with 130, a restored terminal and the commands to resume', async () => {
  const terminal = wizard()
  await chooseNamespace(terminal, NAMESPACE)
  await accept(terminal, 'How should clients reach', 'Install into')
  await terminal.shows('etcd operator')
  terminal.press('ctrlC')
  expect(await terminal.ended).toMatchObject({ code: 130, stdout: '', restored: true })
  expect(terminal.screen()).toMatch(
    RegExp(`^│  Remove it:?\\s+(│\\s+)?eg-setup cleanup --context \\S+ --namespace ${NAMESPACE}$`, 'm'),
  )
})

test('the plan says what, where, how many and who, before anything is written', async () => {
  const terminal = wizard()
  await chooseNamespace(terminal, NAMESPACE)
  await accept(terminal, 'How should clients reach')
  await terminal.shows('Install into')
  for (const line of [
    /^│ {2}Install +Event Gateway 0\.9\.0, 3 replicas +│$/m,
    /^│ +etcd v3\.6\.14, 1 member, 1Gi volume +│$/m,
    RegExp(`^│  Into +namespace ${NAMESPACE} .*of context `, 'm'),
    /^│ {2}Access +node port, anyone who can reach a node +│$/m,
    /^▲ {2}Anyone who can reach the gateway can read the stored credentials/m,
  ])
    expect(terminal.screen()).toMatch(line)
  expect(await installed()).toEqual(before)
  terminal.press('ctrlC')
  await terminal.ended
})

test('a problem of the cluster is shown, and the previous question is asked again', async () => {
  const services = `/api/v1/namespaces/${NAMESPACE}/services`
  const service = { apiVersion: 'v1', kind: 'Service', metadata: { name: 'eg-event-gateway' } }
  await createNamespace(bed, NAMESPACE)
  try {
    await bed.api('POST', services, { ...service, spec: { ports: [{ port: 80 }] } })
    const terminal = wizard()
    await chooseNamespace(terminal, NAMESPACE)
    await accept(terminal, 'How should clients reach')
    await terminal.shows('▲  ')
    await terminal.shows(/doesn't belong to eg-setup:[\s│]+service\/eg-event-gateway/)
    await terminal.shows('How should clients reach')
    terminal.press('escape')
    await terminal.shows('Namespace')
    terminal.press('escape')
    expect(await terminal.ended).toMatchObject({ code: 130, stdout: '', restored: true })
    expect((await bed.api('GET', `${services}/eg-event-gateway`)).body.spec?.ports).toHaveLength(1)
  } finally {
    await deleteNamespace(bed, NAMESPACE)
  }
})

test('the wizard sees a problem that is fixed while it asks', async () => {
  const classes = '/apis/storage.k8s.io/v1/storageclasses'
  const isDefault = 'storageclass.kubernetes.io/is-default-class'
  const defaults = ((await bed.api('GET', classes)).body.items ?? []).filter(
    ({ metadata }) => metadata.annotations?.[isDefault] === 'true',
  )
  const mark = async (value: string) => {
    for (const { metadata } of defaults) {
      const body = { metadata: { annotations: { [isDefault]: value } } }
      await bed.api('PATCH', `${classes}/${metadata.name}`, body, 'application/merge-patch+json')
    }
  }
  await mark('false')
  try {
    const terminal = wizard()
    await chooseNamespace(terminal, NAMESPACE)
    await accept(terminal, 'How should clients reach')
    await terminal.shows('has no default StorageClass')
    await terminal.shows('How should clients reach')
    await mark('true')
    terminal.press('enter')
    await terminal.shows('Install into')
    terminal.press('ctrlC')
    expect(await terminal.ended).toMatchObject({ code: 130, restored: true })
  } finally {
    await mark('true')
  }
})

describe('over an installation', () => {
  test('a question that a flag answers is not asked, and the command on the last screen does the same', async () => {
    const terminal = wizard(80, ['--expose', 'node-port', '--set', 'replicaCount=1'])
    await chooseNamespace(terminal, NAMESPACE)
    await accept(terminal, 'Install into')
    const { stdout } = await terminal.ended
    expect(terminal.screen()).not.toContain('How should clients reach')
    const line = /^│ {2}(?:Without prompts +)?eg-setup (--yes .*)$/m.exec(terminal.screen())?.[1] ?? ''
    expect(line).toContain(`--namespace ${NAMESPACE} --expose node-port --set replicaCount=1`)
    // A shell takes it apart again.
    const words = await promisify(execFile)('sh', ['-c', `printf '%s\\n' ${line}`])
    const again = await run(words.stdout.trim().split('\n'), { env: { KUBECONFIG: bed.kubeconfig } })
    expect(again).toMatchObject({ code: 0, stdout })
  })

  test('Change goes through the answers again, which begin with the last ones', async () => {
    expect(await eg('--yes', '--set', 'replicaCount=1')).toMatchObject({ code: 0 })
    const terminal = wizard()
    await terminal.shows('Already installed in namespace egw')
    await terminal.shows(`${NAMESPACE}█`)
    terminal.press('enter')
    await terminal.shows('What next?')
    terminal.press('down', 'enter')
    await accept(terminal, 'How should clients reach')
    await terminal.shows('How many gateway replicas')
    await terminal.shows('1█')
    terminal.press('backspace')
    terminal.type('2')
    await accept(terminal, '2█', `Change the installation in namespace ${NAMESPACE}`)
    expect(await terminal.ended).toMatchObject({ code: 0, stdout: expect.stringMatching(EXPORTS) })
    expect(await replicas()).toBe(2)
    expect(terminal.screen()).toContain('--set replicaCount=2')
  })

  test('Repair asks for the confirmation only and recreates deleted objects', async () => {
    expect(await eg('--yes', '--set', 'replicaCount=1')).toMatchObject({ code: 0 })
    const service = `/api/v1/namespaces/${NAMESPACE}/services/eg-event-gateway`
    await bed.api('DELETE', service)
    const terminal = wizard()
    await accept(terminal, 'Namespace', 'What next?', `Change the installation in namespace ${NAMESPACE}`)
    expect(await terminal.ended).toMatchObject({ code: 0, stdout: expect.stringMatching(EXPORTS) })
    expect((await bed.api('GET', service)).status).toBe(200)
    expect(await replicas()).toBe(1)
  })

  test('Remove with its data leaves nothing, once the list of what goes is confirmed', async () => {
    expect(await eg('--yes')).toMatchObject({ code: 0 })
    const terminal = wizard()
    await accept(terminal, 'Namespace')
    await terminal.shows('What next?')
    terminal.press('up', 'enter')
    await terminal.shows('This deletes 1 volume with 0 registrations.')
    await terminal.shows('Remove these')
    await terminal.shows('○ Yes / ● No')
    terminal.press('right', 'enter')
    expect(await terminal.ended).toMatchObject({ code: 0, stdout: '', restored: true })
    expect(await installed()).toEqual(before)
  })
})

test('a plan for another namespace does not count the shared operator as its own', async () => {
  expect(await eg('--yes', '--set', 'replicaCount=1')).toMatchObject({ code: 0 })
  const terminal = wizard(80, ['-n', `${NAMESPACE}2`])
  await accept(terminal, 'How should clients reach')
  await terminal.shows('Install into')
  expect(terminal.screen()).not.toContain('existing object')
  terminal.press('ctrlC')
  expect(await terminal.ended).toMatchObject({ code: 130, stdout: '', restored: true })
})

describe('over data that a cleanup kept', () => {
  const volume = `/api/v1/namespaces/${NAMESPACE}/persistentvolumeclaims/etcd-data-eg-etcd-cluster-0`
  const uid = async () => (await bed.api('GET', volume)).body.metadata.uid

  test.each([
    ['Use the data', [], true],
    ['Delete the data', ['down'], false],
  ] as const)('%s installs again', async (choice, keys, isKept) => {
    expect(await eg('--yes')).toMatchObject({ code: 0 })
    expect(await eg('cleanup', '--yes')).toMatchObject({ code: 0 })
    const kept = await uid()
    const terminal = wizard()
    await chooseNamespace(terminal, NAMESPACE)
    await terminal.shows('Data of an earlier installation was found')
    terminal.press(...keys)
    await terminal.shows(`● ${choice}`)
    terminal.press('enter')
    if (!isKept) {
      await terminal.shows("This deletes 1 volume with all registrations, which can't be counted")
      await terminal.shows('○ Yes / ● No')
      terminal.press('right', 'enter')
    }
    await accept(terminal, 'How should clients reach', 'Install into')
    expect(await terminal.ended).toMatchObject({ code: 0, stdout: expect.stringMatching(EXPORTS), restored: true })
    expect((await uid()) === kept).toBe(isKept)
  })

  test('Cancel changes nothing', async () => {
    expect(await eg('--yes')).toMatchObject({ code: 0 })
    expect(await eg('cleanup', '--yes')).toMatchObject({ code: 0 })
    const kept = await uid()
    const terminal = wizard()
    await chooseNamespace(terminal, NAMESPACE)
    await terminal.shows('Data of an earlier installation was found')
    terminal.press('up', 'enter')
    expect(await terminal.ended).toMatchObject({ code: 130, stdout: '', restored: true })
    expect(await uid()).toBe(kept)
  })
})

test("where the operator can't be used the wizard offers an etcd that can", async () => {
  const labels = { 'pod-security.kubernetes.io/enforce': 'restricted' }
  await bed.api('POST', '/api/v1/namespaces', {
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name: NAMESPACE, labels },
  })
  const terminal = wizard()
  await chooseNamespace(terminal, NAMESPACE)
  await accept(terminal, 'How should clients reach', 'Which etcd?', 'Install into')
  expect(await terminal.ended).toMatchObject({ code: 0, stdout: expect.stringMatching(EXPORTS) })
  const set = `/apis/apps/v1/namespaces/${NAMESPACE}/statefulsets/eg-etcd-cluster`
  expect((await bed.api('GET', set)).body.metadata.labels).toMatchObject({ 'app.kubernetes.io/managed-by': 'eg-setup' })
  await eg('cleanup', '--yes', '--delete-data')
  await deleteNamespace(bed, NAMESPACE)
})
