import { expect, test } from 'vitest'
import { oneLine, sanitize, shorten } from '../../src/text/sanitize.ts'
import { pasteable } from '../../src/text/shell-words.ts'

test.each<[title: string, text: string, clean: string]>([
  ['plain text, tabs and newlines stay', 'Größe:\t5\n日本 🙂', 'Größe:\t5\n日本 🙂'],
  ['colours', '\x1b[31mred\x1b[0m \x9b1;5mblink', 'red blink'],
  ['a title of the window', 'a\x1b]0;title\x07b\x1b]8;;http://x\x1b\\c', 'abc'],
  ['a string without end hides nothing', 'a\x1b]0;rest', 'a0;rest'],
  ['a device control string', 'a\x1bP1$r\x1b\\b', 'ab'],
  ['two-byte escapes', '\x1bca\x1b(0b\x1b', 'ab'],
  ['carriage returns and backspaces', 'ok\rno\b\b\0', 'okno'],
  ['C1 and DEL', 'a\x85\x9d\x7fb', 'ab'],
  ['what reorders', 'a\u202eb\u2066c\u200fd', 'abcd'],
])('%s', (_, text, clean) => {
  expect(sanitize(text)).toBe(clean)
})

test('a long text is cut, never within a character', () => {
  expect(sanitize('x'.repeat(501))).toBe(`${'x'.repeat(499)}…`)
  expect(sanitize('x'.repeat(500))).toBe('x'.repeat(500))
  expect(sanitize('abc🙂d', 5)).toBe('abc…')
})

test('megabytes of escapes take no time', () => {
  const start = performance.now()
  for (const part of ['\x1b]', '\x1b[', '\x1bP\x1b', '\x9b0']) sanitize(part.repeat(1_000_000))
  expect(performance.now() - start).toBeLessThan(1000)
})

test('one line is one line', () => {
  expect(oneLine('  a\r\n\tb\u2028c\x1b[1m \n')).toBe('a b c')
})

test.each([
  ['kind-a', 'kind-a'],
  ['arn:aws:eks:eu:1:cluster/a', 'arn:aws:eks:eu:1:cluster/a'],
  ['my cluster', "'my cluster'"],
  ["it's; $(x)", `'it'\\''s; $(x)'`],
])('%s is pasted as %s', (name, word) => {
  expect(pasteable(name)).toBe(word)
})

test.each([
  ['short enough', 20, 'short enough'],
  ["Installing etcd: pod x can't pull image y: no such host", 30, 'Installing…age y: no such host'],
  ['🙂🙂🙂🙂🙂🙂', 6, '🙂…🙂'],
])('%j in %i characters is cut in its middle, never within a character', (text, limit, expected) => {
  expect(shorten(text, limit)).toBe(expected)
})
