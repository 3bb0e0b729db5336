// Times commands: side by side in turn, so that what else the machine does meets both.
import { spawn } from 'node:child_process'

// A bundle of authorities of the machine's costs every start of Node as much as all the rest of it, on both sides of a ratio.
const { NODE_EXTRA_CA_CERTS: _, ...ENVIRONMENT } = process.env

/** Runs a command (a shell line, or a program and its arguments); gives ms and its output. Throws where it fails. */
export function run(command, { env = {}, codes = [0] } = {}) {
  const [file, ...args] = typeof command === 'string' ? ['sh', '-c', command] : command
  return new Promise((resolve, reject) => {
    const started = performance.now()
    const child = spawn(file, args, { env: { ...ENVIRONMENT, ...env }, stdio: ['ignore', 'pipe', 'pipe'] })
    let stdout = ''
    let stderr = ''
    child.stdout.setEncoding('utf8').on('data', text => {
      stdout += text
    })
    child.stderr.setEncoding('utf8').on('data', text => {
      stderr += text
    })
    child.on('error', reject)
    child.on('close', code => {
      const ms = performance.now() - started
      if (codes.includes(code)) resolve({ ms, stdout, stderr })
      else reject(new Error(`${[file, ...args].join(' ')} ended with ${code}:\n${stderr.slice(-2000)}`))
    })
  })
}

const median = values => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]

/** A side is what is run; `before` puts things in order and does not count. One run of each first warms up, if asked for. */
export async function ratio(what, against, { times, warm = true }) {
  const sides = [what, against].map(side => (typeof side === 'object' && !Array.isArray(side) ? side : { run: side }))
  const samples = [[], []]
  for (let round = warm ? -1 : 0; round < times; round++)
    for (const [index, side] of sides.entries()) {
      await side.before?.()
      const { ms } = await run(side.run, side.options)
      if (round >= 0) samples[index].push(ms)
    }
  const [mine, theirs] = samples.map(median)
  return { value: mine / theirs, shown: `${shown(mine)} / ${shown(theirs)}` }
}

const shown = ms => (ms < 2000 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(1)} s`)
