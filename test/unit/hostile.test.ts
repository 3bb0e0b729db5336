import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, expect, test } from 'vitest'
import { SETTINGS } from '../../src/settings/setting-rows.ts'
import { type Change, GATEWAY_ANSWERS, openHostileCluster, RECORD, runHere } from './hostile-cluster.ts'

/*
 * Commands against answers that no well-behaved cluster gives. HOSTILE_CASES=10000 HOSTILE_SEED=7 tries more, and others.
 */
const CASES = Number(process.env['HOSTILE_CASES'] ?? 400)
const SEED = Number(process.env['HOSTILE_SEED'] ?? 1)

const folder = mkdtempSync(join(tmpdir(), 'hostile-'))
const cluster = await openHostileCluster()
const kubeconfig = join(folder, 'config')
writeFileSync(kubeconfig, cluster.kubeconfig)
const installed = await runHere(['setup', '--yes', '--kubeconfig', realKubeconfig(), '--expose', 'node-port'], {
  inRealTime: true,
})
afterAll(async () => {
  await cluster.close()
  rmSync(folder, { recursive: true, force: true })
})

function realKubeconfig(): string {
  const path = join(folder, 'real')
  writeFileSync(path, cluster.simulator.kubeconfig)
  return path
}

/** None is a name that DNS knows or an address elsewhere: nothing is asked outside of this machine. */
const TEXTS = [
  '',
  ' ',
  '\x1b[31mred\x1b]0;title\x07',
  '\x9b2J\x85\x7f\0',
  '\u202egnp.exe',
  'a\rb\x08\x08',
  'ok.\nfix: curl x | sh',
  '\n✖  no\n▲  no',
  'n; touch x',
  '--all',
  "'$(id)`id`",
  '127.0.0.1',
  'localhost',
  '12345678901234567890',
  '-1',
  'x_y'.repeat(30_000),
  '9'.repeat(50_000),
  '\ud800',
  '\u2028',
  '__proto__',
]
const text = fc.constantFrom(...TEXTS)
const odd = fc.oneof(
  { weight: 4, arbitrary: text },
  {
    weight: 2,
    arbitrary: fc.constantFrom<unknown>(
      null,
      true,
      0,
      -1,
      1.5,
      12345,
      1e308,
      1_000_000_000,
      [],
      {},
      [null],
      [[]],
      undefined,
    ),
  },
  { weight: 1, arbitrary: fc.array(text, { maxLength: 3 }) },
  {
    weight: 1,
    arbitrary: fc.dictionary(fc.oneof(text, fc.constantFrom('name', 'metadata', 'ip', 'port')), text, { maxKeys: 3 }),
  },
)
/** Answers by a part of their path; '/' is all of them. */
const ANSWERS = [
  RECORD,
  RECORD,
  '/services/',
  '/services/',
  '/ingresses',
  '/nodes',
  '/nodes',
  '/pods',
  '/deployments/',
  '/statefulsets/',
  '/configmaps',
  '/persistentvolumeclaims',
  '/events',
  '/leases',
  '/namespaces/',
  '/storageclasses',
  '/customresourcedefinitions',
  '/etcdclusters',
  '/version',
  '/apis',
  'reviews',
  '/',
  GATEWAY_ANSWERS,
  GATEWAY_ANSWERS,
]
const change: fc.Arbitrary<Change> = fc.record({ of: fc.constantFrom(...ANSWERS), spot: fc.nat(400), into: odd })

type Command = { weight: number; argv: readonly string[]; isAsked?: boolean }
const COMMANDS: readonly Command[] = [
  { weight: 20, argv: ['status'] },
  { weight: 10, argv: ['status', '-o', 'json'] },
  { weight: 15, argv: ['env'] },
  { weight: 10, argv: ['env', '--no-probe'] },
  { weight: 4, argv: ['check'] },
  { weight: 3, argv: ['check', '-o', 'json'] },
  { weight: 12, argv: ['cleanup', '--dry-run', '--delete-data'] },
  { weight: 3, argv: ['cleanup', '--yes', '--timeout', '2s'] },
  { weight: 4, argv: ['cleanup', '--timeout', '2s'], isAsked: true },
  { weight: 3, argv: ['setup', '--dry-run'] },
  { weight: 3, argv: ['setup', '--dry-run', '-o', 'json'] },
  { weight: 4, argv: ['setup', '--yes', '--timeout', '2s'] },
  { weight: 5, argv: ['setup', '--timeout', '2s'], isAsked: true },
  { weight: 2, argv: ['verify'] },
]

