import { expect, test } from 'vitest'
import { givenFrom } from '../../src/settings/given.ts'
import { isDnsName } from '../../src/text/ip.ts'

const ADDRESSES = ['0x7f.1', '0x7f000001', '017700000001', '0177.0.0.1', '2130706433', '127.1', '10.0.0.0x1']

test.each(ADDRESSES)('%s is no DNS name, but an address in disguise', text => {
  expect(isDnsName(text)).toBe(false)
  for (const set of [`etcd.endpoints={${text}:2379}`, `ingress.host=${text}`, `allowFrom={${text}}`])
    expect(() => givenFrom({ set: [set] })).toThrow(text)
})

test.each(['localhost', 'gateway.example.com.', '1.example', '3com.com', 'a-1', 'x0x1'])('%s is a DNS name', text => {
  expect(isDnsName(text)).toBe(true)
})
