import { expect, test } from 'vitest'
import { proxyFor } from '../../src/kube/login/proxy.ts'

const P = 'http://proxy:3128'

test.each<[server: string, env: Record<string, string>, proxy: string | undefined]>([
  ['https://api.x.io', {}, undefined],
  ['https://api.x.io', { HTTPS_PROXY: P }, P],
  ['https://api.x.io', { https_proxy: P }, P],
  ['https://api.x.io', { HTTPS_PROXY: P, https_proxy: 'http://other' }, P],
  ['https://api.x.io', { HTTP_PROXY: P, ALL_PROXY: P }, undefined],
  ['http://api.x.io', { HTTP_PROXY: P }, P],
  ['https://api.x.io', { HTTPS_PROXY: 'proxy:3128' }, P],
  ['https://api.x.io', { HTTPS_PROXY: 'socks5://proxy:1080' }, 'socks5://proxy:1080'],
  ['https://localhost:6443', { HTTPS_PROXY: P }, undefined],
  ['https://127.0.0.5:6443', { HTTPS_PROXY: P }, undefined],
  ['https://[::1]:6443', { HTTPS_PROXY: P }, undefined],
  ['https://localhost.x.io', { HTTPS_PROXY: P }, P],
])('%s with %o goes by %s', (server, env, proxy) => {
  expect(proxyFor(new URL(server), env)).toBe(proxy)
})

test.each<[server: string, exceptions: string, proxied: boolean]>([
  ['https://api.x.io', '*', false],
  ['https://api.x.io', 'y.io, x.io', false],
  ['https://x.io', 'x.io', false],
  ['https://notx.io', 'x.io', true],
  ['https://X.io', 'x.IO', false],
  ['https://x.io', '.x.io', true],
  ['https://api.x.io', '.x.io', false],
  ['https://x.io', '*.x.io', true],
  ['https://api.x.io', '*.x.io', false],
  ['https://x.io', 'x.io:443', false],
  ['https://x.io:6443', 'x.io:443', true],
  ['https://x.io:6443', 'x.io:6443', false],
  ['https://10.1.2.3', '10.0.0.0/8', false],
  ['https://11.1.2.3', '10.0.0.0/8', true],
  ['https://10.1.2.3', '10.1.2.3', false],
  ['https://10.1.2.3', '10.1.2.3:6443', true],
  ['https://10.1.2.3:6443', '10.1.2.3:6443', false],
  ['https://[fd00::1]:6443', 'fd00::/8', false],
  ['https://[fd00::1]:6443', '[fd00::1]:6443', false],
  ['https://[fd00::1]:6443', 'fd00:0::1', false],
  ['https://[fd00::1]:6443', '10.0.0.0/8', true],
  ['https://api.x.io', ',:443,/8,x/y,', true],
])('%s with NO_PROXY=%s', (server, exceptions, proxied) => {
  expect(proxyFor(new URL(server), { HTTPS_PROXY: P, NO_PROXY: exceptions })).toBe(proxied ? P : undefined)
})
