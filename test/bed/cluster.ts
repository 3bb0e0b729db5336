import { execFile } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import https from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { dump, load } from 'js-yaml'
import type { Answer, Bed } from './bed.ts'

type Kubeconfig = {
  clusters: { cluster: { server: string; 'certificate-authority-data': string } }[]
  users: { user: { 'client-certificate-data': string; 'client-key-data': string } }[]
}

const need = (name: string): string => {
  const value = process.env[name]
  if (!value) throw new Error(`the cluster tier needs ${name}: see README.md, "Tests"`)
  return value
}

/** The cluster of KUBECONFIG, asked by a client of our own so that the program under test is not its own witness. */
export async function openClusterBed(): Promise<Bed> {
  const kubeconfig = need('KUBECONFIG')
  // Where volumes serve once: the command that makes new ones of those that nobody has any more.
  const newVolumes = process.env['EG_NEW_VOLUMES']
  if (newVolumes) await promisify(execFile)('sh', ['-c', newVolumes])
  const { clusters, users } = load(readFileSync(kubeconfig, 'utf8')) as Kubeconfig
  const { cluster } = clusters[0]!
  const { user } = users[0]!
  const decode = (text: string) => Buffer.from(text, 'base64')
  const agent = new https.Agent({
    keepAlive: true,
    ca: decode(cluster['certificate-authority-data']),
    cert: decode(user['client-certificate-data']),
    key: decode(user['client-key-data']),
  })
  const api: Bed['api'] = (method, path, body, contentType = 'application/json') =>
    new Promise((resolve, reject) => {
      const text = body === undefined ? undefined : JSON.stringify(body)
      const headers =
        text === undefined ? {} : { 'content-type': contentType, 'content-length': Buffer.byteLength(text) }
      const request = https.request(cluster.server + path, { method, agent, headers }, async response => {
        const chunks: Buffer[] = []
        for await (const chunk of response) chunks.push(chunk as Buffer)
        // A path that no group serves is answered with plain text.
        const isJson = response.headers['content-type']?.startsWith('application/json')
        const body = isJson ? JSON.parse(Buffer.concat(chunks).toString()) : {}
        resolve({ status: response.statusCode ?? 0, body } as Answer)
      })
      request.on('error', reject)
      request.end(text)
    })
  return {
    kind: 'cluster',
    kubeconfig,
    loadBalancer: { ip: need('EG_NODE_IP'), hostname: need('EG_NODE_HOSTNAME'), config: 4001, events: 4000 },
    machine: need('EG_HOST_IP'),
    api,
    // The stand-in takes this signal for it; nothing but node is in its image.
    makeStale: async (namespace, pod) => {
      const args = ['exec', '-n', namespace, pod, '--', '/usr/bin/node', '-e', "process.kill(1, 'SIGUSR2')"]
      await promisify(execFile)('kubectl', args)
    },
    asViewer: use => withViewer(api, kubeconfig, use),
    close: async () => agent.destroy(),
  }
}

const VIEWER = { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'eg-viewer', namespace: 'default' } }
const BINDINGS = '/apis/rbac.authorization.k8s.io/v1/clusterrolebindings'
const ACCOUNTS = '/api/v1/namespaces/default/serviceaccounts'

/** A ServiceAccount with the ClusterRole `view`, for as long as it is used. */
async function withViewer<T>(api: Bed['api'], kubeconfig: string, use: (kubeconfig: string) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'eg-viewer-'))
  try {
    await api('POST', ACCOUNTS, VIEWER)
    await api('POST', BINDINGS, {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'ClusterRoleBinding',
      metadata: { name: 'eg-viewer' },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'view' },
      subjects: [{ kind: 'ServiceAccount', ...VIEWER.metadata }],
    })
    const { body } = await api('POST', `${ACCOUNTS}/eg-viewer/token`, {
      apiVersion: 'authentication.k8s.io/v1',
      kind: 'TokenRequest',
      spec: {},
    })
    const config = load(readFileSync(kubeconfig, 'utf8')) as { users: { user: object }[] }
    config.users[0]!.user = { token: body['status'].token }
    const file = join(folder, 'kubeconfig')
    writeFileSync(file, dump(config), { mode: 0o600 })
    return await use(file)
  } finally {
    await api('DELETE', `${BINDINGS}/eg-viewer`)
    await api('DELETE', `${ACCOUNTS}/eg-viewer`)
    rmSync(folder, { recursive: true, force: true })
  }
}
