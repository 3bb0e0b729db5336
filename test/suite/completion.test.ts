import { execFileSync } from 'node:child_process'
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { COMMANDS, type Command, flagsOf } from '../../src/cli/command-table.ts'
import { run } from '../bed/command.ts'
import { openTerminal } from '../bed/terminal.ts'

const COMMAND_NAMES = Object.keys(COMMANDS)
const longFlags = (command: Command) => Object.keys(flagsOf(command)).map(name => `--${name}`)
const HOSTILE = 'a$(touch pwned)'

let folder: string
const at = (name: string) => join(folder, name)

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'eg-completion-'))
  for (const shell of ['bash', 'zsh', 'fish', 'powershell']) {
    const { code, stdout } = await run(['completion', shell])
    expect(code).toBe(0)
    writeFileSync(at(shell), stdout)
  }
  writeFileSync(at('kubectl'), `#!/bin/sh\nprintf '%s\\n' kind-dev kind-two '${HOSTILE}'\n`)
  chmodSync(at('kubectl'), 0o755)
  writeFileSync(at('my values.yaml'), '')
})
afterAll(() => rmSync(folder, { recursive: true }))

const has = (shell: string) => {
  try {
    execFileSync(shell, ['-c', ':'])
    return true
  } catch (error) {
    // Where CI is set, a shell that is missing is a failure.
    if (process.env['CI']) throw error
    return false
  }
}
const inShell = (shell: string, ...args: string[]) =>
  execFileSync(shell, args, { cwd: folder, env: { PATH: `${folder}:/usr/bin:/bin`, HOME: folder }, encoding: 'utf8' })
    .split('\n')
    .filter(line => line !== '')

/** What bash offers: readline splits at "=", and calls the function with the words and the place of the cursor. */
function bashOffers(line: string): string[] {
  const words = line.split(/ |(=)/).filter(word => word !== undefined && (word !== '' || line.endsWith(' ')))
  const script = 'source "$0"; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _eg_setup; printf "%s\\n" "${COMPREPLY[@]}"'
  return inShell('bash', '--norc', '-c', script, at('bash'), ...words)
}
/** fish adds a description after a tab. */
const fishOffers = (line: string): string[] =>
  inShell('fish', '--no-config', '-c', 'source $argv[1]; complete -C $argv[2]', at('fish'), line).map(
    offer => offer.split('\t')[0]!,
  )

const CASES: readonly (readonly [line: string, offers: readonly string[]])[] = [
  ['eg-setup ', COMMAND_NAMES],
  ['eg-setup cl', ['cleanup']],
  ['eg-setup -n demo e', ['env']],
  ['eg-setup --no', ['--no-color']],
  ['eg-setup cleanup --d', ['--delete-data', '--dry-run']],
  ['eg-setup env --', longFlags('env')],
  ['eg-setup --yes --', longFlags('setup')],
  ['eg-setup demo --', longFlags('demo')],
  ['eg-setup --expose l', ['load-balancer']],
  ['eg-setup env -o ', ['shell', 'json', 'dotenv', 'yaml']],
  ['eg-setup completion ', ['bash', 'zsh', 'fish', 'powershell']],
  ['eg-setup env --context kind-', ['kind-dev', 'kind-two']],
]

describe.skipIf(!has('bash'))('bash', () => {
  test.each(CASES)('"%s" is completed', (line, offers) => {
    expect(bashOffers(line).toSorted()).toEqual([...offers].toSorted())
  })

  test('the value after "=" is completed', () => {
    expect(bashOffers('eg-setup --expose=n')).toEqual(['node-port'])
    expect(bashOffers('eg-setup --expose=')).toHaveLength(6)
  })

  test('where a file is wanted it offers nothing itself, so that readline offers files', () => {
    expect(bashOffers('eg-setup --values my')).toEqual([])
    expect(inShell('bash', '--norc', '-c', 'source "$0"; complete -p eg-setup', at('bash'))).toEqual([
      'complete -o default -F _eg_setup eg-setup',
    ])
  })

  test('what stands in the name of a context is not run', () => {
    expect(bashOffers('eg-setup --context a')).toEqual(['a\\$\\(touch\\ pwned\\)'])
    expect(inShell('bash', '-c', 'ls')).not.toContain('pwned')
  })
})

describe.skipIf(!has('fish'))('fish', () => {
  test.each(CASES)('"%s" is completed', (line, offers) => {
    const found = fishOffers(line).filter(offer => !/^-\w$/.test(offer))
    expect(found.toSorted()).toEqual([...offers].toSorted())
  })

  test('after "=" the value is completed, and files where a file is wanted', () => {
    expect(fishOffers('eg-setup --expose=n')).toEqual(['--expose=node-port'])
    expect(fishOffers('eg-setup --values my')).toEqual(['my values.yaml'])
  })

  test('what stands in the name of a context is not run', () => {
    expect(fishOffers('eg-setup --context a')).toContain(HOSTILE)
    expect(inShell('fish', '-c', 'ls')).not.toContain('pwned')
  })
})

describe.skipIf(!has('zsh'))('zsh, with the keys of a person', () => {
  const open = async () => {
    const terminal = openTerminal(['-f'], {
      command: ['zsh'],
      columns: 100,
      rows: 60,
      env: { PATH: `${folder}:/usr/bin:/bin` },
    })
    terminal.type(
      `PS1='> '; autoload -U compinit; compinit -D -u; source ${at('zsh')}; cd ${folder}; print -u2 rea'dy'\r`,
    )
    await terminal.shows(/^ready/m)
    return terminal
  }

  test.each([
    ['eg-setup cl', /> eg-setup cleanup$/m],
    ['eg-setup cleanup --de', /> eg-setup cleanup --delete-data$/m],
    ['eg-setup --expose=nod', /> eg-setup --expose=node-port/],
    ['eg-setup -n demo env --sh', /> eg-setup -n demo env --shell=?/],
    ['eg-setup completion po', /> eg-setup completion powershell/],
    ['eg-setup --values my', /> eg-setup --values my\\ values\.yaml/],
    ['eg-setup env --context kind-d', /> eg-setup env --context kind-dev/],
  ])('"%s" and Tab is completed', async (line, completed) => {
    const terminal = await open()
    terminal.type(`${line}\t`)
    await terminal.shows(completed).finally(terminal.close)
  })

  test('Tab lists the commands with what they do', async () => {
    const terminal = await open()
    terminal.type('eg-setup \t')
    for (const [name, { summary }] of Object.entries(COMMANDS).toSorted())
      await terminal.shows(RegExp(`^${name} +-- ${summary.slice(0, 30)}`, 'm'))
    terminal.close()
  })
})

test('the script for PowerShell holds every command, flag and choice in its quotes', async () => {
  const { stdout } = await run(['completion', 'powershell'])
  for (const name of COMMAND_NAMES) expect(stdout).toMatch(RegExp(`^ +'${name}' = '`, 'm'))
  for (const name of COMMAND_NAMES as Command[])
    for (const flag of longFlags(name))
      expect(stdout).toMatch(RegExp(`^ +'${name}' = \\[ordered\\].*'${flag}' = '`, 'm'))
  expect(stdout).toContain(
    `'setup --expose' = @('auto', 'load-balancer', 'node-port', 'ingress', 'gateway-api', 'cluster-ip')`,
  )
  // A quote in a text is doubled, so quotes come in pairs.
  for (const line of stdout.split('\n')) expect([line, line.split("'").length % 2]).toEqual([line, 1])
})
