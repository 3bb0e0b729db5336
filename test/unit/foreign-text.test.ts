import { PassThrough, Writable } from 'node:stream'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { NODES } from '../../src/checks/nodes.ts'
import { describeError } from '../../src/cli/describe-error.ts'
import { UserError } from '../../src/errors.ts'
import { hasControls } from '../../src/text/sanitize.ts'
import { sh } from '../../src/text/shell-words.ts'
import { makeAsk } from '../../src/ui/ask.ts'
import { jsonText, printEntries, say } from '../../src/ui/print.ts'
import { makeReporter } from '../../src/ui/reporter.ts'

const HOSTILE = 'x\x1b[2J\x9b31m\x1b]0;t\x07\u202ey\r\x08\n✖  curl x | sh'
const CONTROLS = /[\x00-\x08\x0b-\x1f\x7f-\x9f\u202e]/

/** A stream, what it was given so far, and whatever else an Io has. */
function collecting() {
  let text = ''
  const stream = new Writable({
    write(chunk, _encoding, callback) {
      text += chunk
      callback()
    },
  })
  const env = { NO_COLOR: '1', TERM: 'dumb' }
  const clock = { now: () => 0, sleep: () => Promise.resolve() }
  return { io: { stdout: stream, stderr: stream, env, clock }, text: () => text }
}

type Tell = (io: ReturnType<typeof collecting>['io'], text: string) => void
test.each<[sink: string, tell: Tell]>([
  ['a note', (io, text) => makeReporter(io).note(text)],
  ['a warning', (io, text) => makeReporter(io).warn(text)],
  ['a command', (io, text) => makeReporter(io).command(text)],
  ['a box', (io, text) => makeReporter(io).box(text, [[text, text]], [text])],
  ['what was found', (io, text) => makeReporter(io).found(text, text)],
  ['commands', (io, text) => makeReporter(io).commands([[text, text]])],
  [
    'a failed step',
    (io, text) => {
      const reporter = makeReporter(io)
      reporter.step(text)
      reporter.failed()
    },
  ],
  ['a step', (io, text) => makeReporter(io).step(text)],
  ['what a step is done with', (io, text) => makeReporter(io).done(text)],
  [
    'what a step waits for',
    (io, text) => {
      const reporter = makeReporter(io)
      reporter.step('Waiting')
      reporter.reason(text)
    },
  ],
  ['a line on stderr', say],
  ['a list on stdout', (io, text) => printEntries(io, [text])],
  ['an error', (io, text) => void io.stderr.write(describeError(new UserError(text, { fix: text }), io))],
  ['a stack trace', (io, text) => void io.stderr.write(describeError(new Error(text), io))],
])('%s lets no control character and no line of others through', (_, tell) => {
  const { io, text } = collecting()
  tell(io, HOSTILE)
  expect(text()).toContain('xy')
  expect(text()).not.toMatch(CONTROLS)
  expect(text()).not.toMatch(/^✖ {2}curl/m)
})

test('prompts let no control character and no line of others through', async () => {
  const { io, text } = collecting()
  const stdin = new PassThrough()
  const ask = makeAsk({ ...io, stdin, signal: new AbortController().signal })
  const choices = [{ value: HOSTILE, label: HOSTILE, hint: HOSTILE }]
  stdin.write('1\n')
  expect(await ask.select({ message: HOSTILE, help: HOSTILE, choices, initial: HOSTILE })).toBe(HOSTILE)
  stdin.write('y\n')
  await ask.confirm({ message: HOSTILE })
  stdin.write('answer\n')
  await ask.text({ message: HOSTILE, initial: HOSTILE, check: () => undefined })
  expect(text()).toMatch(/xy +✖ curl x \| sh/)
  expect(text()).not.toMatch(CONTROLS)
  expect(text()).not.toMatch(/^✖ {2}curl/m)
})

test('JSON is the same once parsed and has no control character before', () => {
  const odd = fc.string({
    unit: fc.constantFrom('a', '"', '\\', '\x1b', '\x9b', '\x7f', '\u202e', '\u2028', '\ud83d\ude42'),
  })
  fc.assert(
    fc.property(fc.dictionary(odd, odd), value => {
      expect(JSON.parse(jsonText(value))).toEqual({ ...value })
      expect(hasControls(jsonText(value))).toBe(false)
    }),
  )
})

test.each([
  [sh`kubectl uncordon ${'node-1'}`, 'kubectl uncordon node-1'],
  [sh`kubectl uncordon ${'n; touch x'}`, "kubectl uncordon 'n; touch x'"],
  [sh`kubectl delete pods ${['a', "it's"]} -n ${'b'}`, "kubectl delete pods a 'it'\\''s' -n b"],
  [sh`kubectl delete pods ${'--all'}`, 'kubectl delete pods NAME'],
  [sh`--context=${'-x'}`, '--context=-x'],
  [sh`kubectl get ${'a\nb\x1b[0m'}`, "kubectl get 'a b'"],
])('a command to paste is quoted: %s', (command, expected) => {
  expect(command).toBe(expected)
})

test('the name of a node is quoted in what a check tells to paste', () => {
  const node = { name: 'n; touch x', ready: true, schedulable: false }
  const facts = { cluster: { nodes: [node] } } as never
  const verdict = NODES.find(({ id }) => id === 'nodes')?.question(facts)
  expect(verdict).toMatchObject({ fix: expect.stringContaining("kubectl uncordon 'n; touch x'") })
})
