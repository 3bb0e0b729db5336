import { readFileSync } from 'node:fs'
import { Agent, request } from 'node:https'

const ACCOUNT = '/var/run/secrets/kubernetes.io/serviceaccount'
const read = (name: string) => readFileSync(`${ACCOUNT}/${name}`, 'utf8')
const agent = new Agent({ keepAlive: true })

export const namespace = () => read('namespace')

/** A request to the API server with the pod's own account; rejects only when there is no answer. */
// biome-ignore lint/suspicious/noExplicitAny: whatever the API answers
export function callKube(method: string, path: string, body?: object): Promise<{ status: number; body: any }> {
  const text = body === undefined ? '' : JSON.stringify(body)
  const host = process.env['KUBERNETES_SERVICE_HOST'] ?? 'kubernetes.default.svc'
  const port = process.env['KUBERNETES_SERVICE_PORT'] ?? '443'
  const headers = {
    authorization: `Bearer ${read('token')}`,
    'user-agent': 'manager/v0.2.0',
    ...(body ? { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) } : {}),
  }
  return new Promise((resolve, reject) => {
    const asked = request(
      { host, port, path, method, headers, agent, ca: read('ca.crt'), timeout: 10_000 },
      async answer => {
        try {
          const parts: Buffer[] = []
          for await (const part of answer) parts.push(part as Buffer)
          const said = Buffer.concat(parts).toString()
          const isJson = said.startsWith('{')
          resolve({ status: answer.statusCode ?? 0, body: isJson ? JSON.parse(said) : { message: said } })
        } catch (error) {
          reject(error)
        }
      },
    )
    asked.on('timeout', () => asked.destroy(new Error('timeout')))
    asked.on('error', reject)
    asked.end(text)
  })
}

const PATHS: Readonly<Record<string, [string, string]>> = {
  StatefulSet: ['/apis/apps/v1', 'statefulsets'],
  Service: ['/api/v1', 'services'],
  ConfigMap: ['/api/v1', 'configmaps'],
  Lease: ['/apis/coordination.k8s.io/v1', 'leases'],
}

/** The path of an object, or of its collection. */
export function refOf(kind: string, namespace: string, name?: string): string {
  const [group, plural] = PATHS[kind]!
  return `${group}/namespaces/${namespace}/${plural}${name === undefined ? '' : `/${name}`}`
}
