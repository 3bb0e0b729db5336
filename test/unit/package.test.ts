import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const [packed] = JSON.parse(
  execFileSync('npm', ['pack', '--dry-run', '--json', '--ignore-scripts'], { cwd: ROOT, encoding: 'utf8' }),
) as [{ size: number; files: { path: string; mode: number }[] }]

/** Everything that may be in the package: the program, its texts, nothing that it was made from. */
const PATTERNS = [
  /^bin\/(eg-setup\.js|package\.json)$/,
  /^dist\/main\.cjs$/,
  /^dist\/[a-z-]+-[\w-]{8}\.cjs$/,
  /^(package\.json|README\.md|LICENSE|THIRD-PARTY-NOTICES\.txt)$/,
]

test('the package holds the program and its texts, nothing else', () => {
  const paths = packed.files.map(({ path }) => path)
  expect(paths.filter(path => !PATTERNS.some(pattern => pattern.test(path)))).toEqual([])
  expect(paths).toEqual(
    expect.arrayContaining([
      'bin/eg-setup.js',
      'bin/package.json',
      'dist/main.cjs',
      'LICENSE',
      'README.md',
      'THIRD-PARTY-NOTICES.txt',
      'package.json',
    ]),
  )
})

test('the program may be executed', () => {
  const bin = packed.files.find(({ path }) => path === 'bin/eg-setup.js')
  expect((bin?.mode ?? 0) & 0o111).toBe(0o111)
})

test('it is at most 700 kB', () => {
  expect(packed.size).toBeLessThanOrEqual(700_000)
})

test('nothing is installed with it', () => {
  const description = JSON.parse(readFileSync(`${ROOT}package.json`, 'utf8')) as Record<string, unknown>
  for (const field of ['dependencies', 'optionalDependencies', 'peerDependencies', 'bundleDependencies'])
    expect(description[field], field).toBeUndefined()
})

test('the notices name what is in the bundle, with its licence', () => {
  const notices = readFileSync(`${ROOT}THIRD-PARTY-NOTICES.txt`, 'utf8')
  for (const name of ['@clack/prompts', '@kubernetes/client-node', 'chalk', 'execa', 'js-yaml'])
    expect(notices).toMatch(new RegExp(`^${name} \\S+ \\((MIT|Apache-2\\.0|ISC)\\)$`, 'm'))
})
