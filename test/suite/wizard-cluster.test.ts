import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { dump, load } from 'js-yaml'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, onTestFinished, test } from 'vitest'
import type { Bed } from '../bed/bed.ts'
import { run } from '../bed/command.ts'
import { names, ours } from '../bed/objects.ts'
import { openSimulatorBed } from '../bed/simulator.ts'
import { openTerminal } from '../bed/terminal.ts'

const NAMESPACE = 'egx'
let bed: Bed
/** What other runs have left on a shared cluster. */
let before: string[]
let folder: string
const at = (name: string) => join(folder, name)

beforeAll(async () => {
  bed = await openSimulatorBed()
  before = names(await ours(bed))
})
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'eg-wizard-'))
})
afterEach(() => rmSync(folder, { recursive: true }))
afterAll(() => bed.close())

const cleanup = () =>
  run(['cleanup', '--yes', '--delete-data', '-n', NAMESPACE], { env: { KUBECONFIG: bed.kubeconfig } })

type Config = {
  clusters: { name: string; cluster: { server: string } }[]
  contexts: { name: string; context: { cluster: string; user: string } }[]
  'current-context': string
}

/** A kubeconfig with these contexts, all of them for the cluster of the bed, or for a server where nothing answers. */
function kubeconfig(name: string, contexts: readonly string[], current = '', server?: string): string {
  const config = load(readFileSync(bed.kubeconfig, 'utf8')) as Config
  const [{ context }] = config.contexts as [Config['contexts'][0]]
  config.contexts = contexts.map(each => ({ name: each, context }))
  config['current-context'] = current
  if (server) for (const { cluster } of config.clusters) cluster.server = server
  writeFileSync(at(name), dump(config))
  return at(name)
}

/** Stands for a program of that name on the PATH. */
function program(name: string, script: string): void {
  writeFileSync(at(name), `#!/bin/sh\n${script}\n`)
  chmodSync(at(name), 0o755)
}

const wizard = (KUBECONFIG: string, columns = 80, args: readonly string[] = ['-n', NAMESPACE]) =>
  openTerminal(args, { columns, env: { KUBECONFIG, PATH: `${folder}:/usr/bin:/bin` } })

describe.each([80, 40])('several contexts at %i columns', columns => {
  const CONTEXTS = ['arn:aws:eks:eu-west-1:1:cluster/live', 'prod-eu', 'staging', 'kind-dev']

  test('local ones are first, and Enter takes none that looks like production', async () => {
    const terminal = wizard(kubeconfig('config', CONTEXTS, 'prod-eu', 'https://192.0.2.1'), columns)
    await terminal.shows('Which cluster?')
    await terminal.shows('● kind-dev')
    await terminal.shows('○ staging')
    await terminal.shows('○ arn:aws')
    await terminal.shows('○ prod-eu')
    terminal.press('ctrlC')
    expect(await terminal.ended).toMatchObject({ code: 130, stdout: '', restored: true })
  })

  test('where all look like production, Enter ends it', async () => {
    const terminal = wizard(kubeconfig('config', CONTEXTS.slice(0, 2), 'prod-eu'), columns)
    await terminal.shows('● None of these')
    terminal.press('enter')
    expect(await terminal.ended).toMatchObject({ code: 130, stdout: '', restored: true })
  })

  test('the one that is chosen is named at the confirmation, which for production is No by default', async () => {
    const terminal = wizard(kubeconfig('config', CONTEXTS, 'staging'), columns)
    await terminal.shows('● staging')
    terminal.press('down', 'down', 'enter')
    await terminal.shows('context prod-eu,')
    await terminal.shows('How should clients reach')
    terminal.press('enter')
    await terminal.shows('prod-eu')
    await terminal.shows('○ Yes / ● No')
    terminal.press('escape')
    await terminal.shows('How should clients reach')
    terminal.press('escape')
    await terminal.shows('Which cluster?')
    await terminal.shows('● prod-eu')
    terminal.press('escape')
    expect(await terminal.ended).toMatchObject({ code: 130, stdout: '', restored: true })
    expect(names(await ours(bed))).toEqual(before)
  })
})

