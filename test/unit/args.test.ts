import { describe, expect, test } from 'vitest'
import { parseRequest } from '../../src/cli/args.ts'
import { COMMANDS, type Command, flagsOf, TOPICS } from '../../src/cli/command-table.ts'
import { helpText } from '../../src/cli/help.ts'
import { UserError } from '../../src/errors.ts'
import { FAILURES } from '../../src/gateway/failures.ts'

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
    ['install --yes', 'setup', { yes: true }, []],
    ['uninstall', 'cleanup', {}, []],
    ['delete -y', 'cleanup', { yes: true }, []],
    ['doctor', 'check', {}, []],
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
    ['help doctor', 'check'],
    ['help settings', 'settings'],
    ['help environment', 'environment'],
    ['help exit-codes', 'exit-codes'],
    ['env --help', 'env'],
    ['env --bogus extra -n UPPER --help', 'env'],
    ['env -n --help', 'env'],
    ['cleanup -yh', 'cleanup'],
    ['cleanup --version --help', 'cleanup'],
  ])('"eg-setup %s" asks for help', (line, about) => {
    expect(parseRequest(words(line))).toEqual({ command: 'help', about })
  })

  test.each(['version', '--version', 'env --version', '--bogus --version'])(
    '"eg-setup %s" asks for the version',
    line => {
      expect(parseRequest(words(line))).toEqual({ command: 'version' })
    },
  )
})

test.each([
  ['stauts', 'Unknown command "stauts".', 'Did you mean status?'],
  ['clean', 'Unknown command "clean".', 'Did you mean cleanup?'],
  ['evn', 'Unknown command "evn".', 'Did you mean env?'],
  ['constructor', 'Unknown command "constructor".', 'Use one of: setup, check'],
  ['bogus --help', 'Unknown command "bogus".', 'Use one of: setup, check'],
  ['help bogus', 'Unknown command "bogus".', 'Use one of: setup, check'],
  ['--namspace egt env', 'Unknown flag --namspace.', 'Did you mean --namespace?'],
  ['env --no-prob', 'Unknown flag --no-prob.', 'Did you mean --no-probe?'],
  ['env -x', 'Unknown flag -x.', 'List the flags:\neg-setup env --help'],
  ['--constructor', 'Unknown flag --constructor.', 'List the flags:\neg-setup setup --help'],
  [
    'env --yes',
    'Unknown flag --yes for eg-setup env. Commands with this flag: setup, cleanup, demo.',
    'List the flags:\neg-setup env --help',
  ],
  [
    '-f a.yaml env',
    'Unknown flag -f for eg-setup env. Commands with this flag: setup, ',
    'List the flags:\neg-setup env --help',
  ],
  [
    '--no-probe',
    'Unknown flag --no-probe for eg-setup setup. Commands with this flag: env.',
    'List the flags:\neg-setup env --help',
  ],
  ['-namespace egt', '-namespace is parsed as several one-letter flags.', 'Use --namespace.'],
  ['env -output=json', '-output is parsed as several one-letter flags.', 'Use --output.'],
  ['env --namespace', '--namespace needs a value.', 'Use --namespace=NS.'],
  ['env -n --no-probe', '-n needs a value.', 'Use --namespace=NS.'],
  ['env --context=', '--context has an empty value.', 'Use --context=NAME.'],
  ['--yes=1', '--yes takes no value, but got "1".', 'Use --yes without a value.'],
  ['env -o jsn', '-o must be one of: shell, json, dotenv, yaml; got "jsn".', 'Did you mean json?'],
  [
    '--expose nodeport',
    '--expose must be one of: auto, load-balancer, node-port, ingress, gateway-api, cluster-ip; got "nodeport".',
    'Did you mean node-port?',
  ],
  ['--expose lb', '--expose must be one of: ', 'Did you mean load-balancer?'],
  ['env --shell zhs', '--shell must be one of: auto, sh, bash,', 'Did you mean zsh?'],
  ['env --timeout soon', '--timeout must be a duration such as 90s', 'Use --timeout=DURATION.'],
  ['env --timeout 0', '--timeout must be a duration', 'Use'],
  ['env --timeout -5', '--timeout needs a value.', 'Use'],
  ['env --timeout 25h', '--timeout must be a duration', 'Use'],
  ['env --timeout 5s5s', '--timeout must be a duration', 'Use'],
  ['env -n Egt', '-n must be a DNS label', 'Did you mean egt?'],
  ['env -n My_Team', '-n must be a DNS label', 'Did you mean my-team?'],
  ['env -n Egt/', '-n must be a DNS label', 'Use --namespace=NS.'],
  ['env -n egt-', '-n must be a DNS label', 'Use --namespace=NS.'],
  [`env -n ${'a'.repeat(64)}`, '-n must be a DNS label', 'Use'],
  ['env -n a -n b', '-n is given twice: "a" and "b".', 'Remove one of the two.'],
  ['env extra', 'Unexpected argument "extra" for eg-setup env.', 'List the flags:\neg-setup env --help'],
  ['env -- extra', 'Unexpected argument "extra" for eg-setup env.', 'List the flags:\neg-setup env --help'],
  [
    'completion',
    'SHELL must be one of: bash, zsh, fish, powershell; got "".',
    'Specify SHELL:\neg-setup completion SHELL',
  ],
  ['completion zhs', 'SHELL must be one of: bash, zsh, fish, powershell; got "zhs".', 'Did you mean zsh?'],
  [
    'completion zsh fish',
    'Unexpected argument "fish" for eg-setup completion.',
    'List the flags:\neg-setup completion --help',
  ],
  [
    'demo curl x',
    'Unexpected argument "curl" for eg-setup demo.',
    'Add "--" before the command to run:\neg-setup demo -- curl x',
  ],
])('"eg-setup %s" is refused', (line, what, fix) => {
  const error = errorOf(() => parseRequest(words(line)))
  expect(error).toBeInstanceOf(UserError)
  expect(error).toMatchObject({ code: 2, message: expect.stringContaining(what), fix: expect.stringContaining(fix) })
})

test('a word that is empty, as from an unset variable, is refused', () => {
  expect(errorOf(() => parseRequest(['']))).toMatchObject({ message: 'Unknown command "".' })
  expect(errorOf(() => parseRequest(['env', '-n', '']))).toMatchObject({ message: '-n has an empty value.' })
})

test.each([undefined, ...commands, ...(Object.keys(TOPICS) as (keyof typeof TOPICS)[])])(
  'the help of %s fits 80 columns and 60 lines, and ends with a newline',
  about => {
    const text = helpText(about)
    expect(text.split('\n').filter(line => line.length > 80)).toEqual([])
    expect(text.split('\n').length).toBeLessThanOrEqual(61)
    expect(text).toMatch(/[^\n]\n$/)
  },
)

test.each([undefined, ...commands, ...(Object.keys(TOPICS) as (keyof typeof TOPICS)[])])(
  'the help of %s is broken between words at 40 columns, except for commands to paste',
  about => {
    const long = helpText(about, 40)
      .split('\n')
      .filter(line => line.length > 40)
    expect(long.filter(line => !/^ {2,6}(?!#).*eg-setup /.test(line))).toEqual([])
    expect(helpText(about, 40).replace(/[\s#]+/g, '')).toBe(helpText(about).replace(/[\s#]+/g, ''))
  },
)

test('the help on JSON names every reason of verify', () => {
  for (const reason of Object.keys(FAILURES)) expect(helpText('json')).toContain(reason)
})

test('the general help names every topic', () => {
  for (const topic of Object.keys(TOPICS)) expect(helpText(undefined)).toContain(`eg-setup help ${topic}`)
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
