import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Bed, openBed } from '../bed/bed.ts'
import { run } from '../bed/command.ts'
import { createNamespace, names, ours, until } from '../bed/objects.ts'

let bed: Bed
let folder: string
beforeAll(async () => {
  bed = await openBed()
  folder = mkdtempSync(join(tmpdir(), 'eg-bad-'))
})
afterAll(() => bed.close())

/** A file of its own for each case. */
const file = (name: string, text: string) => {
  const path = join(folder, name)
  writeFileSync(path, text)
  return path
}
const kubeconfig = (change: (text: string) => string) =>
  file('kubeconfig', change(readFileSync(bed.kubeconfig, 'utf8')))

type Case = [what: string, args: () => string[], code: number, says: RegExp, env?: () => Record<string, string>]

const CASES: Case[] = [
  ['no kubeconfig', () => ['--yes'], 3, /kubeconfig/, () => ({ KUBECONFIG: '', HOME: '/nonexistent' })],
  [
    'a kubeconfig that does not exist',
    () => ['--yes', '--kubeconfig', '/nonexistent/kubeconfig'],
    3,
    /\/nonexistent\/kubeconfig/,
  ],
  ['a context that does not exist', () => ['--yes', '--context', 'nowhere'], 3, /nowhere/],
  ['the engine helm without a helm', () => ['--yes', '--engine', 'helm'], 3, /helm\.sh/, () => ({ PATH: '/nowhere' })],
  [
    'a server that nobody answers for',
    () => ['--yes', '--timeout', '5s'],
    3,
    /refused/,
    () => ({ KUBECONFIG: kubeconfig(text => text.replace(/server: .*/, 'server: https://127.0.0.1:1')) }),
  ],
  ['a values file that is no YAML', () => ['--yes', '-f', file('values.yaml', 'a: [')], 2, /values\.yaml/],
  ['a values file that does not exist', () => ['--yes', '-f', '/nonexistent.yaml'], 2, /nonexistent\.yaml/],
  ['an unknown setting', () => ['--yes', '--set', 'replicaCont=1'], 2, /replicaCount/],
  ['a port out of range', () => ['--yes', '--set', 'service.config.port=70000'], 2, /65535|65,535/],
  ['an annotation that is no "k: v"', () => ['--yes', '--set', 'service.annotations={foo}'], 2, /foo/],
  ['a name that is no DNS label', () => ['--yes', '--set', 'etcd_cluster_name=No_Label'], 2, /etcd_cluster_name/],
  ['a namespace that is no DNS label', () => ['--yes', '-n', 'No_Label'], 2, /No_Label/],
  ['an unknown flag', () => ['--yse'], 2, /--yes/],
  ['an unknown command', () => ['clenup'], 2, /cleanup/],
  ['nobody to confirm', () => [], 2, /--yes/],
  ['nobody to confirm a removal', () => ['cleanup'], 0, /Nothing to remove/],
  ['env where nothing is installed', () => ['env', '-n', 'egx'], 3, /egx/],
]

test.each(CASES)('%s: says what, why and what next', async (_what, args, code, says, env) => {
  const outcome = await run(args(), { env: { KUBECONFIG: bed.kubeconfig, ...env?.() } })
  expect({ code: outcome.code, stdout: outcome.stdout, stderr: outcome.stderr }).toMatchObject({ code, stdout: '' })
  expect(outcome.stderr).toMatch(says)
  if (code !== 0) expect(outcome.stderr).toMatch(/^✖ {2}\S.*\n {3}\S.*\n( {3,}.+\n)*$/m)
  expect(outcome.stderr).not.toMatch(/^ +at /m)
  expect(names(await ours(bed))).toEqual([])
})

test('a namespace that does not end is given up before anything is written', async () => {
  await createNamespace(bed, 'egx')
  const finalized = {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'stays', finalizers: ['example.com/stays'] },
  }
  await bed.api('POST', '/api/v1/namespaces/egx/configmaps', finalized)
  await bed.api('DELETE', '/api/v1/namespaces/egx')
  const outcome = await run(['--yes', '-n', 'egx', '--timeout', '3s'], { env: { KUBECONFIG: bed.kubeconfig } })
  expect(outcome).toMatchObject({ code: 4, stdout: '' })
  expect(outcome.stderr).toMatch(/✖ {2}Namespace egx is still being deleted.*\n {3}\S/)
  expect(names(await ours(bed))).toEqual([])
  const free = { metadata: { finalizers: null } }
  await bed.api('PATCH', '/api/v1/namespaces/egx/configmaps/stays', free, 'application/merge-patch+json')
  await until(
    async () => ((await bed.api('GET', '/api/v1/namespaces/egx')).status === 404 ? true : undefined),
    'egx gone',
    60_000,
  )
})
