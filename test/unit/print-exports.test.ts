import { PassThrough } from 'node:stream'
import { describe, expect, test } from 'vitest'
import { type FlagsOf, parseRequest } from '../../src/cli/args.ts'
import { exportsPrinter } from '../../src/cli/print-exports.ts'
import { env as envCommand } from '../../src/commands/env.ts'
import { EXIT } from '../../src/errors.ts'
import { exportsOf } from '../../src/exports/exports.ts'
import type { Io, Output } from '../../src/io.ts'

const EXPORTS = exportsOf({ host: '10.0.0.1', config: 4001, events: 4000 })

type Fake = { isTTY?: boolean; columns?: number; env?: Record<string, string> }

/** Streams that remember what was written, a write a string. */
function makeIo({ isTTY = false, columns = 0, env = { SHELL: '/bin/bash' } }: Fake = {}) {
  const stream = () => {
    const writes: string[] = []
    const output: Output = Object.assign(new PassThrough(), { isTTY, columns })
    output.on('data', chunk => writes.push(String(chunk)))
    return { writes, output }
  }
  const [stdout, stderr] = [stream(), stream()]
  const clock = { now: Date.now, sleep: async () => {} }
  const io: Io = {
    stdin: new PassThrough(),
    stdout: stdout.output,
    stderr: stderr.output,
    env,
    signal: new AbortController().signal,
    clock,
  }
  return { io, stdout: stdout.writes, stderr: stderr.writes }
}

const flagsOf = (line: string) => parseRequest(`env ${line}`.trim().split(' ')) as { flags: FlagsOf<'env'> }

/** What `env` with these flags ends in. */
function printed(line: string, fake?: Fake) {
  const { io, stdout, stderr } = makeIo(fake)
  const { flags } = flagsOf(line)
  const printer = exportsPrinter(flags, io)
  if (flags.unset) printer.unset()
  else printer.print(EXPORTS)
  printer.hint()
  return { stdout, stderr: stderr.join('') }
}

describe('the exports come in one write', () => {
  test.each([
    [
      '',
      "export EVENT_GATEWAY_URL='10.0.0.1';\nexport EVENT_GATEWAY_CONFIG_API_PORT='4001';\nexport EVENT_GATEWAY_EVENTS_API_PORT='4000';\n",
    ],
    [
      '--shell fish',
      "set -gx EVENT_GATEWAY_URL '10.0.0.1';\nset -gx EVENT_GATEWAY_CONFIG_API_PORT '4001';\nset -gx EVENT_GATEWAY_EVENTS_API_PORT '4000';\n",
    ],
    [
      '-o json',
      '{\n  "EVENT_GATEWAY_URL": "10.0.0.1",\n  "EVENT_GATEWAY_CONFIG_API_PORT": "4001",\n  "EVENT_GATEWAY_EVENTS_API_PORT": "4000"\n}\n',
    ],
    [
      '-o dotenv',
      'EVENT_GATEWAY_URL=10.0.0.1\nEVENT_GATEWAY_CONFIG_API_PORT=4001\nEVENT_GATEWAY_EVENTS_API_PORT=4000\n',
    ],
    [
      '-o yaml',
      'EVENT_GATEWAY_URL: "10.0.0.1"\nEVENT_GATEWAY_CONFIG_API_PORT: "4001"\nEVENT_GATEWAY_EVENTS_API_PORT: "4000"\n',
    ],
    [
      '-u',
      'unset EVENT_GATEWAY_URL;\nunset EVENT_GATEWAY_CONFIG_API_PORT;\nunset EVENT_GATEWAY_EVENTS_API_PORT;\nunset EVENT_GATEWAY_SCHEME;\n',
    ],
  ])('%s', (line, text) => {
    expect(printed(line)).toEqual({ stdout: [text], stderr: '' })
  })
})

test.each([
  ['', 'set -gx'],
  ['--shell auto', 'set -gx'],
  ['-o shell', 'set -gx'],
  ['--shell bash', 'export '],
  ['--shell zsh -o shell', 'export '],
  ['--shell pwsh', '$Env:'],
])('in fish, "%s" prints lines with %s', (line, start) => {
  for (const statement of printed(line, { env: { SHELL: '/usr/bin/fish' } })
    .stdout.join('')
    .trimEnd()
    .split('\n'))
    expect(statement.startsWith(start)).toBe(true)
})

describe('on a terminal it prints how to load them', () => {
  test.each([
    [
      '',
      '/bin/zsh',
      'Syntax: sh, bash, zsh, dash, ksh. For another shell, add --shell NAME.\nLoad the variables:\n  eval "$(eg-setup env)"\n',
    ],
    [
      '-n egt --shell fish',
      '/bin/zsh',
      'Syntax: fish. For another shell, add --shell NAME.\nLoad the variables:\n  eg-setup env --namespace egt --shell fish | source\n',
    ],
    [
      '--unset',
      '/bin/tcsh',
      'Syntax: tcsh, csh. For another shell, add --shell NAME.\nUnset the variables:\n  eval "`eg-setup env --unset`"\n',
    ],
    [
      '--context=a;b --kubeconfig=/k',
      '/bin/sh',
      'Syntax: sh, bash, zsh, dash, ksh. For another shell, add --shell NAME.\nLoad the variables:\n  eval "$(eg-setup env --kubeconfig /k --context \'a;b\')"\n',
    ],
    ['-o json', '/bin/sh', ''],
  ])('"env %s" in %s', (line, SHELL, hint) => {
    expect(printed(line, { isTTY: true, env: { SHELL } }).stderr).toBe(hint)
  })

  test('between words where that is narrow, but for the command', () => {
    const { stderr } = printed('-n a-namespace', { isTTY: true, columns: 40, env: { SHELL: '/bin/sh' } })
    expect(stderr).toBe(
      'Syntax: sh, bash, zsh, dash, ksh. For\nanother shell, add --shell NAME.\nLoad the variables:\n  eval "$(eg-setup env --namespace a-namespace)"\n',
    )
  })
})

test.each([
  ['-o json --shell fish', "--shell fish and -o json can't be combined: json is not a shell script."],
  ['-o dotenv --shell auto', "--shell auto and -o dotenv can't be combined: dotenv is not a shell script."],
  ['-o yaml --unset', "--unset and -o yaml can't be combined: yaml is not a shell script."],
])('"env %s" is refused before a cluster is asked', async (line, message) => {
  const { io, stdout } = makeIo({ env: { KUBECONFIG: '/nowhere' } })
  await expect(envCommand(flagsOf(line).flags, io)).rejects.toMatchObject({ code: EXIT.usage, message })
  expect(stdout).toEqual([])
})

test('unsetting needs no kubeconfig', async () => {
  const { io, stdout } = makeIo({ env: { KUBECONFIG: '/nowhere', SHELL: '/bin/fish' } })
  expect(await envCommand(flagsOf('--unset').flags, io)).toBe(EXIT.ok)
  expect(stdout.join('')).toContain('set -e EVENT_GATEWAY_URL;\n')
})
