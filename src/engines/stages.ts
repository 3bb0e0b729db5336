import type { Survey } from '../cluster/survey.ts'
import type { Kube } from '../kube/client.ts'
import { collectionPath, kubectlName, ref } from '../kube/kinds.ts'
import { lastLogLine } from '../kube/logs.ts'
import type { Ref } from '../kube/object.ts'
import type { Readiness } from '../kube/ready.ts'
import { ABSENT, lookAtWorkload } from '../kube/workload.ts'
import { podLabels } from '../plan/labels.ts'
import { GATEWAY, type Plan, type StageId } from '../plan/plan.ts'
import { askMember } from './etcd-health.ts'
import { etcdLabels } from './leftovers.ts'

/** What a stage waits for after its objects are applied. */
type StageWait = { what: string; look: () => Promise<Readiness>; fix: string }

/** How often members that are ready may be out of reach for the API server before we go on without having asked them. */
const UNREACHABLE_LOOKS = 5

/** Looks at an etcd of which nothing is there, after which its operator is asked why. */
const OPERATOR_LOOKS = 20

/** When a stage is done, a row each. */
export const STAGE_WAITS: Readonly<Record<StageId, (kube: Kube, plan: Plan, survey: Survey) => StageWait>> = {
  operator: (kube, _plan, { operator: { workload, podLabels } }) => ({
    what: 'The etcd operator',
    look: lookAtWorkload(kube, workload, podLabels),
    fix: `See kubectl describe ${kubectlName(workload)}, then run eg-setup again: it goes on from here.`,
  }),

  etcd: (kube, { namespace, etcdMode, etcdName, etcdSize }, { operator }) => {
    const workload = ref('StatefulSet', etcdName, namespace)
    const members = lookAtWorkload(kube, workload, etcdLabels(etcdName))
    return {
      what: 'etcd',
      // The pods of our own are ready once they have answered with the consent of the whole cluster; the operator's have no probe.
      look:
        etcdMode === 'statefulset'
          ? members
          : blamingOperator(kube, operator, lookAtEtcd(kube, workload, etcdSize, members)),
      fix: `See kubectl describe ${kubectlName(workload)}, then run eg-setup again: it goes on from here.`,
    }
  },

  gateway: (kube, { namespace, etcdMode, etcdHosts }) => {
    const workload = ref('Deployment', GATEWAY, namespace)
    const look = lookAtWorkload(kube, workload, podLabels('gateway'))
    return {
      what: 'The Event Gateway',
      look: etcdMode === 'external' ? namingEtcd(look, etcdHosts) : look,
      fix: `See kubectl describe ${kubectlName(workload)}, then run eg-setup again: it goes on from here.`,
    }
  },
}

/** Ready means: as many members as wanted run, and each of them answers with the consent of the whole cluster. */
function lookAtEtcd(kube: Kube, workload: Ref, size: number, lookAtPods: StageWait['look']): StageWait['look'] {
  const namespace = workload.namespace ?? ''
  const answered = new Set<number>()
  let unreachable = 0
  return async () => {
    const running = await lookAtPods()
    if (!running.ready) return running
    const replicas = ((await kube.read(workload))?.spec?.replicas as number | undefined) ?? 0
    if (replicas !== size) return { ready: false, reason: `${replicas} of ${size} members started` }
    for (let member = 0; member < size; member++) {
      if (answered.has(member)) continue
      const state = await askMember(kube, namespace, `${workload.name}-${member}`)
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
function blamingOperator(kube: Kube, { workload, podLabels }: Survey['operator'], look: StageWait['look']) {
  let absent = 0
  let reason = ABSENT
  return async (): Promise<Readiness> => {
    const state = await look()
    if (state.ready || state.reason !== ABSENT) return state
    if (++absent % OPERATOR_LOOKS !== 0) return { ...state, reason }
    const pods = await kube.list('Pod', { namespace: workload.namespace ?? '', labels: podLabels, limit: 5 })
    const container = pods[0]?.spec?.containers?.[0]?.name
    const log = { namespace: workload.namespace ?? '', pod: pods[0]?.metadata.name ?? '', container, previous: false }
    const said = container === undefined ? 'it has no pod' : await lastLogLine(kube, log)
    reason = `the etcd operator (${kubectlName(workload)}) has made nothing of it: ${said}`
    return { ...state, reason }
  }
}

/**
 * Nobody else asks an etcd of somebody else's from inside of the cluster: a gateway that finds none ends ("Cannot create KV
 * client"), or does not pass its startup probe, and one endpoint that answers is enough for it.
 */
function namingEtcd(look: StageWait['look'], hosts: readonly string[]): StageWait['look'] {
  return async () => {
    const state = await look()
    if (state.ready || !/KV client|Startup probe/.test(state.reason)) return state
    const where = hosts.length === 1 ? hosts[0] : `any of ${hosts.join(', ')}`
    const fix = 'Pods have to reach it by that name, without TLS and login; --etcd-endpoints names another.'
    return { ...state, reason: `no etcd answers at ${where} from inside of the cluster (${state.reason})`, fix }
  }
}

/** A definition counts once its objects can be listed: the API server takes a moment after Established. */
export const isServed = async (kube: Kube): Promise<Readiness> =>
  (await kube.get(`${collectionPath('EtcdCluster')}?limit=1`)) === undefined
    ? { ready: false, reason: 'the API server does not serve it yet' }
    : { ready: true }
