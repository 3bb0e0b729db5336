import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Bed } from '../bed/bed.ts'
import { run } from '../bed/command.ts'
import { createNamespace, names, ours } from '../bed/objects.ts'
import { openSimulatorBed } from '../bed/simulator.ts'
import { openTerminal, type Terminal } from '../bed/terminal.ts'

const CLOUD = { nodes: [{ name: 'gke-1', labels: { 'cloud.google.com/gke-nodepool': 'a' } }] }
const MINIKUBE = { nodes: [{ name: 'minikube', labels: { 'minikube.k8s.io/name': 'minikube' } }] }
const RESTRICTED = { 'pod-security.kubernetes.io/enforce': 'restricted' }
let local: Bed
let cloud: Bed
let minikube: Bed

const eg = (bed: Bed, ...args: string[]) => run(args, { env: { KUBECONFIG: bed.kubeconfig } })

beforeAll(async () => {
  ;[local, cloud, minikube] = await Promise.all([
    openSimulatorBed(),
    openSimulatorBed(CLOUD),
    openSimulatorBed(MINIKUBE),
  ])
  await register((await eg(local, '--yes', '-n', 'installed')).stdout)
  for (const name of ['nginx', 'traefik'])
    await local.api('POST', '/apis/networking.k8s.io/v1/ingressclasses', {
      apiVersion: 'networking.k8s.io/v1',
      kind: 'IngressClass',
      metadata: { name },
      spec: { controller: `example.com/${name}` },
    })
  await eg(local, '--yes', '-n', 'kept')
  await eg(local, 'cleanup', '--yes', '-n', 'kept')
  await createNamespace(local, 'strict')
  const merge = 'application/merge-patch+json'
  await local.api('PATCH', '/api/v1/namespaces/strict', { metadata: { labels: RESTRICTED } }, merge)
})
afterAll(() => Promise.all([local.close(), cloud.close(), minikube.close()]))

/** Registers a function with the gateway of these exports, so that a cleanup offers to save it. */
async function register(exports: string): Promise<void> {
  const [host, port] = [...exports.matchAll(/='(.*)'/g)].map(([, value]) => value)
  const response = await fetch(`http://${host}:${port}/v1/spaces/default/functions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ functionId: 'echo', type: 'http', provider: { url: 'https://example.com' } }),
  })
  expect(response.status).toBe(201)
}

type Key = Parameters<Terminal['press']>[0]
/** What is shown, and the keys that lead on from there. */
type Step = readonly [text: string, ...keys: Key[]]

const EXPOSE: Step = ['How should clients reach', 'enter']

// biome-ignore format: a table
const PROMPTS: [prompt: string, bed: () => Bed, args: string[], steps: Step[]][] = [
  ['Namespace', () => local, [], []],
  ['How should clients reach', () => local, ['-n', 'new'], []],
  ['Install into', () => local, ['-n', 'new'], [EXPOSE]],
  ['Who can access the gateway?', () => cloud, ['-n', 'new'], [EXPOSE]],
  ['Which networks can access', () => cloud, ['-n', 'new'], [EXPOSE, ['Who can access', 'down', 'enter']]],
  ['What next?', () => local, ['-n', 'installed'], []],
  ['How many gateway replicas', () => local, ['-n', 'installed'], [['What next?', 'down', 'enter'], EXPOSE]],
  ['Change the installation', () => local, ['-n', 'installed'], [['What next?', 'enter']]],
  ['Remove these', () => local, ['-n', 'installed'], [['What next?', 'up', 'enter'], ['Save the', 'right', 'enter']]],
  ['Data of an earlier installation', () => local, ['-n', 'kept'], []],
  ['Which etcd?', () => local, ['-n', 'strict'], [EXPOSE]],
  ['Endpoints of your etcd', () => local, ['-n', 'strict'], [EXPOSE, ['Which etcd?', 'down', 'enter']]],
  ['Remove these', () => local, ['cleanup', '-n', 'installed'], []],
  ['Save the registrations', () => local, ['cleanup', '--delete-data', '-n', 'installed'], []],
  ['Which ingress controller?', () => local, ['-n', 'new', '--expose', 'ingress'], []],
  ['has no ingress controller', () => minikube, ['-n', 'new', '--expose', 'ingress'], []],
]

test.each(PROMPTS)('Ctrl-C at "%s" ends at the first press', async (prompt, bed, args, steps) => {
  const before = names(await ours(bed()))
  const terminal = openTerminal(args, { env: { KUBECONFIG: bed().kubeconfig } })
  for (const [text, ...keys] of steps) {
    await terminal.shows(text)
    terminal.press(...keys)
  }
  await terminal.shows(prompt)
  terminal.press('ctrlC')
  expect(await terminal.ended).toMatchObject({ code: 130, stdout: '', restored: true })
  expect(names(await ours(bed()))).toEqual(before)
})

test('Ctrl-C at "Install with" ends at the first press', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'eg-helm-'))
  writeFileSync(join(folder, 'helm'), '#!/bin/sh\necho v3.19.0\n')
  chmodSync(join(folder, 'helm'), 0o755)
  const env = { KUBECONFIG: local.kubeconfig, PATH: `${folder}:/usr/bin:/bin` }
  const terminal = openTerminal(['-n', 'new'], { env })
  await terminal.shows('Install with')
  terminal.press('ctrlC')
  expect(await terminal.ended).toMatchObject({ code: 130, stdout: '', restored: true })
  rmSync(folder, { recursive: true })
})

test('Ctrl-C at "Forward the gateway\'s ports" ends at the first press and keeps the installation', async () => {
  const terminal = openTerminal(['-n', 'inside', '--expose', 'cluster-ip'], { env: { KUBECONFIG: local.kubeconfig } })
  await terminal.shows('Install into')
  terminal.press('enter')
  await terminal.shows('ports to this machine now?')
  terminal.press('ctrlC')
  expect(await terminal.ended).toMatchObject({ code: 130, stdout: '', restored: true })
  expect(names(await ours(local)).filter(name => name.includes('inside'))).not.toEqual([])
})

const STAGES = ['etcd operator', 'etcd', 'Event Gateway', 'Checking that this machine']

test.each(STAGES)('Ctrl-C at "%s" ends at the first press', async stage => {
  // Slow enough that every stage is seen.
  const fresh = await openSimulatorBed({ speed: 3 })
  const terminal = openTerminal(['-n', 'new', '--expose', 'node-port'], { env: { KUBECONFIG: fresh.kubeconfig } })
  await terminal.shows('Install into')
  terminal.press('enter')
  await terminal.shows(RegExp(`[◒◐◓◑]  ${stage}(?! operator)`))
  terminal.press('ctrlC')
  expect(await terminal.ended).toMatchObject({ code: 130, stdout: '', restored: true })
  await fresh.close()
})

test('Ctrl-C while objects are removed ends at the first press', async () => {
  const terminal = openTerminal(['cleanup', '-n', 'installed'], { env: { KUBECONFIG: local.kubeconfig } })
  await terminal.shows('Remove these')
  terminal.press('right', 'enter')
  await terminal.shows('Removing')
  terminal.press('ctrlC')
  expect(await terminal.ended).toMatchObject({ code: 130, stdout: '', restored: true })
})
