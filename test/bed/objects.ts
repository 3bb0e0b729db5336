import { setTimeout as sleep } from 'node:timers/promises'
import type { KubeObject } from '../../src/kube/object.ts'
import type { Bed } from './bed.ts'

/** Collections in which something of an installation may stand. */
const COLLECTIONS = [
  '/api/v1/namespaces',
  '/api/v1/configmaps',
  '/api/v1/persistentvolumeclaims',
  '/api/v1/services',
  '/api/v1/serviceaccounts',
  '/api/v1/secrets',
  '/apis/apps/v1/deployments',
  '/apis/apps/v1/statefulsets',
  '/apis/coordination.k8s.io/v1/leases',
  '/apis/networking.k8s.io/v1/ingresses',
  '/apis/networking.k8s.io/v1/networkpolicies',
  '/apis/policy/v1/poddisruptionbudgets',
  '/apis/rbac.authorization.k8s.io/v1/roles',
  '/apis/rbac.authorization.k8s.io/v1/rolebindings',
  '/apis/rbac.authorization.k8s.io/v1/clusterroles',
  '/apis/rbac.authorization.k8s.io/v1/clusterrolebindings',
  '/apis/apiextensions.k8s.io/v1/customresourcedefinitions',
  '/apis/operator.etcd.io/v1alpha1/etcdclusters',
]

const OURS = 'app.kubernetes.io/managed-by=eg-setup'

/** Everything in the cluster that carries our label (or another), by "collection namespace/name". */
export async function ours(bed: Pick<Bed, 'api'>, label = OURS): Promise<Map<string, KubeObject>> {
  const found = new Map<string, KubeObject>()
  for (const collection of COLLECTIONS) {
    const { body } = await bed.api('GET', `${collection}?labelSelector=${encodeURIComponent(label)}`)
    for (const item of body.items ?? [])
      found.set(`${collection.split('/').at(-1)} ${item.metadata.namespace ?? ''}/${item.metadata.name}`, item)
  }
  return found
}

/** uid and generation of each: what may not change when nothing was asked for. */
export const identities = (objects: Map<string, KubeObject>): Record<string, unknown> =>
  Object.fromEntries(
    [...objects].map(([name, { metadata }]) => [name, { uid: metadata.uid, generation: metadata.generation }]),
  )

/** Names without their uids: what another run has to converge to. */
export const names = (objects: Map<string, KubeObject>): string[] => [...objects.keys()].sort()

export const volumes = async (bed: Bed, namespace: string): Promise<string[]> => {
  const { body } = await bed.api('GET', `/api/v1/namespaces/${namespace}/persistentvolumeclaims`)
  return (body.items ?? []).map(({ metadata }) => metadata.name)
}

/** Asks until the question is answered; throws after `ms`. */
export async function until<T>(ask: () => Promise<T | undefined>, what: string, ms = 30_000): Promise<T> {
  const end = Date.now() + ms
  for (;;) {
    const answer = await ask()
    if (answer !== undefined) return answer
    if (Date.now() > end) throw new Error(`${what}: not within ${ms / 1000} s`)
    await sleep(100)
  }
}

export const createNamespace = (bed: Bed, name: string, labels: Record<string, string> = {}) =>
  bed.api('POST', '/api/v1/namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name, labels } })

/** Deletes a namespace and waits until it is gone. */
export async function deleteNamespace(bed: Bed, name: string): Promise<void> {
  await bed.api('DELETE', `/api/v1/namespaces/${name}`)
  await until(
    async () => ((await bed.api('GET', `/api/v1/namespaces/${name}`)).status === 404 ? true : undefined),
    `${name} gone`,
    60_000,
  )
}
