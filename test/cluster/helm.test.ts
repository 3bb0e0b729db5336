import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Bed, openBed } from '../bed/bed.ts'
import { run, start } from '../bed/command.ts'
import { HELMS, pathWith } from '../bed/helms.ts'
import { createNamespace, deleteNamespace, identities, names, ours, until, volumes } from '../bed/objects.ts'

const NAMESPACE = 'egh'
const SERVICE = `/api/v1/namespaces/${NAMESPACE}/services/eg-event-gateway`
const DEPLOYMENT = `/apis/apps/v1/namespaces/${NAMESPACE}/deployments/eg-event-gateway`
const SETUP = ['--yes', '--engine', 'helm', '--expose', 'node-port', '--set', 'replicaCount=1']
const OURS = 'app.kubernetes.io/part-of=event-gateway'
/** So slow with its requests that it is still at work when somebody looks. */
const SLOW = { HELM_QPS: '1', HELM_BURST_LIMIT: '1' }

let bed: Bed
beforeAll(async () => {
  bed = await openBed()
})
afterAll(() => bed.close())

describe.each(HELMS)('the engine helm with %s', program => {
  let path: Awaited<ReturnType<typeof pathWith>>
  const environment = () => ({ KUBECONFIG: bed.kubeconfig, PATH: path.PATH })
  const eg = (...args: string[]) => run([...args, '-n', NAMESPACE], { env: environment() })
  const helm = async (...args: string[]) =>
    (await promisify(execFile)('helm', args, { env: { ...process.env, ...environment() } })).stdout
  const releases = async () => {
    const states = ['--deployed', '--failed', '--pending', '--uninstalling']
    const listed: { name: string; status: string; revision: string }[] = JSON.parse(
      await helm('list', '-A', ...states, '-o', 'json'),
    )
    return Object.fromEntries(listed.map(({ name, status }) => [name, status]))
  }
  const deployed = { ego: 'deployed', eg: 'deployed' }

  beforeAll(async () => {
    path = await pathWith(program)
  })
  afterAll(async () => {
    await eg('cleanup', '--yes', '--delete-data')
    await path.remove()
  })

  /** Starts eg-setup and waits until its helm has noted down that it is at work. */
  async function startTo(status: string, revision: number, args: readonly string[]) {
    const running = start([...args, '-n', NAMESPACE], { env: { ...environment(), ...SLOW }, group: true })
    const secret = `/api/v1/namespaces/${NAMESPACE}/secrets/sh.helm.release.v1.eg.v${revision}`
    await until(
      async () => {
        const { body } = await bed.api('GET', secret)
        return body.metadata?.labels?.['status'] === status ? true : undefined
      },
      `${status} of eg`,
      60_000,
    )
    return running
  }
  const lastRevision = async () => Number(JSON.parse(await helm('status', 'eg', '-n', NAMESPACE, '-o', 'json')).version)

  /** Kills eg-setup and its helm at that moment. */
  async function killAt(status: string, revision: number, args: readonly string[]): Promise<void> {
    const running = await startTo(status, revision, args)
    process.kill(-running.child.pid!, 'SIGKILL')
    await running.ended
    expect(await releases()).toMatchObject({ eg: status })
  }

  test('killed while helm installs, the next run completes the installation', async () => {
    await killAt('pending-install', 1, SETUP)
    const { code, stderr } = await eg(...SETUP)
    expect({ code, stderr }).toMatchObject({ code: 0 })
    expect(stderr).toContain('left the release eg pending-install')
    expect(await releases()).toEqual(deployed)
  })

  test('helm test passes', async () => {
    expect(await helm('test', 'eg', '-n', NAMESPACE)).toMatch(/Phase:\s+Succeeded/)
  })

  test('the next run needs no --engine and changes no object', async () => {
    const before = identities(await ours(bed, OURS))
    const dry = await eg('--yes', '--dry-run')
    expect(dry).toMatchObject({ code: 0, stdout: expect.not.stringMatching(/^ +(create|update|remove) |left:/m) })
    expect(await eg('--yes')).toMatchObject({ code: 0 })
    expect(identities(await ours(bed, OURS))).toEqual(before)
  })

  test("--set upgrades, and the guide's annotations end on the Service", async () => {
    const values =
      'service:\n  annotations:\n    - "service.beta.kubernetes.io/aws-load-balancer-internal: 0.0.0.0/0"\n    - "foo: bar"\n'
    const options = { env: environment(), input: values }
    const outcome = await run(['--yes', '--set', 'replicaCount=2', '-f', '-', '-n', NAMESPACE], options)
    expect(outcome).toMatchObject({ code: 0 })
    expect((await bed.api('GET', DEPLOYMENT)).body.spec.replicas).toBe(2)
    expect((await bed.api('GET', SERVICE)).body.metadata.annotations).toMatchObject({
      'service.beta.kubernetes.io/aws-load-balancer-internal': '0.0.0.0/0',
      foo: 'bar',
    })
    expect(await releases()).toEqual(deployed)
  })

  test('killed while helm upgrades, the next run completes the upgrade', async () => {
    await killAt('pending-upgrade', (await lastRevision()) + 1, [
      '--yes',
      '--set',
      'replicaCount=1',
      '--private-config',
    ])
    expect(await eg('--yes')).toMatchObject({ code: 0 })
    expect(await releases()).toEqual(deployed)
    // What was public does not stay so.
    const { ports } = (await bed.api('GET', SERVICE)).body.spec
    expect(ports.map((port: { name: string }) => port.name)).toEqual(['events'])
    expect(await eg('--yes', '--set', 'privateConfig=false')).toMatchObject({ code: 0 })
    expect(names(await ours(bed, OURS)).filter(name => name.includes('-config'))).toEqual([])
  })

  test('ended by SIGTERM while helm upgrades, the next run continues', async () => {
    const running = await startTo('pending-upgrade', (await lastRevision()) + 1, ['--yes', '--set', 'replicaCount=2'])
    running.child.kill('SIGTERM')
    expect(await running.ended).toMatchObject({ code: 143, stdout: '' })
    expect(await eg('--yes', '--set', 'replicaCount=1')).toMatchObject({ code: 0 })
    expect(await releases()).toEqual(deployed)
    expect((await bed.api('GET', DEPLOYMENT)).body.spec.replicas).toBe(1)
  })

  test('another engine later', async () => {
    const before = identities(await ours(bed, OURS))
    const { code, stdout, stderr } = await eg('--yes', '--engine', 'builtin')
    expect({ code, stdout }).toEqual({ code: 3, stdout: '' })
    expect(stderr).toContain(`eg-setup cleanup -n ${NAMESPACE}`)
    expect(identities(await ours(bed, OURS))).toEqual(before)
  })

  test('without a helm on the PATH it says how to get one and changes nothing', async () => {
    const before = identities(await ours(bed, OURS))
    for (const args of [['--yes'], ['cleanup', '--yes']]) {
      const outcome = await run([...args, '-n', NAMESPACE], { env: { KUBECONFIG: bed.kubeconfig, PATH: '/nowhere' } })
      expect(outcome).toMatchObject({ code: 3, stdout: '', stderr: expect.stringContaining('https://helm.sh') })
    }
    expect(identities(await ours(bed, OURS))).toEqual(before)
  })

  test('cleanup leaves no release and no object', async () => {
    expect((await eg('cleanup', '--dry-run')).stdout).toMatch(/^ {2}remove {2}helm release eg$/m)
    expect(await eg('cleanup', '--yes', '--delete-data')).toMatchObject({ code: 0 })
    expect(await releases()).toEqual({})
    expect(names(await ours(bed, OURS))).toEqual([])
    expect(await volumes(bed, NAMESPACE)).toEqual([])
  })

  test('releases installed from the charts by hand are adopted, and removed with the rest', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'eg-charts-'))
    try {
      expect(await run(['render', '--chart', folder])).toMatchObject({ code: 0 })
      const into = ['--create-namespace', '-n']
      await helm('install', 'ego', join(folder, 'etcd-operator'), ...into, 'etcd-operator-system')
      const values = ['--set', 'replicaCount=1,service.type=NodePort']
      await helm('install', 'eg', join(folder, 'event-gateway'), ...into, NAMESPACE, ...values)
    } finally {
      await rm(folder, { recursive: true, force: true })
    }
    expect(await eg('--yes', '--engine', 'builtin')).toMatchObject({ code: 3, stdout: '' })
    expect(await eg('--yes')).toMatchObject({ code: 0 })
    expect((await bed.api('GET', DEPLOYMENT)).body.spec.replicas).toBe(1)
    expect(await releases()).toEqual(deployed)
    expect(await eg('cleanup', '--yes', '--delete-data')).toMatchObject({ code: 0 })
    expect(await releases()).toEqual({})
    expect(names(await ours(bed, OURS))).toEqual([])
    for (const namespace of [NAMESPACE, 'etcd-operator-system']) await deleteNamespace(bed, namespace)
  })
})

