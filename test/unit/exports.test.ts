import { PassThrough } from 'node:stream'
import { expect, test } from 'vitest'
import { describeError } from '../../src/cli/describe-error.ts'
import { EXPORT_NAMES, exportsOf } from '../../src/exports/exports.ts'
import type { Endpoint } from '../../src/gateway/endpoint.ts'

const PORTS = { config: 4001, events: 4000 }

test.each([
  ['10.0.0.1', '10.0.0.1'],
  ['2001:db8::1', '[2001:db8::1]'],
  ['::ffff:10.0.0.1', '[::ffff:10.0.0.1]'],
  ['localhost', 'localhost'],
  ['a1-b2.elb.eu-west-1.amazonaws.com', 'a1-b2.elb.eu-west-1.amazonaws.com'],
  ['closed.example.', 'closed.example.'],
  ['xn--bcher-kva.example', 'xn--bcher-kva.example'],
])('%s is exported as %s', (host, url) => {
  const exports = exportsOf({ host, ...PORTS })
  expect(exports.EVENT_GATEWAY_URL).toBe(url)
  expect(Object.keys(exports)).toEqual(Object.keys(EXPORT_NAMES).filter(name => name !== 'EVENT_GATEWAY_SCHEME'))
})

test('with TLS the scheme is exported too', () => {
  expect(Object.entries(exportsOf({ host: 'eg.example.com', config: 443, events: 443, scheme: 'https' }))).toEqual([
    ['EVENT_GATEWAY_URL', 'eg.example.com'],
    ['EVENT_GATEWAY_CONFIG_API_PORT', '443'],
    ['EVENT_GATEWAY_EVENTS_API_PORT', '443'],
    ['EVENT_GATEWAY_SCHEME', 'https'],
  ])
})

test('a config API that is not exposed has no export', () => {
  expect(exportsOf({ host: '10.0.0.1', events: 80 })).toEqual({
    EVENT_GATEWAY_URL: '10.0.0.1',
    EVENT_GATEWAY_EVENTS_API_PORT: '80',
  })
})

const FAKE_PORT = '4000; touch x' as unknown as number

test.each<[string, Endpoint]>([
  ['a command', { host: '$(touch x)', ...PORTS }],
  ['backticks', { host: '`touch x`', ...PORTS }],
  ['a quote', { host: "a';touch x;'", ...PORTS }],
  ['a newline', { host: '10.0.0.1\ntouch x', ...PORTS }],
  ['a newline at the end', { host: '10.0.0.1\n', ...PORTS }],
  ['a carriage return', { host: 'a\rb', ...PORTS }],
  ['NUL', { host: 'a\0b', ...PORTS }],
  ['an escape sequence', { host: '\x1b[2Ja', ...PORTS }],
  ['500 kB', { host: 'a'.repeat(500_000), ...PORTS }],
  ['500 kB of labels', { host: 'a.'.repeat(250_000), ...PORTS }],
  ['a space', { host: 'a b', ...PORTS }],
  ['nothing', { host: '', ...PORTS }],
  ['Unicode', { host: 'gäteway.example', ...PORTS }],
  ['letters that look like ASCII', { host: 'ｅxample', ...PORTS }],
  ['a scheme', { host: 'http://10.0.0.1', ...PORTS }],
  ['a port', { host: '10.0.0.1:4000', ...PORTS }],
  ['a user', { host: 'me@10.0.0.1', ...PORTS }],
  ['an IPv6 zone', { host: 'fe80::1%eth0', ...PORTS }],
  ['a command in an IPv6 zone', { host: 'fe80::1%$(touch x)', ...PORTS }],
  ['a hyphen in front, as a flag has it', { host: '-oProxyCommand', ...PORTS }],
  ['a label of 64 letters', { host: 'a'.repeat(64), ...PORTS }],
  ['hexadecimal digits', { host: '0x7f.1', ...PORTS }],
  ['octal digits', { host: '017700000001', ...PORTS }],
  ['one number', { host: '2130706433', ...PORTS }],
  ['too few numbers', { host: '127.1', ...PORTS }],
  ['a number at its end', { host: 'gateway.0X7F.', ...PORTS }],
  ['port 0', { host: '10.0.0.1', config: 0, events: 4000 }],
  ['port 65536', { host: '10.0.0.1', config: 4001, events: 65_536 }],
  ['half a port', { host: '10.0.0.1', config: 4001, events: 0.5 }],
  ['a port that is text', { host: '10.0.0.1', config: 4001, events: FAKE_PORT }],
])('an address with %s is refused in short lines', (_what, endpoint) => {
  const text = errorText(() => exportsOf(endpoint))
  expect(text).toMatch(/^✖ {2}The cluster reports "[ -~äｅ…]*" as [^\n]{1,60}\.\n {3}[^\n]+\n( {5}[^\n]+\n)*$/)
  expect(text.length).toBeLessThan(300)
})

function errorText(run: () => unknown): string {
  try {
    run()
    return 'nothing was thrown'
  } catch (error) {
    return describeError(error, { stderr: new PassThrough(), env: { NO_COLOR: '1' } })
  }
}
