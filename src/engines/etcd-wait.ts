import { kubectlName } from '../kube/kinds.ts'
import type { KubeObject } from '../kube/object.ts'
import type { Kube } from '../kube/request/client.ts'
import { unlessForbidden } from '../kube/request/unless-forbidden.ts'
import { lastLogLine } from '../kube/waiting/logs.ts'
import type { Readiness } from '../kube/waiting/ready.ts'
import { ABSENT } from '../kube/waiting/workload.ts'
import type { OperatorWorkload } from '../record/owner.ts'
import { askMember } from './etcd-health.ts'

type Look = () => Promise<Readiness>

/** How often the API server may fail to reach ready members before setup continues without asking them. */
const UNREACHABLE_LOOKS = 5

/** Number of polls without any etcd object after which the operator is inspected. */
const OPERATOR_LOOKS = 40

/** What a StatefulSet of which all pods are ready still lacks: as many members as wanted, each with the cluster's consent. */
export function askMembers(kube: Kube, size: number): (workload: KubeObject) => Promise<Readiness> {
  const answered = new Set<number>()
  let unreachable = 0
  return async ({ metadata: { name, namespace = '' }, spec }) => {
    const replicas: number = spec?.replicas ?? 0
    if (replicas !== size) return { ready: false, reason: `${replicas} of ${size} members started` }
    for (let member = 0; member < size; member++) {
      if (answered.has(member)) continue
      const state = await askMember(kube, namespace, `${name}-${member}`)
      // Some people may not ask, some control planes cannot reach pods. The gateway's startup probe asks etcd as well.
      if (state === 'forbidden') return { ready: true }
      if (state === 'unknown') {
        if (++unreachable >= UNREACHABLE_LOOKS) return { ready: true }
        return { ready: false, reason: `member ${member} does not answer yet` }
      }
      if (!state.ready) return state
      answered.add(member)
    }
    return { ready: true }
  }
}

/** An etcd of which nothing is there after a while is the operator's fault, whose log may say why; it sets no status. */
export function blamingOperator(kube: Kube, { workload, podLabels }: OperatorWorkload, look: Look) {
  let absent = 0
  let reason = ABSENT
  return async (): Promise<Readiness> => {
    const state = await look()
    if (state.ready || state.reason !== ABSENT) return state
    if (++absent % OPERATOR_LOOKS !== 0) return { ...state, reason }
    const namespace = workload.namespace ?? ''
    const [pod] = (await unlessForbidden(kube.list('Pod', { namespace, labels: podLabels, limit: 5 }))) ?? []
    const container = pod?.spec?.containers?.[0]?.name ?? ''
    const log = { namespace, pod: pod?.metadata.name ?? '', container, previous: false }
    const said = pod === undefined ? 'it has no pods' : await lastLogLine(kube, log)
    reason = `the etcd operator (${kubectlName(workload)}) has not created any members: ${said}`
    return { ...state, reason }
  }
}
