import { spawnSync } from 'node:child_process'
import { chmodSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { makeCertificate } from '../bed/certificate.ts'
import { BIN, NODE } from '../bed/command.ts'
import { type Choice, config, failure, folder, list, SECRET, target, write } from './kubeconfig-folder.ts'

describe('paths and certificates', () => {
  test('paths are relative to the file they stand in; data beats a file', async () => {
    const { cert } = makeCertificate()
    write({
      'sub/a': config('a', {
        user: '{client-certificate: me.crt, client-key: ../me.key, client-key-data: aW5saW5l, tokenFile: tok, exec: {command: ./plugin}}',
        more: ', certificate-authority: pki/ca.crt',
      }),
      'sub/pki/ca.crt': 'ca',
      'sub/me.crt': cert,
    })
    const { clusterEntry, userEntry } = await target({ KUBECONFIG: list('sub/a') })
    expect(clusterEntry['certificate-authority-data']).toBe(Buffer.from('ca').toString('base64'))
    expect(userEntry).toEqual({
      'client-certificate-data': Buffer.from(cert).toString('base64'),
      'client-key-data': 'aW5saW5l',
      tokenFile: join(folder, 'sub/tok'),
      exec: { command: join(folder, 'sub/plugin') },
    })
  })

  test('an exec command without a slash is left to PATH', async () => {
    write({ a: config('a', { user: '{exec: {command: aws}}' }) })
    expect((await target({ KUBECONFIG: list('a') })).userEntry['exec']).toEqual({ command: 'aws' })
  })
})

describe('what is refused', () => {
  type Case = [title: string, files: Record<string, string>, message: string | RegExp, fix: RegExp, choice?: Choice]
  const cases: Case[] = [
    ['no file', {}, 'No kubeconfig was found. Searched: /config.', /minikube start/],
    [
      'no YAML',
      { config: `a: 1\nb: [${SECRET}\nc: ${SECRET}` },
      'The kubeconfig /config is not valid YAML (line 3).',
      /line/,
    ],
    ['a list', { config: `- ${SECRET}` }, '/config is not a kubeconfig: it contains a list.', /KUBECONFIG/],
    ['a text', { config: SECRET }, '/config is not a kubeconfig: it contains a string.', /KUBECONFIG/],
    [
      'a Pod',
      { config: 'kind: Pod' },
      '/config is not a kubeconfig: it contains an object of another kind.',
      /KUBECONFIG/,
    ],
    [
      'a map of users',
      { config: 'users: {a: 1}' },
      '/config is not a kubeconfig: it contains "users" that is not a list.',
      /KUBECONFIG/,
    ],
    ['an empty file alone', { config: '' }, 'The kubeconfig (/config) has no contexts.', /minikube start/],
    ['a folder', { 'config/x': '' }, "The kubeconfig /config can't be read: it is a directory.", /--kubeconfig FILE/],
    [
      'no current context',
      { config: config('kind-a', { current: '' }) },
      'The kubeconfig has no current context. Available contexts: kind-a.',
      /--context kind-a, .*:\nkubectl config use-context kind-a$/,
    ],
    [
      'an unknown context',
      { config: config('kind-a') },
      'The kubeconfig has no context "kind-b". Its contexts: kind-a.',
      /--context kind-a$/,
      { context: 'kind-b' },
    ],
    [
      'a context without its cluster',
      { config: config('a').replace('{cluster: a', '{cluster: gone') },
      'Context "a" refers to cluster "gone", which is not in the kubeconfig.',
      /set-context a --cluster=NAME/,
    ],
    [
      'a context without its user',
      { config: config('a').replace('user: a}', 'user: gone}') },
      'Context "a" refers to user "gone", which is not in the kubeconfig.',
      /set-context a --user=NAME/,
    ],
    [
      'a cluster without server',
      { config: config('a', { server: '' }) },
      'Cluster "a" in the kubeconfig has no server.',
      /set-cluster a --server=/,
    ],
    [
      'a server that is no URL',
      { config: config('a', { server: 'ftp://a' }) },
      'Cluster "a" in the kubeconfig has an invalid server URL.',
      /set-cluster a --server=/,
    ],
    [
      'a certificate file that is gone',
      { config: config('a', { more: ', certificate-authority: gone.crt' }) },
      "The certificate-authority /gone.crt in the kubeconfig can't be read: it does not exist.",
      /Restore/,
    ],
    [
      'a --kubeconfig that does not exist',
      {},
      'The kubeconfig gone (--kubeconfig) does not exist.',
      /KUBECONFIG/,
      { kubeconfig: 'gone' },
    ],
  ]
  test.each(cases)('%s', async (_, files, message, fix, choice) => {
    write(files)
    const failed = await failure({ KUBECONFIG: list('config') }, choice)
    expect(failed.message).toBe(message)
    expect(failed.fix).toMatch(fix)
  })

  test('the nearest context comes first', async () => {
    write({ a: config('alpha'), b: config('minikube') })
    const { message } = await failure({ KUBECONFIG: list('a', 'b') }, { context: 'minkube' })
    expect(message).toMatch(/Its contexts: minikube, alpha\.$/)
  })

  test('a file without the right to read it', async () => {
    write({ a: config('a') })
    chmodSync(join(folder, 'a'), 0)
    chmodSync(folder, 0o755)
    // root may read every file; another user may not.
    const user = process.geteuid?.() ?? -1
    if (user === 0) process.seteuid?.(65_534)
    try {
      expect((await failure({ KUBECONFIG: list('a') })).message).toBe(
        "The kubeconfig /a can't be read: permission denied.",
      )
    } finally {
      if (user === 0) process.seteuid?.(user)
    }
  })

  test('a relative path, where the folder of the shell is gone', async () => {
    const script = 'mkdir "$1" && cd "$1" && rmdir "$1" && exec "$2" "$3" env --kubeconfig relative'
    const gone = spawnSync('sh', ['-c', script, 'sh', join(folder, 'gone'), NODE, BIN], {
      encoding: 'utf8',
      env: { PATH: process.env['PATH'] },
    })
    expect(gone.stderr).toBe(
      '✖  The current directory no longer exists.\n   Change to another directory and try again.\n',
    )
    expect(gone.status).toBe(1)
  })

  test('all places are named', async () => {
    expect((await failure({})).message).toBe('No kubeconfig was found. Searched: /.kube/config.')
    expect((await failure({ KUBECONFIG: list('x', 'y') })).message).toBe('No kubeconfig was found. Searched: /x, /y.')
  })
})