test('the confirmation of cleanup begins with No', async () => {
  onTestFinished(async () => void (await cleanup()))
  const config = kubeconfig('config', ['kind-dev'], 'kind-dev')
  expect(await run(['--yes', '-n', NAMESPACE], { env: { KUBECONFIG: config } })).toMatchObject({ code: 0 })
  const terminal = wizard(config, 80, ['cleanup', '-n', NAMESPACE])
  await terminal.shows('Remove these')
  await terminal.shows('○ Yes / ● No')
  terminal.press('ctrlC')
  expect(await terminal.ended).toMatchObject({ code: 130, stdout: '', restored: true })
})

test('among many contexts one is found by a part of its name', async () => {
  const many = Array.from({ length: 40 }, (_, index) => `cluster-${index}`)
  const terminal = wizard(kubeconfig('config', [...many, 'the-wanted-one'], 'cluster-3'), 40)
  await terminal.shows('● cluster-3')
  terminal.type('nothing')
  await terminal.shows('No matches found')
  terminal.press('enter')
  await terminal.shows('No match.')
  for (const _ of 'nothing') terminal.press('backspace')
  await terminal.shows('● cluster-3')
  terminal.type('wanted')
  await terminal.shows('● the-wanted-one')
  terminal.press('enter')
  await terminal.shows('context the-wanted-one,')
  terminal.press('ctrlC')
  expect(await terminal.ended).toMatchObject({ code: 130, stdout: '', restored: true })
})

test('--context is not asked for, and with --yes the current one is taken as kubectl does', async () => {
  const config = kubeconfig('config', ['a', 'prod'], 'prod')
  const terminal = wizard(config, 80, ['--context', 'a'])
  await terminal.shows('Namespace')
  expect(terminal.screen()).not.toContain('Which cluster?')
  terminal.press('ctrlC')
  await terminal.ended
  // It has applied something when it gives up.
  onTestFinished(async () => void (await cleanup()))
  const { stderr } = await run(['--yes', '-n', NAMESPACE, '--expose', 'load-balancer', '--timeout', '1ms'], {
    env: { KUBECONFIG: config },
  })
  expect(stderr).toContain('context prod, ')
})

describe('a context that does not answer', () => {
  const AFAR = 'https://127.0.0.1:1'

  test('leads back to the choice, when it is none of this machine', async () => {
    const config = load(readFileSync(kubeconfig('config', ['one', 'two'], 'one'), 'utf8')) as Config
    config.clusters.push({ name: 'afar', cluster: { server: 'https://gone.invalid' } })
    config.contexts[1]!.context = { ...config.contexts[1]!.context, cluster: 'afar' }
    writeFileSync(at('config'), dump(config))
    const terminal = wizard(at('config'))
    await terminal.shows('● one')
    terminal.press('down', 'enter')
    await terminal.shows('the API server https://gone.invalid')
    await terminal.shows('Which cluster?')
    terminal.press('up', 'enter')
    await terminal.shows('How should clients reach')
    terminal.press('ctrlC')
    expect(await terminal.ended).toMatchObject({ code: 130, stdout: '' })
  })

  test.each([
    ['minikube', 'minikube', 'minikube start -p minikube'],
    ['kind-dev', 'docker', 'docker start dev-control-plane'],
    ['k3d-dev', 'k3d', 'k3d cluster start dev'],
  ])('as %s is started again by its tool, when the person wants it', async (context, tool, command) => {
    program(
      tool,
      `echo "started: ${tool} $*"; echo "color: \${FORCE_COLOR-unset}"; cp "${kubeconfig('up', [context], context)}" "$KUBECONFIG"`,
    )
    const terminal = wizard(kubeconfig('config', [context], context, AFAR))
    await terminal.shows(`● Run ${command}`)
    terminal.press('enter')
    await terminal.shows(`started: ${command}`)
    // What clack is told about colors is not for other programs.
    await terminal.shows('color: unset')
    await terminal.shows(`context ${context},`)
    terminal.press('ctrlC')
    // What the tool says is talk, not our result.
    expect(await terminal.ended).toMatchObject({ code: 130, stdout: '' })
  })
})

