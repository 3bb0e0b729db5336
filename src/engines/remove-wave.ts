import { kubectlName, ref } from '../kube/kinds.ts'
import type { Kube } from '../kube/request/client.ts'
import type { TimedRun } from '../kube/request/run.ts'
import { waitFor } from '../kube/waiting/wait.ts'
import { etcdLabels } from '../record/etcd-volumes.ts'
import type { Finding } from './verify-recorded.ts'

/** Deletes these objects, if their UIDs are unchanged, and waits until they are gone. */
export async function removeWave(run: TimedRun, wave: readonly Finding[]): Promise<void> {
  const { kube, reporter } = run
  await Promise.all(
    wave.map(async ({ object, live }) => {
      reporter.reason(kubectlName(object))
      // An object that is being deleted refuses another deletion.
      if (live?.metadata.deletionTimestamp === undefined) await kube.remove(object, live?.metadata.uid ?? '')
    }),
  )
  for (const finding of wave) await waitUntilGone(run, finding)
}

async function waitUntilGone({ kube, deadline, reporter, io }: TimedRun, { object, live }: Finding): Promise<void> {
  const what = kubectlName(object)
  const look = async () => {
    const now = await kube.read(object)
    if (now !== undefined && now.metadata.uid === live?.metadata.uid) {
      const { finalizers = [], deletionTimestamp } = now.metadata
      if (deletionTimestamp === undefined) await kube.remove(object, now.metadata.uid ?? '')
      const waits = finalizers.length === 0 ? 'being deleted' : `waiting for finalizers ${finalizers.join(', ')}`
      return { ready: false as const, reason: `${what}: ${waits}` }
    }
    const hasMembers = object.kind === 'EtcdCluster' || object.kind === 'StatefulSet'
    const left = hasMembers ? await membersLeft(kube, object.name, object.namespace ?? '') : 0
    return left === 0
      ? { ready: true as const }
      : { ready: false as const, reason: `etcd members still terminating: ${left}` }
  }
  const fix = `See what blocks the deletion, then run eg-setup cleanup again:\nkubectl get ${what} -o yaml`
  await waitFor({ what, wanted: 'gone', look, fix, deadline, onReason: reporter.reason }, io)
}

/** Pods of an etcd whose EtcdCluster or StatefulSet is gone: they end a little later. */
async function membersLeft(kube: Kube, etcdName: string, namespace: string): Promise<number> {
  const workload = await kube.read(ref('StatefulSet', etcdName, namespace))
  const pods = await kube.list('Pod', { namespace, labels: etcdLabels(etcdName), limit: 10 })
  return Math.max(pods.length, workload === undefined ? 0 : 1)
}
