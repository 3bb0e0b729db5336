// Lists every text that a person reads, with the place it comes from: `npm run texts`.
import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { parseAst } from 'rolldown/parseAst'

const ROOT = new URL('../../', import.meta.url)
const read = path => readFileSync(new URL(path, ROOT), 'utf8')
const filesIn = (folder, ending) =>
  readdirSync(new URL(folder, ROOT), { recursive: true, encoding: 'utf8' })
    .filter(path => path.endsWith(ending))
    .sort()
    .map(path => `${folder}/${path}`)

/** Properties whose value is text for people even if it is a single word. */
const TEXTS = new Set(['text', 'title', 'label', 'hint', 'summary', 'message', 'fix', 'description'])
/** Programs for Helm and for shells; the texts in them come from elsewhere in src. */
const SCRIPTS = /^src\/(charts\/template|cli\/completion\/(bash|fish|zsh|powershell))\.ts$/
/** Where literals are names for the compiler or the module loader. */
const NAMES = new Set(['ImportDeclaration', 'ExportAllDeclaration', 'ExportNamedDeclaration', 'TSLiteralType'])

/** Two words in a row with a space between them: no name, path or key looks like that. */
const isSentence = text => /\p{L}[\p{L}'’-]*[,;:.!?)"'`…]*\s+["'`(${-]*\p{L}/u.test(text)

/** The text of a literal, of a template (expressions in braces) or of several of them joined by "+"; undefined for others. */
function textOf(node, source) {
  if (node.type === 'Literal' && typeof node.value === 'string') return node.value
  if (node.type === 'TemplateLiteral')
    return node.quasis
      .map(({ value }, index) => {
        const inserted = node.expressions[index]
        return value.cooked + (inserted ? `{${source.slice(inserted.start, inserted.end)}}` : '')
      })
      .join('')
  if (node.type !== 'BinaryExpression' || node.operator !== '+') return undefined
  const [left, right] = [textOf(node.left, source), textOf(node.right, source)]
  return left === undefined || right === undefined ? undefined : left + right
}

/** Calls `visit` with every node of a TypeScript source and its parent; visits no children where it returns true. */
function walk(node, visit, parent) {
  if (node === null || typeof node !== 'object') return
  if (typeof node.type === 'string' && visit(node, parent)) return
  for (const child of Object.values(node)) walk(child, visit, typeof node.type === 'string' ? node : parent)
}

/** The expressions in the braces of a text, which hold texts of their own. */
const expressionsOf = node =>
  node.type === 'BinaryExpression'
    ? [...expressionsOf(node.left), ...expressionsOf(node.right)]
    : (node.expressions ?? [])

function textsOfSource(path) {
  const source = read(path)
  const lineOf = offset => source.slice(0, offset).split('\n').length
  const found = []
  const visit = (node, parent) => {
    if (NAMES.has(node.type) && node.declaration == null) return true
    const text = textOf(node, source)
    if (text === undefined) return false
    const isNamedText = parent?.type === 'Property' && parent.value === node && TEXTS.has(parent.key.name)
    if (isNamedText || isSentence(text)) found.push({ place: `${path}:${lineOf(node.start)}`, text })
    for (const expression of expressionsOf(node)) walk(expression, visit, node)
    return true
  }
  walk(parseAst(source, { lang: 'ts' }), visit)
  return found
}

/** The lines of a Markdown file that are prose. */
function textsOfPage(path) {
  let isCode = false
  return read(path)
    .split('\n')
    .flatMap((text, index) => {
      if (text.startsWith('```')) isCode = !isCode
      return isCode || text.startsWith('```') || !/\p{L}/u.test(text) ? [] : [{ place: `${path}:${index + 1}`, text }]
    })
}

/** The comments of a YAML file. */
const textsOfYaml = path =>
  read(path)
    .split('\n')
    .flatMap((line, index) => {
      const [, text] = /^\s*# (.*)/.exec(line) ?? []
      return text === undefined ? [] : [{ place: `${path}:${index + 1}`, text }]
    })

/** @type {() => { place: string, text: string }[]} Every text that a person can read, in the order of the files. */
export const allTexts = () => [
  ...filesIn('src', '.ts')
    .filter(path => !path.startsWith('src/simulator/') && !SCRIPTS.test(path))
    .flatMap(textsOfSource),
  ...filesIn('templates', '.yaml').flatMap(textsOfYaml),
  ...textsOfPage('README.md'),
  ...textsOfPage('CHANGELOG.md'),
  { place: 'package.json', text: JSON.parse(read('package.json')).description },
]

if (process.argv[1] === fileURLToPath(import.meta.url))
  for (const { place, text } of allTexts()) console.log(`${place}: ${text.replaceAll('\n', '\n    ')}`)