test('kubectl takes what render prints, custom resources after their definition', async () => {
  const { stdout } = await run(['render', '-n', NAMESPACE, '--private-config'])
  const kubectl = async (input: string, ...args: string[]) => {
    const child = promisify(execFile)('kubectl', args, { env: { ...process.env, KUBECONFIG: bed.kubeconfig } })
    child.child.stdin!.end(input)
    return (await child).stdout
  }
  const definition = stdout.split('---\n').find(text => text.includes('\nkind: CustomResourceDefinition\n'))!
  try {
    // A dry run creates neither the namespaces nor the definition that the rest needs.
    for (const namespace of [NAMESPACE, 'etcd-operator-system']) await createNamespace(bed, namespace)
    await kubectl(definition, 'apply', '--server-side', '-f', '-')
    await kubectl('', 'wait', '--for=condition=Established', 'crd/etcdclusters.operator.etcd.io')
    const answer = await kubectl(stdout, 'apply', '--server-side', '--dry-run=server', '-f', '-')
    expect(answer.trim().split('\n')).toHaveLength(stdout.match(/^---$/gm)!.length)
  } finally {
    await bed.api('DELETE', '/apis/apiextensions.k8s.io/v1/customresourcedefinitions/etcdclusters.operator.etcd.io')
    for (const namespace of [NAMESPACE, 'etcd-operator-system']) await deleteNamespace(bed, namespace)
  }
})
