import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { BIN, NODE } from '../bed/command.ts'
import { config } from './kubeconfig-folder.ts'

let folder: string
let measure: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'eg-hostile-'))
  measure = file(
    'measure.cjs',
    `process.on('exit', () => require('node:fs').writeFileSync(process.env.EG_MEMORY, String(process.resourceUsage().maxRSS)))`,
  )
  spawnSync('sh', ['-c', 'mkfifo "$1"', 'sh', join(folder, 'pipe')])
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

function file(name: string, text: string): string {
  writeFileSync(join(folder, name), text)
  return join(folder, name)
}

const pipe = () => join(folder, 'pipe')
const kubeconfig = (user: string, more = '') =>
  file('kubeconfig', config('a', { server: 'https://127.0.0.1:1', user, more }))
/** Nine times nine, nine levels deep. */
const bomb = (key: string) =>
  [
    'a0: &a0 x',
    ...Array.from({ length: 9 }, (_, n) => `a${n + 1}: &a${n + 1} [${Array(9).fill(`*a${n}`).join(', ')}]`),
    `${key}: *a9`,
  ].join('\n')
const chartFile = (path: string) => {
  const chart = mkdtempSync(join(folder, 'chart-'))
  mkdirSync(join(chart, 'event-gateway'))
  spawnSync('ln', [path, join(chart, 'event-gateway', 'values.yaml')])
  return chart
}

type Case = [what: string, args: () => string[], code: number, says: RegExp, env?: Record<string, string>]
const env = ['env', '--kubeconfig']
const render = ['render', '--private-config', '-f']

const CASES: Case[] = [
  ['values from /dev/zero', () => [...render, '/dev/zero'], 2, /it is larger than 1 MB/],
  ['values from a pipe that nobody writes to', () => [...render, pipe()], 2, /pipe that did not close within 3s/],
  [
    'values with an alias bomb',
    () => [...render, file('v', bomb('service.annotations'))],
    2,
    /more than 100000 values/,
  ],
  [
    'values that hold themselves',
    () => [...render, file('v', 'service: &a\n  annotations: *a')],
    2,
    /nested more than/,
  ],
  [
    '100,000 unknown settings',
    () => [...render, file('v', Array.from({ length: 90_000 }, (_, n) => `k${n}: 1`).join('\n'))],
    2,
    /More than 20 settings are invalid/,
  ],
  [
    'a quantity of 50,000 digits',
    () => [...render, file('v', `resources.limits.cpu: ${'1'.repeat(50_000)}x`)],
    2,
    /cpu/,
  ],
  [
    'the same with --set',
    () => ['render', '--private-config', '--set', `resources.limits.cpu=${'1'.repeat(50_000)}x`],
    2,
    /cpu/,
  ],
  ['a kubeconfig from /dev/zero', () => [...env, '/dev/zero'], 3, /it is larger than 4 MB/],
  ['a kubeconfig from a pipe that nobody writes to', () => [...env, pipe()], 3, /pipe that did not close within 3s/],
  ['a kubeconfig with an alias bomb', () => [...env, file('k', bomb('users'))], 3, /more than 100000 values/],
  [
    'a kubeconfig that holds itself',
    () => [...env, file('k', 'users: &a [{name: b, user: *a}]')],
    3,
    /nested more than/,
  ],
  ['an authority from /dev/zero', () => [...env, kubeconfig('{}', ', certificate-authority: /dev/zero')], 3, /larger/],
  [
    'an authority from a pipe',
    () => [...env, kubeconfig('{}', `, certificate-authority: ${pipe()}`)],
    3,
    /did not close/,
  ],
  ['a token from /dev/zero', () => [...env, kubeconfig('{tokenFile: /dev/zero}')], 3, /larger/],
  ['a token from a pipe', () => [...env, kubeconfig(`{tokenFile: ${pipe()}}`)], 3, /did not close/],
  [
    'a plugin whose child holds its output',
    () => [...env, kubeconfig('{exec: {command: sh, args: [-c, "sleep 25 2>/dev/null & exit 3"]}}')],
    3,
    /failed \(exit code 3\)/,
  ],
  ['a chart file that is a pipe', () => ['render', '--chart', chartFile(pipe())], 3, /is not a regular file/],
  ['no folder for temporary files', () => ['demo', '--yes'], 3, /Set TMPDIR/, { TMPDIR: '/nonexistent' }],
]

test.each(CASES)('%s: an error with its fix, soon and in little memory', (_, args, code, says, env) => {
  const memory = join(folder, 'memory')
  const started = Date.now()
  const { status, stdout, stderr } = spawnSync(NODE, [BIN, ...args()], {
    env: { PATH: process.env['PATH'], HOME: folder, NODE_OPTIONS: `--require ${measure}`, EG_MEMORY: memory, ...env },
    encoding: 'utf8',
    timeout: 30_000,
  })
  expect({ status, stdout, stderr: stderr.slice(0, 3000) }).toEqual({
    status: code,
    stdout: '',
    stderr: expect.stringMatching(says),
  })
  expect(stderr).toMatch(/^✖ {2}\S.*\n(?: {5}.*\n)* {3}\S.*\n(?: {3,}.*\n)*$/)
  expect(stderr).not.toMatch(/^ +at /m)
  // 5 s on a machine that has time.
  expect(Date.now() - started).toBeLessThan(20_000)
  expect(Number(readFileSync(memory, 'utf8')) / 1024).toBeLessThan(200)
})

const PIPED: [what: string, script: string, input?: string][] = [
  ['a process substitution', '"$@" -f <(sleep 1; echo "replicaCount: 7")'],
  ['an empty process substitution', '"$@" --set replicaCount=7 -f <(true)'],
  ['standard input by its path', '"$@" -f /dev/stdin', 'replicaCount: 7'],
  ['standard input', '"$@" -f -', 'replicaCount: 7'],
]
test.each(PIPED)('values are read from %s', (_, script, input = '') => {
  // Through a pipe of the shell: the standard input that Node gives a child is a socket.
  const words = ['-c', `cat | ${script}`, 'bash', NODE, BIN, 'render', '--private-config']
  const { status, stdout } = spawnSync('bash', words, { input, encoding: 'utf8', timeout: 30_000 })
  expect(status).toBe(0)
  expect(stdout).toContain('replicas: 7')
})

test('a kubeconfig is read from a process substitution', () => {
  const script = '"$@" --kubeconfig <(printf %s "$TEXT")'
  const { status, stderr } = spawnSync('bash', ['-c', script, 'bash', NODE, BIN, 'env'], {
    encoding: 'utf8',
    env: { PATH: process.env['PATH'], TEXT: config('a', { server: 'https://127.0.0.1:1' }) },
  })
  expect(stderr).toContain('connection refused')
  expect(status).toBe(3)
})

test('every command that reads files reports a deleted working directory', () => {
  for (const args of ['env --kubeconfig x', 'render --private-config -f x', 'render --chart x']) {
    const script = `mkdir "$1" && cd "$1" && rmdir "$1" && exec "$2" "$3" ${args}`
    const gone = spawnSync('sh', ['-c', script, 'sh', join(folder, 'gone'), NODE, BIN], { encoding: 'utf8' })
    expect(gone.stderr).toMatch(/^✖ {2}\S.*\n {3}\S.*\n(?: {5}.*\n)*$/)
    expect(gone.stderr).not.toMatch(/^ +at /m)
    expect(gone.status).toBeGreaterThan(0)
  }
})
