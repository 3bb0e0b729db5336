import { chmodSync, mkdtempSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { dump, load } from 'js-yaml'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Bed, openBed } from '../bed/bed.ts'
import { run } from '../bed/command.ts'
import { createNamespace, deleteNamespace } from '../bed/objects.ts'
import { registerEverything, unregisterEverything } from '../bed/registrations.ts'
import { MARK, requireNoSecret } from '../bed/secrets.ts'

// That nothing of all this is printed, `run` itself asserts, here as everywhere.
const NAMESPACE = 'egs'
let bed: Bed
let folder: string
type Config = { clusters: { cluster: Record<string, unknown> }[]; users: { user: Record<string, unknown> }[] }

beforeAll(async () => {
  bed = await openBed()
  folder = mkdtempSync(join(tmpdir(), 'eg-secrets-'))
  await createNamespace(bed, NAMESPACE)
})
afterAll(async () => {
  await deleteNamespace(bed, NAMESPACE)
  await bed.close()
})

/** A kubeconfig for the bed with another cluster entry or user. */
function kubeconfig({ cluster, user }: { cluster?: object; user?: object }): string {
  const config = load(readFileSync(bed.kubeconfig, 'utf8')) as Config
  if (cluster) Object.assign(config.clusters[0]!.cluster, cluster)
  if (user) config.users[0]!.user = user as Record<string, unknown>
  const path = join(folder, 'kubeconfig')
  writeFileSync(path, dump(config))
  return path
}

function plugin(prints: string) {
  const command = join(folder, 'plugin')
  writeFileSync(command, `#!/bin/sh\nprintf '%s' '${prints}'\n`)
  chmodSync(command, 0o755)
  const apiVersion = 'client.authentication.k8s.io/v1'
  const env = [{ name: 'PASSWORD', value: `${MARK}-variable` }]
  return { exec: { apiVersion, command, args: [`--secret=${MARK}-argument`], env, interactiveMode: 'Never' } }
}
const credential = (status: object) =>
  JSON.stringify({ apiVersion: 'client.authentication.k8s.io/v1', kind: 'ExecCredential', status })
const base64 = (text: string) => Buffer.from(text).toString('base64')
const file = (name: string, text: string) => {
  writeFileSync(join(folder, name), text)
  return join(folder, name)
}

type Case = [
  what: string,
  change: () => { cluster?: object; user?: object; env?: Record<string, string> },
  says: RegExp,
]
const CASES: Case[] = [
  ['a token', () => ({ user: { token: `${MARK}-token` } }), /login/],
  ['a token that is none', () => ({ user: { token: `${MARK}\u0007token` } }), /token/],
  ['a token file', () => ({ user: { tokenFile: file('token', `${MARK}-token\n`) } }), /login/],
  // Whom a server does not know may also be let in as anonymous, and then refused.
  ['a name and password', () => ({ user: { username: 'ann', password: `${MARK}-password` } }), /login|forbidden/],
  [
    'a client key that is none',
    () => ({ user: { 'client-certificate-data': base64('no certificate'), 'client-key-data': base64(`${MARK}-key`) } }),
    /certificate/,
  ],
  ['the token of a plugin', () => ({ user: plugin(credential({ token: `${MARK}-token` })) }), /login/],
  ['the garbage of a plugin', () => ({ user: plugin(`token: ${MARK}-garbage`) }), /ExecCredential/],
  [
    'the login of an identity provider',
    () => ({
      user: {
        'auth-provider': {
          name: 'oidc',
          config: {
            'id-token': `${MARK}.a.b`,
            'refresh-token': MARK,
            'client-secret': MARK,
            'idp-issuer-url': 'https://127.0.0.1:1',
          },
        },
      },
    }),
    /log(ged )?in/i,
  ],
  [
    'a password in proxy-url',
    () => ({ cluster: { 'proxy-url': `http://ann:${MARK}-proxy@127.0.0.1:1` } }),
    /through the proxy http:\/\/127\.0\.0\.1:1/,
  ],
  [
    'a password in HTTPS_PROXY',
    () => ({ cluster: { server: 'https://192.0.2.1' }, env: { HTTPS_PROXY: `http://ann:${MARK}-proxy@127.0.0.1:1` } }),
    /through the proxy http:\/\/127\.0\.0\.1:1/,
  ],
  [
    'a password in the server',
    () => ({ cluster: { server: `https://ann:${MARK}-server@127.0.0.1:1` } }),
    /127\.0\.0\.1:1/,
  ],
  [
    'a password in a server that is no URL',
    () => ({ cluster: { server: `https://ann:${MARK}@[::1` } }),
    /invalid server URL/,
  ],
]

