import { Writable } from 'node:stream'
import { expect, test } from 'vitest'
import { wrap } from '../../src/text/wrap.ts'
import { makeReporter } from '../../src/ui/reporter.ts'
import { canDraw, isPlain, signsFor } from '../../src/ui/terminal.ts'

test.each([
  ['', 10, ['']],
  ['one two three', 7, ['one two', 'three']],
  ['one two three', 6, ['one', 'two', 'three']],
  ['a-word-that-is-too-long for it', 8, ['a-word-that-is-too-long', 'for it']],
  ['\x1b[2mdim\x1b[22m words', 9, ['\x1b[2mdim\x1b[22m words']],
  ['日本 日本', 6, ['日本', '日本']],
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
  [{}, true, 80, true],
  [{ NO_COLOR: '1' }, true, 80, true],
  [{}, false, 80, false],
  [{ CI: 'true' }, true, 80, false],
  [{ ACCESSIBLE: '1' }, true, 80, false],
  [{ TERM: 'dumb' }, true, 80, false],
  [{}, true, 40, false],
])('with %j, a terminal: %s, of %i columns: rails and boxes are drawn: %s', (env, isTTY, columns, drawn) => {
  expect(canDraw(Object.assign(new Writable(), { isTTY, columns }), env)).toBe(drawn)
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
  let now = 0
  const clock = { now: () => now, sleep: () => Promise.resolve() }
  const tick = (ms: number) => {
    now += ms
  }
  return { reporter: makeReporter({ ...io, clock }), text: () => text, tick }
}

test('plain lines are broken between words on a narrow terminal, commands and logs are not', () => {
  const narrow = said(true, 24)
  narrow.reporter.note('one two three four five')
  narrow.reporter.box(
    'Plan',
    [
      ['Into', 'one two three four five six'],
      ['', 'seven'],
    ],
    ['one two three four five'],
  )
  narrow.reporter.commands([['Remove it', 'eg-setup cleanup --context demo']])
  narrow.reporter.warn('one two three four five six', 'Do this:\neg-setup --context demo --yes\nOr do something else.')
  expect(narrow.text()).toBe(
    `one two three four
five
Plan
  Into   one two three
         four five six
         seven
▲  one two three four
   five
Remove it:
  eg-setup cleanup --context demo
▲  one two three four
   five six
   Do this:
     eg-setup --context demo --yes
   Or do something
   else.
`,
  )
  const log = said(false, 24)
  log.reporter.note('one two three four five')
  expect(log.text()).toBe('one two three four five\n')
})

test('a wide terminal has the same words on a rail', () => {
  const wide = said(true, 60)
  wide.reporter.intro('eg-setup 1.2.3')
  wide.reporter.found('minikube · 1 node', 'context minikube')
  wide.reporter.box('Plan', [['Into', 'one two']], ['A risk.'])
  wide.reporter.done('etcd ready')
  wide.reporter.warn('A problem.', 'Do this:\nkubectl get pods')
  wide.reporter.commands([['Remove it', 'eg-setup cleanup']])
  wide.reporter.outro()
  expect(wide.text()).toBe(
    `┌  eg-setup 1.2.3
│
◇  minikube · 1 node
│  context minikube
│
◇  Plan ───────────╮
│                  │
│  Into   one two  │
│                  │
├──────────────────╯
▲  A risk.
◇  etcd ready
▲  A problem.
│  Do this:
│    kubectl get pods
│
│  Remove it    eg-setup cleanup
│
└  

`,
  )
})

test.each([
  [100, ''],
  [1000, ' (1s)'],
  [59_900, ' (59s)'],
  [65_000, ' (1m05s)'],
])('a stage of %i ms is shown with its time%s', (ms, shown) => {
  const log = said(false, 80)
  log.reporter.step('etcd')
  log.tick(ms)
  log.reporter.done('etcd ready')
  expect(log.text()).toBe(`etcd …\n✔  etcd ready${shown}\n`)
})

test('a stage that fails is shown with its name', () => {
  const log = said(false, 80)
  log.reporter.step('etcd')
  log.tick(2000)
  log.reporter.failed()
  log.reporter.failed()
  expect(log.text()).toBe('etcd …\n✖  etcd (2s)\n')
})
