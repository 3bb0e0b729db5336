import { PROGRAM } from '../../text/program.ts'
import { sh } from '../../text/shell-words.ts'
import type { V1Condition, V1Deployment, V1StatefulSet } from '../client-node.ts'
import type { KubeObject } from '../object.ts'
import { createTrouble } from './pod-signals.ts'

/** Why something is not ready: a clause that fits behind its name, "1 of 3 replicas available". */
type Unready = {
  ready: false
  reason: string
  /** What a person can do about it, where that is known. */
  fix?: string
  /** Waiting longer than this, in ms, is no use; undefined: it may help. */
  hopelessAfterMs?: number
  /** What the reason comes down to: `hopelessAfterMs` counts from the beginning again where another cause takes over. */
  cause?: string
}

export type Readiness = { ready: true } | Unready

type Rule = (object: KubeObject) => Readiness

const READY: Readiness = { ready: true }
const notYet = (reason: string): Unready => ({ ready: false, reason })

export const condition = (object: KubeObject, type: string): V1Condition | undefined =>
  (object.status?.conditions as V1Condition[] | undefined)?.find(row => row.type === type)

/** A rule per kind; a kind without one is ready when its status speaks of its newest generation. */
const RULES: Readonly<Record<string, Rule>> = {
  Namespace: ({ status }) => (status?.phase === 'Active' ? READY : notYet(`phase ${status?.phase ?? 'unknown'}`)),

  CustomResourceDefinition: object => {
    const names = condition(object, 'NamesAccepted')
    if (names?.status === 'False') return { ...notYet(`${names.reason}: ${names.message}`), hopelessAfterMs: 0 }
    return condition(object, 'Established')?.status === 'True' ? READY : notYet('not served yet')
  },

  // The rule of `kubectl rollout status`, and no old replica left.
  Deployment: object => {
    const { spec, status = {} } = object as unknown as V1Deployment
    const wanted = spec?.replicas ?? 1
    if (wanted === 0)
      return {
        ...notYet('scaled to 0 replicas'),
        fix: sh`Scale it up again:\n${PROGRAM} --force-conflicts`,
        hopelessAfterMs: 0,
      }
    const { updatedReplicas = 0, availableReplicas = 0, replicas = 0 } = status
    if (updatedReplicas < wanted && spec?.paused)
      return {
        ...notYet(`${updatedReplicas} of ${wanted} replicas updated, rollout paused`),
        fix: sh`Resume the rollout:\nkubectl rollout resume ${`deployment/${object.metadata.name}`} -n ${object.metadata.namespace ?? ''}`,
        hopelessAfterMs: 0,
      }
    if (updatedReplicas < wanted) return notYet(`${updatedReplicas} of ${wanted} replicas updated`)
    if (availableReplicas < wanted) return notYet(`${availableReplicas} of ${wanted} replicas available`)
    if (replicas > wanted) return notYet(`${replicas - wanted} old replicas still running`)
    return READY
  },

  StatefulSet: object => {
    const { spec, status } = object as unknown as V1StatefulSet
    const wanted = spec?.replicas ?? 1
    const { readyReplicas = 0, currentRevision, updateRevision } = status ?? { replicas: 0 }
    if (readyReplicas < wanted) return notYet(`${readyReplicas} of ${wanted} members ready`)
    return updateRevision === currentRevision ? READY : notYet('an update is in progress')
  },
}

/** Whether its status, and what is made of it, speak of its newest generation. */
export const isObserved = ({ metadata: { generation = 0 }, status }: KubeObject): boolean =>
  (status?.observedGeneration ?? generation) >= generation

/** Whether an object is ready, by the rules of its kind (kstatus' general part first: deletion and generation). */
export function readiness(object: KubeObject): Readiness {
  if (object.metadata.deletionTimestamp !== undefined) return notYet('being deleted')
  const progressing = condition(object, 'Progressing')
  // Without the ReplicaSet its controller goes no further, and the generation stays unobserved.
  if (progressing?.status === 'False' && progressing.reason === 'ReplicaSetCreateError')
    return { ready: false, ...createTrouble(progressing.message ?? '') }
  if (RULES[object.kind] !== undefined && !isObserved(object))
    return notYet(`its controller has not observed generation ${object.metadata.generation} yet`)
  return RULES[object.kind]?.(object) ?? READY
}
