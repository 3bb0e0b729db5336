import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { spawn } from '@lydell/node-pty'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { parseRequest } from '../../src/cli/args.ts'
import { COMMANDS } from '../../src/cli/command-table.ts'
import { type Simulator, startSimulator } from '../../src/simulator/simulator.ts'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const README = readFileSync(join(ROOT, 'README.md'), 'utf8')

/** What a block may need that no test has, as its first line says: ```bash needs Fedora. Programs are looked for on PATH. */
const NOT_HERE = ['a cloud', 'a clone']
const isOnPath = (program: string) =>
  (process.env['PATH'] ?? '').split(delimiter).some(folder => existsSync(join(folder, program)))

type Block = { line: number; language: string; needs: string | undefined; text: string; answer: string | undefined }

/** The fenced blocks; `answer`: the JSON that stands behind a block of commands. */
const BLOCKS: readonly Block[] = [
  ...README.matchAll(/^```(\w+)(?: needs (.+))?\n([\s\S]*?)^```\n(?:\n```json\n([\s\S]*?)^```\n)?/gm),
].map(({ index, 1: language = '', 2: needs, 3: text = '', 4: answer }) => ({
  line: README.slice(0, index).split('\n').length,
  language,
  needs,
  text,
  answer,
}))
/** The text without blocks, and without messages, which are no commands. */
const MESSAGES = /<!-- messages:[\s\S]*?<!-- \/messages -->/
const OUTSIDE = README.replace(/^```[\s\S]*?^```$/gm, '').replace(MESSAGES, '')
const SCRIPTS = BLOCKS.filter(({ language }) => language === 'bash')

describe('what the README names exists', () => {
  const lines = BLOCKS.flatMap(({ text }) => text.replaceAll('\\\n', ' ').split('\n'))
  const inline = [...OUTSIDE.matchAll(/`([^`\n]+)`/g)].map(([, code]) => code!)
  /** The words after eg-setup, up to what belongs to the shell. */
  const calls = [...lines, ...inline].flatMap(code =>
    [...code.matchAll(/(?:^|[\s("'])eg-setup(?= |$)((?:"[^"]*"|'[^']*'|[^|>)`;&"'])*)/g)].map(([, words]) =>
      words!.replace(/\s#.*/, '').trim(),
    ),
  )

  test.each([...new Set(calls)])('eg-setup %s', words => {
    expect(() => parseRequest(words.split(/\s+/).filter(word => word !== ''))).not.toThrow()
  })

  test.each([...new Set(inline.flatMap(code => code.match(/(?<![\w-])--[a-z][a-z-]+/g) ?? []))])(
    'the flag %s',
    flag => {
      const flags = Object.values(COMMANDS).flatMap(row => Object.keys(row.flags))
      const ofOthers = ['--cpus', '--memory', '--name', '--purge']
      expect([...flags.map(name => `--${name}`), ...ofOthers]).toContain(flag)
    },
  )

  test.each([...new Set(lines.flatMap(line => [...line.matchAll(/npm run ([\w:]+)/g)].map(([, name]) => name!)))])(
    'npm run %s',
    name => {
      expect(JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')).scripts).toHaveProperty([name])
    },
  )

  test.each([...README.matchAll(/\]\(([\w./-]+)\)/g)].map(([, path]) => path!))('the file %s', path => {
    expect(existsSync(join(ROOT, path))).toBe(true)
  })

  test.each([...new Set([...README.matchAll(/\]\(#([\w-]+)\)/g)].map(([, anchor]) => anchor!))])(
    'the section #%s',
    anchor => {
      const anchors = [...README.matchAll(/^#+ (.*)$/gm)].map(([, title]) =>
        title!
          .toLowerCase()
          .replace(/[^\w -]/g, '')
          .replaceAll(' ', '-'),
      )
      expect(anchors).toContain(anchor)
    },
  )

  const sources = readdirSync(join(ROOT, 'src'), { recursive: true, encoding: 'utf8' })
    .filter(file => file.endsWith('.ts') && !file.startsWith('simulator'))
    .map(file => readFileSync(join(ROOT, 'src', file), 'utf8'))
    .join('\n')
  const messages = MESSAGES.exec(README)?.[0] ?? ''
  test.each([...messages.matchAll(/^\| `([^`]+)`/gm)].map(([, message]) => message!))('the message "%s"', message => {
    expect(sources.includes(message)).toBe(true)
  })
})

test('every block of commands runs here, or says what it needs', () => {
  expect(SCRIPTS.length).toBeGreaterThan(8)
  for (const { needs } of SCRIPTS) if (needs !== undefined) expect([...NOT_HERE, 'kubectl', 'helm']).toContain(needs)
  expect(OUTSIDE.match(/^ {4,}\S.*/m)?.[0], 'an indented block would not be looked at').toBeUndefined()
})

describe('the commands of the README, one block after the other in one shell', () => {
  const folder = mkdtempSync(join(tmpdir(), 'eg-readme-'))
  let simulator: Simulator

  beforeAll(async () => {
    simulator = await startSimulator()
    writeFileSync(join(folder, 'kubeconfig'), simulator.kubeconfig)
    const bin = join(folder, 'bin')
    mkdirSync(bin)
    const run = `exec '${process.execPath}' '${join(ROOT, 'bin/eg-setup.js')}'`
    const npx = `[ "$1" = eg-setup ] || { echo "npx $1 is not ours" >&2; exit 1; }\nshift\n${run}`
    writeFileSync(join(bin, 'eg-setup'), `#!/bin/sh\n${run} "$@"\n`, { mode: 0o755 })
    writeFileSync(join(bin, 'npx'), `#!/bin/sh\n${npx} "$@"\n`, { mode: 0o755 })
    writeFileSync(join(folder, 'exports'), '')
  })
  afterAll(async () => {
    await simulator.stop()
    rmSync(folder, { recursive: true })
  })

  /** On a terminal, where Enter is pressed whenever it falls silent: the answers are the defaults. */
  function runInTerminal(script: string): Promise<{ code: number; screen: string }> {
    const shell =
      'set -eo pipefail; . "$STATE/exports"; trap \'declare -px | grep EVENT_GATEWAY_ >"$STATE/exports" || :\' EXIT\n'
    const env = {
      PATH: `${join(folder, 'bin')}${delimiter}${dirname(process.execPath)}${delimiter}${process.env['PATH']}`,
      HOME: folder,
      STATE: folder,
      TERM: 'dumb',
      KUBECONFIG: join(folder, 'kubeconfig'),
    }
    const child = spawn('bash', ['-c', shell + script], { cwd: folder, env, cols: 200, rows: 50 })
    return new Promise(resolve => {
      let screen = ''
      let timer: NodeJS.Timeout
      const press = () => child.write('\r')
      child.onData(text => {
        screen += text
        clearTimeout(timer)
        timer = setTimeout(press, 500)
      })
      child.onExit(({ exitCode: code }) => {
        clearTimeout(timer)
        resolve({ code, screen })
      })
    })
  }

  const withoutSpace = (text: string) => text.replace(/\s/g, '')

  for (const { line, needs, text, answer } of SCRIPTS)
    test.skipIf(needs !== undefined && !isOnPath(needs))(`line ${line}: ${text.split('\n')[0]}`, async () => {
      const { code, screen } = await runInTerminal(text)
      expect({ code, screen }).toMatchObject({ code: 0, screen: expect.not.stringMatching(/^✖/m) })
      if (answer !== undefined) expect(withoutSpace(screen)).toContain(withoutSpace(answer))
    })
})
