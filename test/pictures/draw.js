// Draws README's pictures: runs eg-setup on a simulated cluster, on a pseudo-terminal, and writes its screen as SVG.
// npm run pictures [NAME...]; with --check it writes nothing and fails if a picture shows something else.
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { spawn } from '@lydell/node-pty'
import headless from '@xterm/headless'
import { rolldown } from 'rolldown'
import { screenAsSvg } from './svg.js'

/** A picture a row; `before` are commands that run first and are not shown. Prompts are answered with Enter. */
const PICTURES = [
  { name: 'wizard', shown: 'npx eg-setup', args: [] },
  {
    name: 'failure',
    shown: 'npx eg-setup --yes',
    args: ['--yes'],
    cluster: { missingImages: ['serverless/event-gateway:0.9.0'] },
  },
  { name: 'status', shown: 'npx eg-setup status', before: [['--yes']], args: ['status'] },
  { name: 'verify', shown: 'npx eg-setup verify', before: [['--yes']], args: ['verify'] },
]

const MINIKUBE = {
  nodes: [{ name: 'minikube', labels: { 'minikube.k8s.io/name': 'minikube' } }],
  context: 'minikube',
}
const COLUMNS = 100
/** How long nothing is written once a prompt is drawn. */
const DRAWN_MS = 300
const folder = mkdtempSync(join(tmpdir(), 'eg-pictures-'))
// Started from where npx would have it, eg-setup prints commands that begin with npx.
const BIN = join(folder, '_npx', 'eg-setup')
mkdirSync(join(folder, '_npx'))
symlinkSync(fileURLToPath(new URL('../../bin/eg-setup.js', import.meta.url)), BIN)

/** Runs eg-setup until it ends; gives the terminal with everything that was written. */
async function run({ shown, args }, kubeconfig) {
  const terminal = new headless.Terminal({ cols: COLUMNS, rows: 40, scrollback: 1000, allowProposedApi: true })
  terminal.write(`\u001b[2m$\u001b[0m ${shown}\r\n`)
  const env = {
    PATH: process.env.PATH,
    HOME: folder,
    SHELL: '/bin/bash',
    TERM: 'xterm-256color',
    KUBECONFIG: kubeconfig,
  }
  const child = spawn(process.execPath, [BIN, ...args], { cols: COLUMNS, rows: 40, env, cwd: folder })
  let timer
  child.onData(text => {
    terminal.write(text)
    clearTimeout(timer)
    timer = setTimeout(() => linesOf(terminal).some(line => line.startsWith('◆')) && child.write('\r'), DRAWN_MS)
  })
  await new Promise(resolve => child.onExit(resolve))
  clearTimeout(timer)
  await new Promise(resolve => terminal.write('', resolve))
  return terminal
}

const linesOf = ({ buffer: { active } }) =>
  Array.from({ length: active.length }, (_, row) => active.getLine(row).translateToString(true))

/** A picture without what differs from run to run: ports, times, names of pods, and the places and widths that follow. */
const lasting = svg =>
  svg
    .replace(/\(\d+m?\d*s\)|:\d{5}\b|'\d{5}'|eg-event-gateway-[a-z0-9]+-[a-z0-9]+/g, '')
    .replace(/ (x|y|textLength|width|height|viewBox)="[^"]*"/g, '')
    .replace(/<text opacity="0.65"> *<\/text>/g, '')

const build = await rolldown({
  input: fileURLToPath(new URL('../../src/simulator/simulator.ts', import.meta.url)),
  platform: 'node',
})
await build.write({ dir: folder, format: 'esm', entryFileNames: 'simulator.mjs' })
await build.close()
const { startSimulator } = await import(join(folder, 'simulator.mjs'))
const isCheck = process.argv.includes('--check')
const wanted = process.argv.slice(2).filter(word => word !== '--check')
for (const picture of PICTURES.filter(({ name }) => wanted.length === 0 || wanted.includes(name))) {
  const simulator = await startSimulator({ ...MINIKUBE, ...picture.cluster })
  const kubeconfig = join(folder, 'kubeconfig')
  writeFileSync(kubeconfig, simulator.kubeconfig)
  for (const args of picture.before ?? []) await run({ shown: '', args }, kubeconfig)
  const terminal = await run(picture, kubeconfig)
  await simulator.stop()
  const file = fileURLToPath(new URL(`${picture.name}.svg`, import.meta.url))
  const svg = screenAsSvg(terminal, `$ ${picture.shown}`)
  if (!isCheck) writeFileSync(file, svg)
  else if (lasting(svg) !== lasting(readFileSync(file, 'utf8'))) {
    console.error(`${picture.name}.svg is not current: npm run pictures`)
    process.exitCode = 1
  }
  console.log(file)
}
rmSync(folder, { recursive: true })
