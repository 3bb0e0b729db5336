import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { checkSync } from 'recheck'
import { parseAst } from 'rolldown/parseAst'
import { expect, test } from 'vitest'

const SRC = fileURLToPath(new URL('../../src', import.meta.url))

/** Where no text from elsewhere goes, or only a little of it. */
const FREE = [
  'simulator/', // It runs on the machine of whoever asks for the demo.
  'charts/template.ts', // Our own templates.
  'kube/pod-signals.ts: ^.*(?:ErrImagePull: ', // The last 4,000 characters of a message.
]

type Pattern = { readonly source: string; readonly flags: string }

function patternsOf(file: string): Pattern[] {
  const found: Pattern[] = []
  const walk = (node: unknown): void => {
    if (node === null || typeof node !== 'object') return
    const { regex } = node as { regex?: { pattern: string; flags: string } }
    if (regex) found.push({ source: regex.pattern, flags: regex.flags })
    for (const child of Object.values(node)) walk(child)
  }
  walk(parseAst(readFileSync(join(SRC, file), 'utf8'), { lang: 'ts' }))
  return found
}

const files = readdirSync(SRC, { recursive: true, encoding: 'utf8' }).filter(file => file.endsWith('.ts'))
const all = files
  .flatMap(file => patternsOf(file).map(pattern => ({ file, ...pattern })))
  .filter(({ file, source }) => !FREE.some(start => `${file}: ${source}`.startsWith(start)))

test('every regular expression is found', () => {
  expect(all.length).toBeGreaterThan(150)
})

test('no regular expression takes more than linear time, whatever it is matched with', { timeout: 300_000 }, () => {
  const slow = all.flatMap(({ file, source, flags }) => {
    const found = checkSync(source, flags, { timeout: 60_000 })
    const { summary } = found.status === 'vulnerable' ? found.complexity : { summary: found.status }
    return found.status === 'safe' ? [] : [`${file}: /${source}/${flags} is ${summary}`]
  })
  expect(slow).toEqual([])
})
