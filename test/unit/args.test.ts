import { describe, expect, test } from 'vitest'
import { parseRequest } from '../../src/args.ts'
import { COMMANDS, type Command, flagsOf } from '../../src/command-table.ts'
import { UserError } from '../../src/errors.ts'
import { helpText } from '../../src/help.ts'

const commands = Object.keys(COMMANDS) as Command[]
const words = (line: string) => line.split(' ').filter(word => word !== '')

describe('what was asked for', () => {
  test.each([
    ['', 'setup', {}, []],
    ['-y', 'setup', { yes: true }, []],
    ['setup --yes --yes', 'setup', { yes: true }, []],
    ['-n egt env', 'env', { namespace: 'egt' }, []],
    ['env -negt', 'env', { namespace: 'egt' }, []],
    ['env -n=egt', 'env', { namespace: 'egt' }, []],
    ['env --namespace=egt --namespace egt', 'env', { namespace: 'egt' }, []],
    ['env --timeout 90', 'env', { timeout: 90_000 }, []],
    ['env --timeout 90s', 'env', { timeout: 90_000 }, []],
    ['env --timeout 5m', 'env', { timeout: 300_000 }, []],
    ['env --timeout 1h30m', 'env', { timeout: 5_400_000 }, []],
    ['env --timeout 1m30', 'env', { timeout: 90_000 }, []],
    ['env --timeout 500ms', 'env', { timeout: 500 }, []],
    ['env --timeout 1m --timeout 60s', 'env', { timeout: 60_000 }, []],
    ['-f a.yaml -f - --set a=b --set=-c=d', 'setup', { values: ['a.yaml', '-'], set: ['a=b', '-c=d'] }, []],
    ['--expose node-port -o json', 'setup', { expose: 'node-port', output: 'json' }, []],
    [
      'env -o shell --shell sh --no-probe --no-color -v',
      'env',
      { output: 'shell', shell: 'sh', 'no-probe': true, 'no-color': true, verbose: true },
      [],
    ],
    ['cleanup -y --delete-data --dry-run', 'cleanup', { yes: true, 'delete-data': true, 'dry-run': true }, []],
    [
      '--kubeconfig a:b --context c --force-conflicts',
      'setup',
      { kubeconfig: 'a:b', context: 'c', 'force-conflicts': true },
      [],
    ],
    ['--dry-run', 'setup', { 'dry-run': true }, []],
    ['check -o json -n egt', 'check', { output: 'json', namespace: 'egt' }, []],
    ['demo', 'demo', {}, []],
    ['completion zsh', 'completion', {}, ['zsh']],
    ['demo -y -- curl -y --help -- x', 'demo', { yes: true }, ['curl', '-y', '--help', '--', 'x']],
  ])('"eg-setup %s" is understood', (line, command, flags, rest) => {
    expect(parseRequest(words(line))).toEqual({ command, flags, rest })
  })

  test.each([
    ['--help', undefined],
    ['-h', undefined],
    ['help', undefined],
    ['--bogus -h', undefined],
    ['help env', 'env'],
    ['env --help', 'env'],
    ['env --bogus extra -n UPPER --help', 'env'],
    ['env -n --help', 'env'],
    ['cleanup -yh', 'cleanup'],
    ['cleanup --version --help', 'cleanup'],
  ])('"eg-setup %s" asks for help', (line, about) => {
    expect(parseRequest(words(line))).toEqual({ command: 'help', about })
  })

  test.each(['--version', 'env --version', '--bogus --version'])('"eg-setup %s" asks for the version', line => {
    expect(parseRequest(words(line))).toEqual({ command: 'version' })
  })
})