describe('on minikube without an ingress controller', () => {
  const nodes = [{ name: 'minikube', labels: { 'minikube.k8s.io/name': 'other' } }]
  const COMMAND = 'minikube addons enable ingress -p other'
  const open = async () => {
    const minikube = await openSimulatorBed({ nodes })
    onTestFinished(() => minikube.close())
    return wizard(minikube.kubeconfig, 80, ['-n', NAMESPACE, '--expose', 'ingress'])
  }

  test('the addon is enabled by minikube', async () => {
    program('minikube', 'echo "called: minikube $*"')
    const terminal = await open()
    await terminal.shows(`● ${COMMAND}`)
    terminal.press('enter')
    await terminal.shows(`called: ${COMMAND}`)
    await terminal.shows('Install one?')
    terminal.press('ctrlC')
    expect(await terminal.ended).toMatchObject({ code: 130, stdout: '', restored: true })
  })

  test('the command is shown if minikube is not on the PATH', async () => {
    const terminal = await open()
    await terminal.shows('minikube is not on the PATH')
    await terminal.shows(RegExp(`^│? *${COMMAND}$`, 'm'))
    await terminal.shows('● Check again')
    terminal.press('escape')
    expect(await terminal.ended).toMatchObject({ code: 130, stdout: '', restored: true })
  })
})

test('a refused connection is tried again quietly, and named', async () => {
  const config = kubeconfig('config', ['far'], 'far', 'https://127.0.0.1:1')
  const { code, stderr } = await run(['status'], { env: { KUBECONFIG: config } })
  expect(code).toBe(3)
  expect(stderr).toContain('refused')
  expect(stderr).not.toMatch(/busy|Retrying/)
})

describe('without a kubeconfig', () => {
  afterEach(cleanup)

  test.each([80, 40])('at %i columns it starts a cluster with the installed tools and continues', async columns => {
    program('docker', 'exit 1')
    program('kind', `echo "kind $*"; cp "${kubeconfig('up', ['kind-kind'], 'kind-kind')}" "$KUBECONFIG"`)
    const terminal = wizard(at('none'), columns)
    await terminal.shows('No cluster is reachable. Start one?')
    await terminal.shows('Run kind create cluster')
    terminal.press('enter')
    await terminal.shows('kind create cluster')
    await terminal.shows('How should clients reach')
    terminal.press('enter')
    await terminal.shows('Install into')
    terminal.press('enter')
    expect(await terminal.ended).toMatchObject({ code: 0, stdout: expect.stringMatching(/^export EVENT_GATEWAY_URL=/) })
    expect(terminal.screen()).toContain(`eg-setup --yes --context kind-kind --namespace ${NAMESPACE}`)
  })

  test('a failed command is reported, and the choice is offered again', async () => {
    program('docker', 'exit 1')
    program('k3d', 'echo "no room" >&2; exit 3')
    const terminal = wizard(at('none'))
    await terminal.shows('● Run k3d cluster create')
    terminal.press('enter')
    await terminal.shows('no room')
    await terminal.shows('▲  k3d cluster create failed with exit code 3')
    await terminal.shows('● Run k3d cluster create')
    terminal.press('escape')
    expect(await terminal.ended).toMatchObject({ code: 130, stdout: '', restored: true })
  })

  test('it shows the steps, runs none of them, and checks again', async () => {
    const terminal = wizard(at('none'))
    await terminal.shows('Show how to set up')
    terminal.press('enter')
    await terminal.shows(/^│ {2}minikube start --driver=\w+$/m)
    kubeconfig('none', ['later'], 'later')
    await terminal.shows('● Check again')
    terminal.press('enter')
    await terminal.shows('context later,')
    terminal.press('ctrlC')
    expect(await terminal.ended).toMatchObject({ code: 130, stdout: '' })
  })

  test('Ctrl-C ends it with 130', async () => {
    const terminal = wizard(at('none'))
    await terminal.shows('No cluster is reachable. Start one?')
    terminal.press('ctrlC')
    expect(await terminal.ended).toMatchObject({ code: 130, stdout: '', restored: true })
  })

  test('and without a terminal it fails with the next steps', async () => {
    program('docker', 'exit 1')
    program('kind', 'exit 1')
    const env = { KUBECONFIG: at('none'), PATH: folder }
    const outcome = await run(['--yes'], { env })
    expect(outcome).toMatchObject({ code: 3, stdout: '' })
    expect(outcome.stderr).toMatch(/^✖ {2}No kubeconfig was found.*\n {3}Start a cluster:\n {5}kind create cluster\n/m)
  })
})