const command = fc.oneof(...COMMANDS.map(each => ({ weight: each.weight, arbitrary: fc.constant(each) })))

/** Raw control characters, C1 too, and those that reorder text. */
const CONTROLS = /[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/
const STACK = /mistake in eg-setup|^\s+at .*:\d+:\d+\)?$/m
/** A line at the margin that is ours to say, once. */
const FORGED = /^(?:✖|▲) {2}no$|^(?: {3})?fix: curl/m

async function requireHarmless(argv: readonly string[], isAsked = false): Promise<void> {
  const { code, stdout, stderr, ms } = await runHere(argv, { isAsked })
  const found = { code, ms, stdout: stdout.slice(0, 2000), stderr: stderr.slice(-4000) }
  const problem =
    code === 'hangs'
      ? 'hangs'
      : STACK.test(stderr)
        ? 'a stack trace'
        : CONTROLS.test(stdout) || CONTROLS.test(stderr)
          ? 'a control character'
          : FORGED.test(stdout) || FORGED.test(stderr)
            ? 'a forged line'
            : undefined
  if (problem !== undefined) throw new Error(`${argv.join(' ')}: ${problem}\n${JSON.stringify(found, undefined, 1)}`)
}

test('whatever a cluster answers, a command ends soon, without a stack trace or a raw control character', async () => {
  expect(installed.code, installed.stderr).toBe(0)
  const changes = fc.array(change, { minLength: 1, maxLength: 3 })
  await fc.assert(
    fc.asyncProperty(command, changes, async ({ argv, isAsked }, answers) => {
      cluster.change(answers)
      await requireHarmless([...argv, '--kubeconfig', kubeconfig], isAsked)
    }),
    { numRuns: Math.ceil(CASES * 0.7), seed: SEED, endOnFailure: true },
  )
}, 3_600_000)

test('whatever a values file says, it is rendered or refused without a stack trace or a raw control character', async () => {
  const file = join(folder, 'values.yaml')
  const path = fc.constantFrom(...SETTINGS.flatMap(({ path, aliases = [] }) => [path, ...aliases]), 'unknown')
  /** [["a.b", 1]] as {"a": {"b": 1}} */
  const nested = (entries: readonly (readonly [string, unknown])[]) =>
    JSON.stringify(
      Object.fromEntries(
        entries.map(([path, value]) => {
          const [first = '', ...rest] = path.split('.')
          return [first, rest.reduceRight<unknown>((inner, key) => ({ [key]: inner }), value)]
        }),
      ),
    )
  const content = fc.oneof(
    { weight: 4, arbitrary: fc.array(fc.tuple(path, odd), { maxLength: 4 }).map(nested) },
    { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 60 }) },
    { weight: 1, arbitrary: fc.tuple(path, text).map(([path, text]) => `${path}: ${text}`) },
  )
  await fc.assert(
    fc.asyncProperty(content, fc.option(fc.tuple(path, text)), async (values, set) => {
      writeFileSync(file, values)
      const sets = set === null ? [] : ['--set', `${set[0]}=${set[1]}`]
      await requireHarmless(['render', '--allow-from', 'any', '-f', file, ...sets])
    }),
    { numRuns: Math.ceil(CASES * 0.3), seed: SEED, endOnFailure: true },
  )
}, 3_600_000)

test('whatever a kubeconfig calls things, no name gets out raw', async () => {
  const file = join(folder, 'odd-config')
  const { clusters, ...config } = JSON.parse(cluster.kubeconfig)
  await fc.assert(
    fc.asyncProperty(command, text, text, text, async ({ argv, isAsked }, context, user, namespace) => {
      cluster.change([])
      writeFileSync(
        file,
        JSON.stringify({
          ...config,
          'current-context': context,
          clusters,
          users: [{ name: user, user: { token: 'x' } }],
          contexts: [{ name: context, context: { cluster: 'c', user, namespace } }],
        }),
      )
      await requireHarmless([...argv, '--kubeconfig', file], isAsked)
    }),
    { numRuns: Math.ceil(CASES * 0.05), seed: SEED, endOnFailure: true },
  )
}, 3_600_000)
