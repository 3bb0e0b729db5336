import { expect, test } from 'vitest'
import { findLeftovers } from '../../src/checks/leftovers.ts'
import type { KubeObject, Ref } from '../../src/kube/object.ts'
import type { Kube } from '../../src/kube/request/client.ts'
import { volumeRefs } from '../../src/record/etcd-volumes.ts'

const wanted = { namespace: 'eg', etcdName: 'etcd', etcdSize: 3 }
const claims = volumeRefs('etcd', 'eg', 3).map(({ name }) => ({ metadata: { name } }) as KubeObject)

/** A namespace in which another run makes an etcd, with its volumes, right after the first answer. */
function busyKube(owner: string): Kube {
  let answers = 0
  const isThere = () => answers++ > 0
  const etcd = { metadata: { name: 'etcd' }, spec: { replicas: 3 } } as unknown as KubeObject
  const read = async ({ kind }: Ref) => (isThere() && kind === owner ? etcd : undefined)
  const list = async () => (isThere() ? claims : [])
  return { read, list } as unknown as Kube
}

test.each([
  ['operator', 'EtcdCluster'],
  ['statefulset', 'StatefulSet'],
] as const)(
  'volumes of an etcd that another run makes meanwhile are not taken for leftovers: %s',
  async (etcdMode, owner) => {
    expect(await findLeftovers(busyKube(owner), { ...wanted, etcdMode }, undefined)).toEqual({ reused: [] })
  },
)