test.each(CASES)('%s is in no message and no -v log', async (_, change, says) => {
  const { env, ...entries } = change()
  const options = { env: { KUBECONFIG: kubeconfig(entries), ...env } }
  for (const args of [
    ['--yes', '-v', '-n', NAMESPACE],
    ['env', '-v', '-n', NAMESPACE],
    ['cleanup', '--yes', '-v', '-n', NAMESPACE],
  ])
    expect(await run(args, options)).toMatchObject({
      code: expect.toBeOneOf([1, 3]),
      stdout: '',
      stderr: expect.stringMatching(says),
    })
})

test('what Secrets, pods and others keep in the namespace is not printed either', async () => {
  const data = { password: base64(`${MARK}-data`) }
  const secret = {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: 'eg-secret' },
    data,
    stringData: { plain: MARK },
  }
  const configMap = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'eg-map' }, data: { password: MARK } }
  await bed.api('POST', `/api/v1/namespaces/${NAMESPACE}/secrets`, secret)
  await bed.api('POST', `/api/v1/namespaces/${NAMESPACE}/configmaps`, configMap)
  const options = { env: { KUBECONFIG: bed.kubeconfig } }
  const args = ['-v', '-n', NAMESPACE]
  expect(await run(['--yes', '--expose', 'node-port', '--set', 'replicaCount=1', ...args], options)).toMatchObject({
    code: 0,
  })
  expect(await run(['env', ...args], options)).toMatchObject({ code: 0 })
  expect(await run(['cleanup', '--dry-run', ...args], options)).toMatchObject({ code: 0 })
  expect(await run(['cleanup', '--yes', '--delete-data', ...args], options)).toMatchObject({ code: 0 })
})

test('credentials of functions are in the backup file alone, which only its owner can read', async () => {
  const options = { env: { KUBECONFIG: bed.kubeconfig } }
  const args = ['-v', '-n', NAMESPACE]
  const shape = ['--expose', 'node-port', '--set', 'replicaCount=1']
  const { stdout } = await run(['--yes', ...shape, '-o', 'json', ...args], options)
  const { EVENT_GATEWAY_URL: host, EVENT_GATEWAY_CONFIG_API_PORT: port } = JSON.parse(stdout)
  const api = { url: `http://${host}:${port}` }
  await registerEverything(api, ['abc'])
  const path = join(folder, 'backup.json')
  // What a shell lets others do with new files must not count.
  const umask = process.umask(0)
  try {
    expect(await run(['backup', path, ...args], options)).toMatchObject({ code: 0 })
  } finally {
    process.umask(umask)
  }
  expect(statSync(path).mode & 0o777).toBe(0o600)
  const text = readFileSync(path, 'utf8')
  expect(text).toContain(MARK)
  await unregisterEverything(api, ['abc'])
  expect(await run(['restore', path, '--dry-run', ...args], options)).toMatchObject({ code: 0 })
  expect(await run(['restore', path, ...args], options)).toMatchObject({ code: 0 })
  for (const bad of [
    text.slice(0, -100),
    text.replace(/"awslambda"/, `"${MARK}"`),
    text.replace(/"arn:l"/, `"${MARK}",,`),
    text.replace(/"eg-setup\/v1"/, `"${MARK}"`),
    `functions: [${MARK}\nb: }`,
  ])
    expect(await run(['restore', file('bad.json', bad), ...args], options)).toMatchObject({ code: 2, stdout: '' })
  // Another function of that name, which differs in its credentials alone.
  const other = file('other.json', text.replaceAll(`${MARK}-key`, `${MARK}-other`))
  expect(await run(['restore', other, ...args], options)).toMatchObject({ code: 1, stdout: '' })
  expect(await run(['restore', other, '--replace', ...args], options)).toMatchObject({ code: 0 })
  expect(await run(['cleanup', '--dry-run', '--delete-data', ...args], options)).toMatchObject({ code: 0 })
  const last = join(folder, 'last.json')
  expect(await run(['cleanup', '--yes', '--delete-data', '--backup', last, ...args], options)).toMatchObject({
    code: 0,
  })
  expect(statSync(last).mode & 0o777).toBe(0o600)
})

test('the bed notices a secret in what is printed', () => {
  const path = kubeconfig({ user: { token: 'abcdefgh12345678' } })
  expect(() => requireNoSecret('Bearer abcdefgh12345678', ['env'], path)).toThrow('has printed token')
  expect(() => requireNoSecret('all is well', ['env'], path)).not.toThrow()
})
