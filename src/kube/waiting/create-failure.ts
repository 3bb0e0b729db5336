import { sh } from '../../text/shell-words.ts'
import { ref } from '../kinds.ts'
import type { KubeObject } from '../object.ts'
import type { Kube } from '../request/client.ts'
import { unlessForbidden } from '../request/unless-forbidden.ts'
import type { PodProblem } from './pod-problem.ts'
import { createTrouble } from './pod-signals.ts'

/** A message about a pod that was refused, and whose it is. */
type Failure = { message: string; key: string; workload: KubeObject }

/**
 * What a refused pod means now. Controllers try again later and later, up to 1000 s apart: meanwhile the quota that refused
 * it may have been changed or deleted.
 */
export async function createProblem(kube: Kube, { message, key, workload }: Failure): Promise<PodProblem> {
  const { name, namespace = '' } = workload.metadata
  const trouble = { ...createTrouble(message), key }
  const quota = await changedQuota(kube, message, namespace)
  if (quota === undefined) return trouble
  return {
    reason: `its controller hasn't retried since resourcequota/${quota} was changed or deleted (last failure: ${trouble.reason})`,
    fix: sh`Retry now:\nkubectl rollout restart ${workload.kind.toLowerCase()}/${name} -n ${namespace}`,
    cause: 'retry',
    key,
  }
}

/** The name of the quota in the message, where it is gone or limits to other amounts than it says. */
async function changedQuota(kube: Kube, message: string, namespace: string): Promise<string | undefined> {
  const [, name] = /exceeded quota: ([^,\s]+), /.exec(message) ?? []
  const [, limited = ''] = /limited: (\S+)$/.exec(message) ?? []
  if (name === undefined) return undefined
  const quota = await unlessForbidden(kube.read(ref('ResourceQuota', name, namespace)).then(found => found ?? null))
  if (quota === undefined) return undefined
  const isSame = (pair: string) => {
    const [key = '', amount] = pair.split('=')
    return quota?.spec?.hard?.[key] === amount
  }
  return limited.split(',').every(isSame) ? undefined : name
}
