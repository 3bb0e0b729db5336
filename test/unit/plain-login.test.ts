import type { RequestOptions } from 'node:https'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { makeKubeConfig } from '../../src/kube/login/library-login.ts'
import { plainOptions } from '../../src/kube/login/plain-login.ts'
import type { Target } from '../../src/kube/login/target.ts'
import { run } from '../bed/command.ts'
import { connectTo } from './kube-server.ts'

const base64 = (text: string) => Buffer.from(text).toString('base64')

test.each<[string, object, object]>([
  ['nobody', {}, {}],
  ['a token', {}, { token: 't' }],
  ['a token that YAML reads as a number', {}, { token: 123 }],
  ['a name and a password', {}, { username: 'me', password: 'pass' }],
  ['a certificate', {}, { 'client-certificate-data': base64('cert'), 'client-key-data': base64('key') }],
  ['an authority', { 'certificate-authority-data': base64('ca') }, { token: 't' }],
  ['another name', { 'tls-server-name': 'x.io' }, {}],
  ['no verification', { 'insecure-skip-tls-verify': true }, {}],
  ['verification said', { 'insecure-skip-tls-verify': false, 'tls-server-name': '' }, { username: '', token: '' }],
])('with %s the plain login is what client-node makes of it', async (_, cluster, user) => {
  const server = 'https://127.0.0.1:6443'
  const target = { context: 'here', cluster: 'c', server, user: 'me', namespace: 'default', clusterEntry: cluster }
  const options: RequestOptions = {}
  await makeKubeConfig(target as unknown as Target, user as never, undefined).applyToHTTPSOptions(options)
  const { agent: _agent, ...library } = options
  expect(plainOptions(cluster as never, user as never)).toEqual(library)
})

const CREDENTIAL = {
  apiVersion: 'client.authentication.k8s.io/v1',
  kind: 'ExecCredential',
  status: { token: 't' },
}
const PLUGIN = {
  apiVersion: CREDENTIAL.apiVersion,
  command: process.execPath,
  args: ['-p', JSON.stringify(JSON.stringify(CREDENTIAL))],
}

test.each([
  ['a credential plugin', { exec: PLUGIN }, false],
  ['an identity provider', { 'auth-provider': { name: 'oidc', config: {} } }, true],
])('for the login with %s client-node is loaded only where it logs in', async (_, user, isLoaded) => {
  const { folder } = await connectTo({ server: 'https://127.0.0.1:1', user })
  // Node says on stderr which files it loads.
  const { stderr } = await run(['env'], { env: { KUBECONFIG: join(folder, 'config'), NODE_DEBUG: 'module' } })
  expect(stderr).toMatch(/load .*cluster-/)
  expect(/load .*library-login/.test(stderr)).toBe(isLoaded)
})