test.each([
  ['stauts', 'There is no command "stauts".', 'Did you mean: eg-setup status'],
  ['clean', 'There is no command "clean".', 'Did you mean: eg-setup cleanup'],
  ['evn', 'There is no command "evn".', 'Did you mean: eg-setup env'],
  ['constructor', 'There is no command "constructor".', 'The commands are'],
  ['bogus --help', 'There is no command "bogus".', 'The commands are'],
  ['help bogus', 'There is no command "bogus".', 'The commands are'],
  ['--namspace egt env', 'There is no flag --namspace.', 'Did you mean --namespace?'],
  ['env --no-prob', 'There is no flag --no-prob.', 'Did you mean --no-probe?'],
  ['env -x', 'There is no flag -x.', 'See: eg-setup env --help'],
  ['--constructor', 'There is no flag --constructor.', 'See: eg-setup setup --help'],
  ['env --yes', '"eg-setup env" takes no --yes, which belongs to setup, cleanup, demo.', 'See: eg-setup env --help'],
  ['-f a.yaml env', '"eg-setup env" takes no -f, which belongs to setup, ', 'See: eg-setup env --help'],
  ['--no-probe', '"eg-setup setup" takes no --no-probe, which belongs to env.', 'See: eg-setup env --help'],
  ['-namespace egt', '-namespace is read as several one-letter flags.', 'Write --namespace.'],
  ['env -output=json', '-output is read as several one-letter flags.', 'Write --output.'],
  ['env --namespace', '--namespace needs a value.', 'Write --namespace=NS.'],
  ['env -n --no-probe', '-n needs a value.', 'Write --namespace=NS.'],
  ['env --context=', '--context has an empty value.', 'Write --context=NAME.'],
  ['--yes=1', '--yes takes no value, but has "1".', 'Write --yes alone.'],
  ['env -o jsn', '-o must be shell, json, dotenv or yaml, not "jsn".', 'Did you mean json?'],
  [
    '--expose nodeport',
    '--expose must be auto, load-balancer, node-port, ingress or cluster-ip, not "nodeport".',
    'Did you mean node-port?',
  ],
  ['env --shell zhs', '--shell must be auto, sh, bash,', 'Did you mean zsh?'],
  ['env --timeout soon', '--timeout must be a duration such as 90s', 'Write --timeout=DURATION.'],
  ['env --timeout 0', '--timeout must be a duration', 'Write'],
  ['env --timeout -5', '--timeout needs a value.', 'Write'],
  ['env --timeout 25h', '--timeout must be a duration', 'Write'],
  ['env --timeout 5s5s', '--timeout must be a duration', 'Write'],
  ['env -n Egt', '-n must be a DNS label', 'Did you mean egt?'],
  ['env -n My_Team', '-n must be a DNS label', 'Did you mean my-team?'],
  ['env -n Egt/', '-n must be a DNS label', 'Write --namespace=NS.'],
  ['env -n egt-', '-n must be a DNS label', 'Write --namespace=NS.'],
  [`env -n ${'a'.repeat(64)}`, '-n must be a DNS label', 'Write'],
  ['env -n a -n b', '-n is given as "a" and as "b".', 'Leave one of them out.'],
  ['env extra', '"eg-setup env" cannot do anything with "extra".', 'See: eg-setup env --help'],
  ['env -- extra', '"eg-setup env" cannot do anything with "extra".', 'See: eg-setup env --help'],
  ['completion', 'SHELL must be bash, zsh, fish or powershell, not "".', 'Write: eg-setup completion SHELL'],
  ['completion zhs', 'SHELL must be bash, zsh, fish or powershell, not "zhs".', 'Did you mean zsh?'],
  ['completion zsh fish', '"eg-setup completion" cannot do anything with "fish".', 'See: eg-setup completion --help'],
  [
    'demo curl x',
    '"eg-setup demo" cannot do anything with "curl".',
    'Put the command to run after "--": eg-setup demo -- curl x',
  ],
])('"eg-setup %s" is refused', (line, what, fix) => {
  const error = errorOf(() => parseRequest(words(line)))
  expect(error).toBeInstanceOf(UserError)
  expect(error).toMatchObject({ code: 2, message: expect.stringContaining(what), fix: expect.stringContaining(fix) })
})

test('a word that is empty, as from an unset variable, is refused', () => {
  expect(errorOf(() => parseRequest(['']))).toMatchObject({ message: 'There is no command "".' })
  expect(errorOf(() => parseRequest(['env', '-n', '']))).toMatchObject({ message: '-n has an empty value.' })
})

describe.each([undefined, ...commands])('the help of %s', command => {
  test('fits 80 columns and ends with a newline', () => {
    const text = helpText(command)
    expect(text.split('\n').filter(line => line.length > 80)).toEqual([])
    expect(text).toMatch(/[^\n]\n$/)
  })

  test('has examples, the environment and the exit codes', () => {
    expect(helpText(command)).toMatch(/Examples:[\s\S]*KUBECONFIG[\s\S]*NO_COLOR[\s\S]*130, 143/)
  })
})

test('the general help names every command', () => {
  for (const [name, { summary }] of Object.entries(COMMANDS))
    expect(helpText(undefined).replace(/\s+/g, ' ')).toContain(` ${name} ${summary}`)
})

describe.each(commands)('the row of %s', command => {
  test('has every flag in its help', () => {
    for (const [name, { short }] of Object.entries(flagsOf(command)))
      expect(helpText(command)).toMatch(new RegExp(`^ {2}${short ? `-${short},` : '   '} --${name} `, 'm'))
  })

  test('has examples that are understood', () => {
    for (const [line] of COMMANDS[command].examples) {
      const plain = /eg-setup[^|)>]*/.exec(line)?.[0] ?? ''
      expect(parseRequest(words(plain).slice(1))).toMatchObject({ command })
    }
  })

  test('agrees with the others on letters and on which flags take a value', () => {
    const letters = new Map<string, string>()
    for (const other of commands)
      for (const [name, { short, type }] of Object.entries(flagsOf(other))) {
        const mine = flagsOf(command)[name]
        if (mine) expect([name, mine.short, mine.type === undefined]).toEqual([name, short, type === undefined])
        if (short) expect(letters.get(short) ?? name).toBe(name)
        if (short) letters.set(short, name)
      }
  })
})

function errorOf(run: () => unknown): unknown {
  try {
    return run()
  } catch (error) {
    return error
  }
}
