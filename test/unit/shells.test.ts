import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeEach, describe, expect, test } from 'vitest'
import { UserError } from '../../src/errors.ts'
import { detectShell } from '../../src/exports/detect-shell.ts'
import { textOf } from '../../src/exports/formats.ts'
import { findShell, SHELL_NAMES, SHELLS } from '../../src/exports/shells.ts'
import { HOSTILE } from './hostile-values.ts'

const PATH = process.env['PATH'] ?? ''
const folder = mkdtempSync(join(tmpdir(), 'eg-setup-shells-'))
afterAll(() => rmSync(folder, { recursive: true }))

/** Real shells without the user's own files. `apt` is the package of Debian that has it. */
const PROGRAMS = [
  { program: 'bash', flags: ['--norc', '-c'], apt: 'bash' },
  { program: 'dash', flags: ['-c'], apt: 'dash' },
  { program: 'zsh', flags: ['-fc'], apt: 'zsh' },
  { program: 'ksh', flags: ['-c'], apt: 'ksh' },
  { program: 'fish', flags: ['--no-config', '-c'], apt: 'fish' },
  { program: 'tcsh', flags: ['-fc'], apt: 'tcsh' },
  { program: 'elvish', flags: ['-norc', '-c'], apt: 'elvish' },
] as const

