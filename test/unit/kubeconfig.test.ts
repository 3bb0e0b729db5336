import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { inCluster } from '../../src/kube/login/in-cluster.ts'
import { listContexts, loadKubeconfig } from '../../src/kube/login/kubeconfig.ts'
import { chooseTarget } from '../../src/kube/login/target.ts'
import { type Choice, config, folder, list, SECRET, target, write } from './kubeconfig-folder.ts'

describe('which cluster', () => {
  type Case = [title: string, files: Record<string, string>, kubeconfig: string[], server: string, choice?: Choice]
  const cases: Case[] = [
    ['the only file', { a: config('a') }, ['a'], 'https://a'],
    ['~/.kube/config without KUBECONFIG', { '.kube/config': config('home') }, [], 'https://home'],
    ['a missing file is skipped', { b: config('b') }, ['missing', 'b'], 'https://b'],
    ['an empty file says nothing', { a: '', b: config('b') }, ['a', 'b'], 'https://b'],
    ['a file of comments says nothing', { a: '# nothing\n', b: config('b') }, ['a', 'b'], 'https://b'],
    ['the first current-context wins', { a: config('a'), b: config('b') }, ['a', 'b'], 'https://a'],
    [
      'an empty current-context does not count',
      { a: config('a', { current: '' }), b: config('b') },
      ['a', 'b'],
      'https://b',
    ],
    [
      'the first entry of a name wins',
      { a: config('x'), b: config('x', { server: 'https://b' }) },
      ['a', 'b'],
      'https://x',
    ],
    ['--context beats current-context', { a: config('a'), b: config('b') }, ['a', 'b'], 'https://b', { context: 'b' }],
    [
      'an entry without a server harms nobody else',
      { a: config('a'), b: 'clusters: [{name: b, cluster: {}}]' },
      ['a', 'b'],
      'https://a',
    ],
    [
      'lists may be null',
      { a: `${config('a')}\npreferences:\n`, b: 'clusters:\nusers: null\n' },
      ['b', 'a'],
      'https://a',
    ],
    [
      'JSON is a kubeconfig too',
      {
        a: JSON.stringify({
          'current-context': 'j',
          clusters: [{ name: 'c', cluster: { server: 'https://j' } }],
          contexts: [{ name: 'j', context: { cluster: 'c' } }],
        }),
      },
      ['a'],
      'https://j',
    ],
    [
      'a path is kept, its slash is not',
      { a: config('a', { server: 'https://rancher/k8s/clusters/c-1/' }) },
      ['a'],
      'https://rancher/k8s/clusters/c-1',
    ],
    [
      'credentials in the server are not shown',
      { a: config('a', { server: `https://me:${SECRET}@a:1` }) },
      ['a'],
      'https://a:1',
    ],
    ['no scheme is http', { a: config('a', { server: '127.0.0.1:8001' }) }, ['a'], 'http://127.0.0.1:8001'],
    [
      'no scheme with TLS settings is https',
      { a: config('a', { server: 'host:6443', more: ', insecure-skip-tls-verify: true' }) },
      ['a'],
      'https://host:6443',
    ],
  ]
  test.each(cases)('%s', async (_, files, kubeconfig, server, choice) => {
    write(files)
    const env: Record<string, string> = kubeconfig.length > 0 ? { KUBECONFIG: list(...kubeconfig) } : {}
    expect((await target(env, choice)).server).toBe(server)
  })

  test('--kubeconfig beats KUBECONFIG', async () => {
    write({ a: config('a'), b: config('b') })
    expect((await target({ KUBECONFIG: list('a') }, { kubeconfig: join(folder, 'b') })).files).toEqual([
      join(folder, 'b'),
    ])
  })

  test("the namespace is the one asked for, else the context's, else default", async () => {
    write({ a: `${config('a')}`.replace('user: a}}', 'user: a, namespace: mine}}'), b: config('b') })
    const env = { KUBECONFIG: list('a', 'b') }
    expect((await target(env, { namespace: 'asked' })).namespace).toBe('asked')
    expect((await target(env)).namespace).toBe('mine')
    expect((await target(env, { context: 'b' })).namespace).toBe('default')
  })

  test('the extensions of minikube come along', async () => {
    write({
      a: config('a', { more: ', extensions: [{name: cluster_info, extension: {provider: minikube.sigs.k8s.io}}]' }),
    })
    expect((await target({ KUBECONFIG: list('a') })).extensions).toEqual([
      { name: 'cluster_info', extension: { provider: 'minikube.sigs.k8s.io' } },
    ])
  })

  test('contexts are listed with what they mean', async () => {
    write({ a: config('b'), b: config('a') })
    expect(listContexts(await loadKubeconfig(undefined, { KUBECONFIG: list('a', 'b') }))).toEqual([
      { name: 'a', cluster: 'a', server: 'https://a', namespace: 'default', current: false },
      { name: 'b', cluster: 'b', server: 'https://b', namespace: 'default', current: true },
    ])
  })
})

describe('inside a cluster', () => {
  test('the service account of the pod is used', async () => {
    write({ token: SECRET, 'ca.crt': 'ca', namespace: 'mine\n' })
    const env = { KUBERNETES_SERVICE_HOST: 'fd00::1', KUBERNETES_SERVICE_PORT: '443' }
    const { server, namespace, userEntry } = await chooseTarget((await inCluster(env, folder))!, {})
    expect({ server, namespace, userEntry }).toEqual({
      server: 'https://[fd00::1]',
      namespace: 'mine',
      userEntry: { tokenFile: join(folder, 'token') },
    })
  })

  test.each([
    ['without the variables', {}],
    ['without a token', { KUBERNETES_SERVICE_HOST: '10.0.0.1', KUBERNETES_SERVICE_PORT: '443' }],
  ])('%s it is not', async (_, env) => {
    expect(await inCluster(env, folder)).toBeUndefined()
  })
})
