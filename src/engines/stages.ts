import { collectionPath, kubectlName, ref } from '../kube/kinds.ts'
import type { Kube } from '../kube/request/client.ts'
import { ANY_PAGE } from '../kube/schemas.ts'
import type { Readiness } from '../kube/waiting/ready.ts'
import { lookAtWorkload } from '../kube/waiting/workload.ts'
import { GATEWAY, podLabels } from '../names.ts'
import type { Plan, StageId } from '../plan/plan.ts'
import { etcdLabels } from '../record/etcd-volumes.ts'
import type { OperatorWorkload } from '../record/owner.ts'
import { askMembers, blamingOperator } from './etcd-wait.ts'

/** What a stage waits for after its objects are applied. */
type StageWait = { what: string; look: () => Promise<Readiness>; fix: string }

/** When a stage is done, a row each. */
export const STAGE_WAITS: Readonly<Record<StageId, (kube: Kube, plan: Plan, operator: OperatorWorkload) => StageWait>> =
  {
    operator: (kube, _plan, { workload, podLabels }) => ({
      what: 'The etcd operator',
      look: lookAtWorkload(kube, workload, podLabels),
      fix: `Run eg-setup again to resume. For details:\nkubectl describe ${kubectlName(workload)}`,
    }),

    etcd: (kube, { namespace, etcdMode, etcdName, etcdSize }, operator) => {
      const workload = ref('StatefulSet', etcdName, namespace)
      // The pods of our own are ready once they have answered with the consent of the whole cluster; the operator's have no probe.
      const hasProbes = etcdMode === 'statefulset'
      const look = lookAtWorkload(
        kube,
        workload,
        etcdLabels(etcdName),
        hasProbes ? undefined : askMembers(kube, etcdSize),
      )
      return {
        what: 'etcd',
        look: hasProbes ? look : blamingOperator(kube, operator, look),
        fix: `Run eg-setup again to resume. For details:\nkubectl describe ${kubectlName(workload)}`,
      }
    },

    gateway: (kube, { namespace, etcdMode, etcdHosts }) => {
      const workload = ref('Deployment', GATEWAY, namespace)
      const look = lookAtWorkload(kube, workload, podLabels('gateway'))
      return {
        what: 'The Event Gateway',
        look: etcdMode === 'external' ? namingEtcd(look, etcdHosts) : look,
        fix: `Run eg-setup again to resume. For details:\nkubectl describe ${kubectlName(workload)}`,
      }
    },
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
    const fix =
      'Check that pods can reach that address without TLS or authentication, or choose another: --etcd-endpoints HOST:PORT'
    return { ...state, reason: `etcd at ${where} does not answer from inside the cluster (${state.reason})`, fix }
  }
}

/** A definition counts once its objects can be listed: the API server takes a moment after Established. */
export const isServed = async (kube: Kube): Promise<Readiness> =>
  (await kube.get(`${collectionPath('EtcdCluster')}?limit=1`, ANY_PAGE)) === undefined
    ? { ready: false, reason: 'the API server does not serve it yet' }
    : { ready: true }