const isInstalled = (program: string) => {
  try {
    execFileSync('sh', ['-c', `command -v ${program}`], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}

type Environment = Record<string, string>
const numbered = (values: readonly string[]): Environment =>
  Object.fromEntries(values.map((value, i) => [`V${i}`, value]))

/** Prints the environment of a child of the shell. */
const SHOW = `node show.mjs`
writeFileSync(join(folder, 'show.mjs'), 'process.stdout.write(JSON.stringify(process.env))')

describe.each(PROGRAMS)('$program', ({ program, flags, apt }) => {
  const absent = !isInstalled(program)
  const skipped = absent && !process.env['CI']
  const missing = `${program} is not installed (Debian: apt-get install ${apt})`
  if (skipped) console.warn(`SKIPPED: ${missing}`)
  const name = (text: string) => (skipped ? `SKIPPED, ${missing}: ${text}` : text)
  const ours = test.skipIf(skipped)
  const shell = findShell(program)!

  beforeEach(() => expect(absent, missing).toBe(false))

  /** The variables V0, V1, … as a child of the shell sees them after the lines. */
  const after = (lines: readonly string[], env: Environment = {}): Environment => {
    const options = {
      cwd: folder,
      env: { PATH: [join(process.execPath, '..'), PATH].join(delimiter), HOME: folder, ...env },
    }
    const seen: Environment = JSON.parse(
      execFileSync(program, [...flags, [...lines, SHOW].join('\n')], options).toString(),
    )
    return Object.fromEntries(Object.entries(seen).filter(([key]) => /^V\d+$/.test(key)))
  }
  const evaluated = (values: readonly string[], load = shell.load('cat script')): Environment => {
    writeFileSync(join(folder, 'script'), textOf(shell, numbered(values)))
    return after([load])
  }
  // The backticks of csh turn newlines into spaces, which no value of ours has; a file is read as it is.
  const isCsh = shell.id === 'tcsh'
  const loadAny = isCsh ? 'source script' : shell.load('cat script')

  ours(name('takes hostile values back byte for byte'), () => {
    expect(evaluated(HOSTILE, loadAny)).toEqual(numbered(HOSTILE))
  })

  ours(name('takes them back in the way that the hint says'), () => {
    const values = HOSTILE.filter(value => !isCsh || !value.includes('\n'))
    expect(evaluated(values)).toEqual(numbered(values))
  })

  ours(name('takes random strings back'), () => {
    const character = fc.oneof(
      fc.constantFrom(...'\'"`\\$!%^&|;<>(){}[]*?~#=- \t\r\n\u2018\u2019\u2028é🚪'),
      fc.string({ unit: 'binary', minLength: 1, maxLength: 1 }).filter(text => text !== '\0'),
    )
    const values = fc.array(fc.string({ unit: character, maxLength: 12 }), { minLength: 80, maxLength: 80 })
    fc.assert(
      fc.property(values, found => {
        expect(evaluated(found, loadAny)).toEqual(numbered(found))
      }),
      { numRuns: 5 },
    )
  })

  ours(name('unsets what was set, and minds nothing that was not'), () => {
    writeFileSync(join(folder, 'script'), shell.unset({ V0: '', V1: '', V2: '' }))
    expect(after([shell.load('cat script')], { V0: 'a', V2: 'b', V3: 'stays' })).toEqual({ V3: 'stays' })
  })
})

describe('shells that are not run here', () => {
  test.each([
    ['powershell', "it's", "$Env:V0 = 'it''s'\n"],
    ['powershell', '\u2018a\u2019\u201a\u201b', "$Env:V0 = '\u2018\u2018a\u2019\u2019\u201a\u201a\u201b\u201b'\n"],
    ['powershell', '`n$(id)"', "$Env:V0 = '`n$(id)\"'\n"],
    ['cmd', 'a&b|c', 'set "V0=a&b|c"\n'],
    ['cmd', '', 'set "V0="\n'],
  ])('%s gets %j as a literal', (id, value, text) => {
    expect(textOf(findShell(id)!, { V0: value })).toBe(text)
  })

  test('nu gets the hostile values as a record', () => {
    expect(JSON.parse(textOf(findShell('nu')!, numbered(HOSTILE)))).toEqual(numbered(HOSTILE))
  })

  test.each([
    ['powershell', 'Remove-Item Env:V0 -ErrorAction SilentlyContinue\n'],
    ['cmd', 'set "V0="\n'],
    ['nu', '{\n  "V0": null\n}\n'],
  ])('%s gets what unsets a variable', (id, text) => {
    expect(findShell(id)!.unset({ V0: '' })).toBe(text)
  })

  test.each([...'%"!\r\n'])('cmd gets no value with %j', character => {
    expect(() => textOf(findShell('cmd')!, { V0: `a${character}b` })).toThrow(UserError)
  })
})

test.each(SHELLS)('no shell gets NUL, which no environment takes: $id', shell => {
  expect(() => textOf(shell, { V0: 'a\0b' })).toThrow('The value of V0 contains a character')
})

test('no word names two shells', () => {
  expect(new Set(SHELL_NAMES).size).toBe(SHELL_NAMES.length)
})

test.each([
  ['linux', {}, 'sh'],
  ['linux', { SHELL: '' }, 'sh'],
  ['linux', { SHELL: '/bin/bash' }, 'sh'],
  ['darwin', { SHELL: '/bin/zsh' }, 'sh'],
  ['linux', { SHELL: '/bin/dash' }, 'sh'],
  ['linux', { SHELL: '/usr/bin/ksh' }, 'sh'],
  ['linux', { SHELL: '/usr/bin/xonsh' }, 'sh'],
  ['linux', { SHELL: '/sbin/nologin' }, 'sh'],
  ['darwin', { SHELL: '/opt/homebrew/bin/fish' }, 'fish'],
  ['linux', { SHELL: 'fish' }, 'fish'],
  ['linux', { SHELL: '/bin/tcsh' }, 'tcsh'],
  ['freebsd', { SHELL: '/bin/csh' }, 'tcsh'],
  ['linux', { SHELL: '/usr/bin/elvish' }, 'elvish'],
  ['linux', { SHELL: '/usr/bin/pwsh' }, 'powershell'],
  ['linux', { SHELL: '/usr/bin/nu' }, 'nu'],
  ['linux', { SHELL: '/bin/bash', NU_VERSION: '0.100.0' }, 'nu'],
  ['linux', { SHELL: '/bin/auto' }, 'sh'],
  ['win32', { NU_VERSION: '0.100.0' }, 'nu'],
  ['win32', {}, 'powershell'],
  ['win32', { ComSpec: 'C:\\Windows\\system32\\cmd.exe' }, 'powershell'],
  ['win32', { MSYSTEM: 'MINGW64' }, 'sh'],
  ['win32', { SHELL: '/usr/bin/bash', MSYSTEM: 'MINGW64' }, 'sh'],
  ['win32', { SHELL: 'C:\\Program Files\\Git\\usr\\bin\\bash.exe' }, 'sh'],
  ['win32', { SHELL: 'C:\\msys64\\usr\\bin\\fish.exe', MSYSTEM: 'UCRT64' }, 'fish'],
] as const)('on %s with %j the shell is taken for %s', (platform, env, id) => {
  expect(detectShell(env, platform).id).toBe(id)
})
