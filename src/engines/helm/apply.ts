import type { Io } from '../../io.ts'
import type { KubeObject } from '../../kube/object.ts'
import type { Kube } from '../../kube/request/client.ts'
import type { Release } from '../../names.ts'
import type { Choices } from '../../plan/derived-row.ts'
import type { Stage } from '../../plan/plan.ts'
import { toRef } from '../../record/record.ts'
import type { Reporter } from '../../ui/reporter.ts'
import { findOwnRelease } from './own-release.ts'
import type { Helm } from './program.ts'
import { releaseRef, repairRelease, upgradeRelease } from './releases.ts'

type Options = { choices: Choices; force: boolean; reporter: Reporter; deadline: number }

/**
 * Applies stages by helm and gives their objects as they are then. A release may have several stages: helm applies all of it
 * at the first one.
 */
export function makeHelmApply(kube: Kube, helm: Helm, { reporter, deadline, ...options }: Options, io: Io) {
  const done = new Set<Release>()
  return async ({ release, objects }: Stage): Promise<KubeObject[]> => {
    if (objects.length === 0) return []
    if (!done.has(release)) {
      const target = { ...releaseRef(release, options.choices.namespace), deadline }
      await findOwnRelease(helm, target)
      await repairRelease(helm, target, reporter, io)
      await upgradeRelease(helm, target, options, io)
      done.add(release)
    }
    const live = await Promise.all(objects.map(object => kube.read(toRef(object))))
    return live.filter(object => object !== undefined)
  }
}
