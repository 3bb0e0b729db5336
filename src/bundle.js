// Builds dist/ and THIRD-PARTY-NOTICES.txt: one bundle with everything in it, a lazy chunk per dynamic import.
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { load } from 'js-yaml'
import { rolldown } from 'rolldown'

const root = fileURLToPath(new URL('..', import.meta.url))

/**
 * The module `templates`: every object under templates/ by its path ("event-gateway/service"), parsed when the bundle is
 * built, so that a template which is no YAML never ships. The tests load it through the same plugin.
 */
export const templates = {
  name: 'templates',
  resolveId: id => (id === 'templates' ? '\0templates' : undefined),
  load(id) {
    if (id !== '\0templates') return undefined
    const objects = {}
    for (const entry of readdirSync(join(root, 'templates'), { recursive: true, withFileTypes: true })) {
      if (!entry.name.endsWith('.yaml')) continue
      const folder = basename(entry.parentPath)
      const text = readFileSync(join(entry.parentPath, entry.name), 'utf8')
      objects[`${folder}/${basename(entry.name, '.yaml')}`] = load(text)
    }
    return `export default ${JSON.stringify(objects)}`
  },
}

/** KubeConfig imports undici for requests it makes itself; ours go through node:https, so 700 kB of it stay out. */
const withoutUndici = {
  name: 'without-undici',
  resolveId: id => (id === 'undici' ? '\0undici' : undefined),
  load: id =>
    id === '\0undici' ? 'export class Agent {}\nexport class ProxyAgent {}\nexport const fetch = undefined' : undefined,
}

/** The bundler's own helpers get a file that every run would have to open: they move into the one that is open anyway. */
const helpersInMain = {
  name: 'helpers-in-main',
  generateBundle(_, bundle) {
    const helpers = Object.values(bundle).find(({ name }) => name === 'rolldown-runtime')
    const asked = `require("./${helpers.fileName}")`
    for (const chunk of Object.values(bundle))
      chunk.code = chunk.isEntry
        ? chunk.code.replace(asked, () => `(exports=>{${helpers.code};return exports})(exports.helpers={})`)
        : chunk.code.replace(asked, 'require("./main.cjs").helpers')
    delete bundle[helpers.fileName]
  },
}

/** Files cost more than bytes: what every run loads is one chunk, and what every command loads that asks a cluster another. */
const codeSplitting = {
  groups: [
    { name: 'main', test: /src\/(main|cli\/help|kube\/request\/connection|text\/wrap)\.ts$|fast-string-/, priority: 2 },
    { name: 'cluster', test: /src\/commands\/env\.ts$/, priority: 1 },
  ],
}

async function bundle() {
  rmSync(join(root, 'dist'), { recursive: true, force: true })
  const build = await rolldown({
    cwd: root,
    input: { main: 'src/main.ts' },
    platform: 'node',
    preserveEntrySignatures: 'allow-extension',
    plugins: [templates, withoutUndici, helpersInMain],
    // client-node does not say that its modules have no side effects.
    treeshake: { moduleSideEffects: id => !/@kubernetes\/client-node\/dist\/(?!polyfill)/.test(id) },
  })
  const { output } = await build.write({
    dir: join(root, 'dist'),
    // Node starts the loader of CommonJS in any case; that of ES modules costs every run 10 ms more.
    format: 'cjs',
    entryFileNames: '[name].cjs',
    chunkFileNames: '[name]-[hash].cjs',
    minify: true,
    codeSplitting,
  })
  await build.close()
  writeFileSync(join(root, 'THIRD-PARTY-NOTICES.txt'), notices(output))
}

/** The licence texts of every package of which code is in the bundle; throws for a package without one. */
function notices(output) {
  const folders = new Set()
  for (const chunk of output)
    for (const id of Object.keys(chunk.modules ?? {})) {
      const folder = /^\0?(.*\/node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(id)?.[1]
      if (folder) folders.add(folder)
    }
  return [...folders]
    .map(folder => {
      const { name, version, license } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
      const file = readdirSync(folder).find(entry => /^licen[cs]e/i.test(entry))
      if (!file || !existsSync(join(folder, file))) throw new Error(`${name} has no licence file to ship`)
      return `${name} ${version} (${license})\n\n${readFileSync(join(folder, file), 'utf8').trim()}\n`
    })
    .sort()
    .join(`\n${'-'.repeat(80)}\n\n`)
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await bundle()
