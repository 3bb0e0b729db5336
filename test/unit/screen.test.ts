import { Writable } from 'node:stream'
import { expect, test } from 'vitest'
import { wrap } from '../../src/text/wrap.ts'
import { makeReporter } from '../../src/ui/reporter.ts'
import { isPlain, signsFor } from '../../src/ui/terminal.ts'

test.each([
  ['', 10, ['']],
  ['one two three', 7, ['one two', 'three']],
  ['one two three', 6, ['one', 'two', 'three']],
  ['a-word-that-is-too-long for it', 8, ['a-word-that-is-too-long', 'for it']],
  ['\x1b[2mdim\x1b[22m words', 9, ['\x1b[2mdim\x1b[22m words']],
])('%j in %i columns is %j', (text, width, lines) => {
  expect(wrap(text, width)).toEqual(lines)
})

test.each([
  [{ TERM: 'xterm-256color' }, false],
  [{ TERM: 'dumb' }, true],
  [{ ACCESSIBLE: '1' }, true],
  [{ ACCESSIBLE: '0' }, false],
  [{}, false],
])('with %j plain lines are wanted: %s', (env, plain) => {
  expect(isPlain(env)).toBe(plain)
})

test.each([
  ['linux', { TERM: 'xterm' }, '✔'],
  ['linux', { TERM: 'linux' }, '*'],
  ['darwin', {}, '✔'],
  ['win32', {}, '*'],
  ['win32', { WT_SESSION: 'x' }, '✔'],
  ['win32', { TERM_PROGRAM: 'vscode' }, '✔'],
] as const)('on %s with %j the sign for done is %s', (platform, env, done) => {
  expect(signsFor(env, platform).done).toBe(done)
})

const said = (isTTY: boolean, columns: number) => {
  let text = ''
  const stderr = new Writable({
    write(chunk, _encoding, callback) {
      text += chunk
      callback()
    },
  })
  const io = { stderr: Object.assign(stderr, { isTTY, columns }), env: { NO_COLOR: '1' } }
  const clock = { now: () => 0, sleep: () => Promise.resolve() }
  return { reporter: makeReporter({ ...io, clock }), text: () => text }
}

test('notes and tables are broken between words on a terminal, commands and logs are not', () => {
  const narrow = said(true, 21)
  narrow.reporter.note('one two three four five')
  narrow.reporter.table([['Where', 'one two three four']])
  narrow.reporter.command('eg-setup cleanup --context demo')
  expect(narrow.text()).toBe(
    'one two three four\nfive\n  Where  one two\n         three four\n  eg-setup cleanup --context demo\n',
  )
  const log = said(false, 21)
  log.reporter.note('one two three four five')
  expect(log.text()).toBe('one two three four five\n')
})
