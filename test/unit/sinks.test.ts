import { readdirSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'

const SOURCES = readdirSync('src', { recursive: true, encoding: 'utf8' })
  .filter(path => path.endsWith('.ts'))
  .map(path => `src/${path}`)
  .filter(path => !/^src\/(simulator|charts|cli\/completion)\/|^src\/cli\/help/.test(path))
  .map(path => [path, readFileSync(path, 'utf8')] as const)

/** The lines of the sources that a pattern finds, as "path: text". */
const found = (pattern: RegExp, isAllowed: (path: string) => boolean) =>
  SOURCES.filter(([path]) => !isAllowed(path)).flatMap(([path, text]) =>
    [...text.matchAll(pattern)].map(([match]) => `${path}: ${match}`),
  )

test('only the sinks, which sanitize, write to stdout and stderr', () => {
  const isSink = (path: string) => path.startsWith('src/ui/') || path === 'src/main.ts'
  expect(found(/.*(std(out|err)\.write\(|console\.).*/g, isSink)).toEqual([])
})

/** Templates without the tag `sh` that fill something into a command. */
const COMMANDS =
  /(?<!\bsh)`[^`]*\b(?:kubectl (?:\w|-)+|helm uninstall|eg-setup (?:-|cleanup|forward|verify|env|check|status))[^`]*\$\{[^`]*`/g

test('what is filled into a command to paste is quoted', () => {
  const unquoted = SOURCES.flatMap(([path, text]) => {
    const quoted = [...text.matchAll(/const (\w+) =.*(?:kubectlName\(|sh`)/g)].map(([, name]) => name!)
    // Its value is a kubectlName.
    const isQuoted = (value: string) =>
      /^(kubectlName|pasteable)\(/.test(value) || [...quoted, 'foreignOperator'].includes(value)
    return [...text.matchAll(COMMANDS)]
      .filter(([template]) => [...template.matchAll(/\$\{([^}]*)/g)].some(([, value]) => !isQuoted(value!)))
      .map(([template]) => `${path}: ${template}`)
  })
  expect(unquoted).toEqual([])
})
