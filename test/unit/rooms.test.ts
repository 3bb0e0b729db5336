import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'
import { expect, test } from 'vitest'

const SOURCES = readdirSync('src', { recursive: true, encoding: 'utf8' })
  .filter(path => /\.(ts|js)$/.test(path))
  .map(path => `src/${path}`)
/** The folders as src/README.md lists them, from the top down. */
const ROOMS = [...readFileSync('src/README.md', 'utf8').matchAll(/^\| `([a-z-]+)(?:\/|\.ts)` \|/gm)].map(
  ([, room]) => room!,
)
/** Within kube/, from the top down; the rest of it lies below. */
const KUBE = ['waiting', 'request', 'login']
const ROOT = new Set(['errors', 'io', 'names', 'release', 'bundle'])

/** Each import of one source by another, types included. */
const ARROWS = SOURCES.flatMap(from =>
  [...readFileSync(from, 'utf8').matchAll(/(?:from\s+|import\s*\(\s*|import\s+)'(\.[^']+)'/g)]
    .map(([, path]) => normalize(join(dirname(from), path!)))
    .filter(to => to.startsWith('src/'))
    .map(to => ({ from, to })),
)

const roomOf = (path: string): string => path.split('/')[1]!.replace(/\.[a-z.]+$/, '')
const kubeRoomOf = (path: string): number => {
  const place = KUBE.indexOf(path.split('/')[2]!)
  return place === -1 ? KUBE.length : place
}

/** Whether an import goes down the list. */
function isAllowed({ from, to }: { from: string; to: string }): boolean {
  const [a, b] = [roomOf(from), roomOf(to)]
  if (ROOT.has(b)) return true
  if (a === 'simulator') return b === 'simulator' || b === 'kube'
  if (b === 'simulator') return from === 'src/commands/demo.ts'
  if (a === 'kube' && b === 'kube') return kubeRoomOf(from) <= kubeRoomOf(to)
  return a === b || ROOMS.indexOf(a) < ROOMS.indexOf(b)
}

test('every folder of src is on the list of its README', () => {
  const rooms = new Set(SOURCES.map(roomOf))
  expect([...rooms].filter(room => !ROOT.has(room) && room !== 'simulator').sort()).toEqual([...ROOMS].sort())
})

test('imports go down the list', () => {
  expect(ARROWS.length).toBeGreaterThan(500)
  expect(ARROWS.filter(arrow => !isAllowed(arrow))).toEqual([])
})

test('an import of commands from any other folder goes up the list', () => {
  const folders = [...ROOMS.filter(room => room !== 'main' && room !== 'commands'), 'simulator']
  for (const folder of folders)
    expect(isAllowed({ from: `src/${folder}/a.ts`, to: 'src/commands/setup.ts' }), folder).toBe(false)
})

test('one file imports @kubernetes/client-node', () => {
  expect(SOURCES.filter(path => / from '@kubernetes\/client-node/.test(readFileSync(path, 'utf8')))).toEqual([
    'src/kube/client-node.ts',
  ])
})

test('no files import each other in a circle', () => {
  const left = new Map(SOURCES.map(path => [path, new Set<string>()]))
  for (const { from, to } of ARROWS) left.get(from)?.add(to)
  // Whatever imports nothing that is left is in no circle.
  for (let size = -1; size !== left.size; ) {
    size = left.size
    for (const [path, imports] of left) if ([...imports].every(each => !left.has(each))) left.delete(path)
  }
  expect([...left.keys()]).toEqual([])
})

test('half of the sources have less than 80 lines, and none has over 220', () => {
  const lines = SOURCES.map(path => readFileSync(path, 'utf8').split('\n').length - 1).sort((a, b) => a - b)
  expect(lines[Math.floor(lines.length / 2)]).toBeLessThan(80)
  expect(lines.at(-1)).toBeLessThanOrEqual(220)
})
