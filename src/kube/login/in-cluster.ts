import { existsSync } from 'node:fs'
import { isIPv6 } from 'node:net'
import { join } from 'node:path'
import { readNamedFile } from '../../process/read-file.ts'
import type { Kubeconfig } from './kubeconfig-file.ts'

const ACCOUNT = '/var/run/secrets/kubernetes.io/serviceaccount'

/**
 * The service account of the pod we run in, as a kubeconfig; undefined outside of a cluster. By client-go's rule for
 * "possible": the two variables and the token (rest.InClusterConfig).
 */
export async function inCluster(
  env: Readonly<Record<string, string | undefined>>,
  folder = ACCOUNT,
): Promise<Kubeconfig | undefined> {
  const { KUBERNETES_SERVICE_HOST: host, KUBERNETES_SERVICE_PORT: port } = env
  const tokenFile = join(folder, 'token')
  if (!host || !port || !existsSync(tokenFile)) return undefined
  const namespaceFile = join(folder, 'namespace')
  const namespace = existsSync(namespaceFile) ? String(await readNamedFile(namespaceFile)).trim() : ''
  const name = 'in-cluster'
  return {
    files: [],
    currentContext: name,
    clusters: new Map([
      [
        name,
        {
          server: `https://${isIPv6(host) ? `[${host}]` : host}:${port}`,
          'certificate-authority': join(folder, 'ca.crt'),
        },
      ],
    ]),
    users: new Map([[name, { tokenFile }]]),
    contexts: new Map([[name, { cluster: name, user: name, namespace }]]),
  }
}
