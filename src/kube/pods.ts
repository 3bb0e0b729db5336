import type { V1ContainerStatus, V1Pod } from '@kubernetes/client-node'
import { oneLine } from '../ui/sanitize.ts'
import type { KubeObject } from './object.ts'

/** What keeps a pod from being ready, and whether waiting longer can help. */
export type PodTrouble = { reason: string; hopeless: boolean }

type Signal = { reasons: readonly string[]; hopeless: (message: string) => boolean }

/** Pull errors that no further attempt will mend: the registry answered, and its answer was no. */
const FINAL_PULL =
  /not found|manifest unknown|unauthorized|denied|no match for platform|schema 1|not implemented: media/i

/** What a waiting container says, and what follows from it. */
const SIGNALS: readonly Signal[] = [
  { reasons: ['InvalidImageName', 'ErrImageNeverPull'], hopeless: () => true },
  { reasons: ['ImagePullBackOff'], hopeless: message => FINAL_PULL.test(message) },
  {
    reasons: [
      'ErrImagePull',
      'CrashLoopBackOff',
      'CreateContainerConfigError',
      'CreateContainerError',
      'RunContainerError',
    ],
    hopeless: () => false,
  },
]

/** The most telling trouble of a workload's pods, or undefined where they are merely starting. */
export function podTrouble(pods: readonly KubeObject[]): PodTrouble | undefined {
  const troubles = pods.flatMap(pod => {
    const trouble = troubleOf(pod as unknown as V1Pod & { metadata: { name: string } })
    return trouble === undefined ? [] : [trouble]
  })
  return troubles.find(({ hopeless }) => hopeless) ?? troubles[0]
}

function troubleOf({ metadata, status }: V1Pod & { metadata: { name: string } }): PodTrouble | undefined {
  const unscheduled = status?.conditions?.find(({ type, status }) => type === 'PodScheduled' && status === 'False')
  if (unscheduled !== undefined)
    return { reason: `pod ${metadata.name} finds no node: ${oneLine(unscheduled.message ?? '', 200)}`, hopeless: false }
  const containers: V1ContainerStatus[] = [
    ...(status?.initContainerStatuses ?? []),
    ...(status?.containerStatuses ?? []),
  ]
  for (const { state, lastState, image } of containers) {
    const { reason = '', message = '' } = state?.waiting ?? {}
    const signal = SIGNALS.find(row => row.reasons.includes(reason))
    if (signal === undefined) continue
    const exit = lastState?.terminated
    const ended =
      exit === undefined
        ? ''
        : `; it ended with ${exit.reason === 'OOMKilled' ? 'OOMKilled' : `exit code ${exit.exitCode}`}`
    const about = message === '' ? `image ${image}` : message
    return {
      reason: `pod ${metadata.name}: ${reason}: ${oneLine(about, 200)}${ended}`,
      hopeless: signal.hopeless(message),
    }
  }
  return undefined
}
