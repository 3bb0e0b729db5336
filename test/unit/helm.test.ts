import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { openHelm } from '../../src/engines/helm/program.ts'
import { findRelease } from '../../src/engines/helm/releases.ts'
import { troubleOf } from '../../src/engines/helm/troubles.ts'
import { UserError } from '../../src/errors.ts'
import type { Io } from '../../src/io.ts'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'eg-helm-'))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

/** A helm that answers with a version, and to all else with a script. */
async function stub(script: string, version = 'v4.3'): Promise<void> {
  const file = join(folder, 'helm')
  await writeFile(file, `#!/bin/sh\nif [ "$1" = version ]; then printf '%s' '${version}'; exit; fi\n${script}\n`)
  await chmod(file, 0o755)
}
const io = (env: Record<string, string> = {}) =>
  ({
    env: { PATH: `${folder}:/usr/bin:/bin`, ...env },
    signal: new AbortController().signal,
    clock: { now: Date.now, sleep: async () => {} },
  }) as unknown as Io
const call = { what: 'try', args: ['try'] }

test.each([
  [[], 'try', 'KUBECONFIG=kept'],
  [['/a'], 'try --kube-context ctx --kubeconfig /a', 'KUBECONFIG=kept'],
  [['/a', '/b'], 'try --kube-context ctx', 'KUBECONFIG=/a:/b'],
])('helm gets the kubeconfig files %j as we have read them', async (files, args, kubeconfig) => {
  await stub('echo "$*"; echo "KUBECONFIG=$KUBECONFIG"; echo "$HELM_KUBEAPISERVER$HELM_NAMESPACE"')
  const env = { KUBECONFIG: 'kept', HELM_KUBEAPISERVER: 'https://elsewhere', HELM_NAMESPACE: 'elsewhere' }
  const helm = await openHelm({ context: 'ctx', files }, io(env))
  expect(await helm.run(call)).toBe(`${args}\n${kubeconfig}\n`)
})

test.each([
  ['v3.22', 3],
  ['v3.22.0', 3],
  ['v4.3.1+g0', 4],
])('helm %s is taken', async (version, major) => {
  await stub('', version)
  expect(await openHelm({ context: '', files: [] }, io())).toMatchObject({ version, major })
})

test('Helm 2 is too old, with exit 3', async () => {
  await stub('', 'v2.17.0')
  await expect(openHelm({ context: '', files: [] }, io())).rejects.toMatchObject({ code: 3 })
})

test('no helm is exit 3, with where to get one', async () => {
  const error = await openHelm({ context: '', files: [] }, io({ PATH: folder })).catch(error => error)
  expect(error).toBeInstanceOf(UserError)
  expect(error).toMatchObject({ code: 3, fix: expect.stringContaining('https://helm.sh') })
})

test.each([
  ['echo "config.json: permission denied" >&2; exit 1', /exit code 1\.\nconfig\.json: permission denied$/],
  ['kill -9 $$', /failed with SIGKILL\.$/],
])('a helm whose version fails (%s) is said to be there and not to work', async (script, says) => {
  await stub('')
  await writeFile(join(folder, 'helm'), `#!/bin/sh\n${script}\n`)
  const error = await openHelm({ context: '', files: [] }, io()).catch(error => error)
  expect(error).toMatchObject({ code: 3, message: expect.stringMatching(says) })
  expect(error.message).toMatch(/^The helm on the PATH does not work: helm version /)
})

test.each([
  [
    'Error: release: already exists; invalid ownership metadata; label validation error',
    3,
    'belongs to something else',
  ],
  ['Error: UPGRADE FAILED: another operation (install/upgrade/rollback) is in progress', 1, 'in progress'],
  ['Error: UPGRADE FAILED: "eg" has no deployed releases', 1, 'an earlier failed release'],
  ['Error: Kubernetes cluster unreachable: refused', 3, 'reach'],
  ['Error: kubernetes cluster unreachable: refused', 3, 'reach'],
  ['Error: conflict occurred while applying object', 1, 'manager'],
  ["values don't meet the specifications of the schema(s)", 2, 'schema'],
  ["- at '/replicaCount': got string, want integer", 2, 'schema'],
  ['Error: something new', 1, ''],
])('%s has its exit code and sentence', (stderr, code, word) => {
  expect(troubleOf(stderr)).toMatchObject({ code, why: expect.stringContaining(word) })
})

test('the output of helm follows the message, without control characters', async () => {
  await stub('printf "Error: bad \\033[31mthing\\n" >&2; exit 1')
  const helm = await openHelm({ context: '', files: [] }, io())
  await expect(helm.run(call)).rejects.toMatchObject({ message: 'helm failed to try:\nError: bad thing' })
})

test('a release with the same name from a foreign chart is refused', async () => {
  await stub(`echo '[{"name":"eg","revision":"1","status":"deployed","chart":"eggs-1.0.0"}]'`)
  const helm = await openHelm({ context: '', files: [] }, io())
  await expect(findRelease(helm, { release: 'eg', namespace: 'x' })).rejects.toMatchObject({
    code: 3,
    message: expect.stringContaining('eggs-1.0.0'),
  })
})