describe('on a cloud', () => {
  let cloud: Bed
  const open = (...args: string[]) => openTerminal(args, { env: { KUBECONFIG: cloud.kubeconfig } })
  beforeAll(async () => {
    cloud = await openSimulatorBed({ nodes: [{ name: 'gke-1', labels: { 'cloud.google.com/gke-nodepool': 'a' } }] })
  })
  afterAll(() => cloud.close())

  test('it asks who may reach the gateway, and the plan says it', async () => {
    const terminal = open('-n', NAMESPACE)
    await terminal.shows('● Load balancer')
    terminal.press('enter')
    await terminal.shows('Who can access the gateway?')
    await terminal.shows('● Public events API, private config API')
    terminal.press('down', 'enter')
    await terminal.shows('Which networks can access')
    terminal.press('enter')
    await terminal.shows('Enter at least one network.')
    terminal.type('192.0.2.0/33')
    terminal.press('enter')
    await terminal.shows('which is not a CIDR')
    terminal.press('backspace')
    terminal.type('2, 198.51.100.7')
    terminal.press('enter')
    await terminal.shows(/Access +load balancer, 192\.0\.2\.0\/32, 198\.51\.100\.7\/32/)
    await terminal.shows('Install into')
    terminal.press('escape')
    await terminal.shows('Which networks can access')
    terminal.press('escape')
    await terminal.shows('● Specific networks (CIDRs)')
    terminal.press('down', 'enter')
    await terminal.shows(/Access +load balancer, the provider's private network/)
    terminal.press('ctrlC')
    expect(await terminal.ended).toMatchObject({ code: 130, stdout: '', restored: true })
  })

  test('a flag that says who may reach it is not asked again', async () => {
    const terminal = open('-n', NAMESPACE, '--expose', 'load-balancer', '--private-config')
    await terminal.shows('Install into')
    expect(terminal.screen()).not.toContain('Who can access the gateway?')
    terminal.press('ctrlC')
    await terminal.ended
  })
})

test('an answer that restricts nothing on this cluster is asked for again, with the answers that work', async () => {
  const hetzner = await openSimulatorBed({ nodes: [{ name: 'one', providerID: 'hcloud://1' }] })
  onTestFinished(() => hetzner.close())
  const given = ['-n', NAMESPACE, '--expose', 'load-balancer', '--allow-from', '192.0.2.0/24']
  const refused = await run(['--yes', ...given], { env: { KUBECONFIG: hetzner.kubeconfig } })
  expect(refused).toMatchObject({ code: 2, stdout: '', stderr: expect.stringContaining('accept every client') })
  expect(refused.stderr).not.toContain('--allow-from CIDR')
  const terminal = openTerminal(given, { env: { KUBECONFIG: hetzner.kubeconfig } })
  await terminal.shows('Who can access the gateway?')
  await terminal.shows('ignore --allow-from and')
  expect(terminal.screen()).not.toContain('Specific networks')
  terminal.press('enter')
  await terminal.shows(/Access +load balancer, events API: anyone on the internet/)
  await terminal.shows('Install into')
  terminal.press('ctrlC')
  expect(await terminal.ended).toMatchObject({ code: 130, stdout: '' })
})
