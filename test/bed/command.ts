import { type ChildProcess, spawn } from 'node:child_process'
import { tmpdir } from 'node:os'
import { fileURLToPath } from 'node:url'
import { onTestFailed, TestRunner } from 'vitest'
import { requireNoSecret } from './secrets.ts'

/**
 * The Node and the program that are tested: this one and the built one, unless the environment names others. The program is
 * a link as an installation has one, so that the commands it prints to paste begin with eg-setup.
 */
export const NODE = process.env['EG_NODE'] ?? process.execPath
export const BIN = process.env['EG_BIN'] ?? fileURLToPath(new URL('eg-setup', import.meta.url))

export type Outcome = { code: number | null; signal: NodeJS.Signals | null; stdout: string; stderr: string }

export type Running = {
  readonly child: ChildProcess
  /** What it has said so far. */
  readonly said: () => { stdout: string; stderr: string }
  /** Resolves once its stderr holds the text; rejects when it ends before. */
  readonly says: (text: string | RegExp) => Promise<void>
  readonly ended: Promise<Outcome>
}

type Options = {
  env?: Record<string, string | undefined>
  input?: string
  /** In a process group of its own, so that it can be killed with the programs that it runs. */
  group?: boolean
}

/**
 * Starts eg-setup as a person would, from the built package, with an environment of its own and stdin closed. `ended` rejects
 * where it has printed a secret.
 */
export function start(args: readonly string[], { env = {}, input, group = false }: Options = {}): Running {
  const child = spawn(NODE, [BIN, ...args], {
    env: { PATH: process.env['PATH'], HOME: tmpdir(), ...env },
    detached: group,
    stdio: [input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
  })
  child.stdin?.end(input)
  let stdout = ''
  let stderr = ''
  // What a test waited for in vain; the hooks around tests have nowhere to say it.
  if (TestRunner.getCurrentTest() !== undefined)
    onTestFailed(() => {
      if (child.exitCode === null && child.signalCode === null)
        console.error(`eg-setup ${args.join(' ')} runs still. It has said:\n${stdout}${stderr}`)
    })
  const listeners = new Set<() => void>()
  child.stdout!.setEncoding('utf8').on('data', (text: string) => {
    stdout += text
  })
  child.stderr!.setEncoding('utf8').on('data', (text: string) => {
    stderr += text
    for (const listener of listeners) listener()
  })
  const ended = new Promise<Outcome>((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (code, signal) => {
      try {
        requireNoSecret(stdout + stderr, args, env['KUBECONFIG'])
        resolve({ code, signal, stdout, stderr })
      } catch (error) {
        reject(error)
      }
    })
  })
  const says = (text: string | RegExp) =>
    new Promise<void>((resolve, reject) => {
      const look = () => {
        if (!(typeof text === 'string' ? stderr.includes(text) : text.test(stderr))) return
        listeners.delete(look)
        resolve()
      }
      listeners.add(look)
      look()
      ended.then(() => reject(new Error(`it ended without saying ${text}:\n${stderr}`)), reject)
    })
  return { child, said: () => ({ stdout, stderr }), says, ended }
}

/** Runs eg-setup to its end. */
export const run = (args: readonly string[], options?: Options): Promise<Outcome> => start(args, options).ended
