import { EXIT, UserError } from '../errors.ts'
import { kubectlName } from '../kube/kinds.ts'
import type { KubeObject } from '../kube/object.ts'
import type { Kube } from '../kube/request/client.ts'
import { ApiError } from '../kube/request/connection.ts'
import { withoutField } from '../kube/request/field-path.ts'
import type { Plan } from '../plan/plan.ts'
import { toRef } from '../record/record.ts'
import type { Reporter } from '../ui/reporter.ts'
import { findTakenNodePorts, isAboutNodePorts, withoutRefusedNodePorts } from './node-ports.ts'

/** What makes pods: applied after everything that its pods need. */
const WORKLOADS = ['Deployment', 'EtcdCluster', 'StatefulSet']

type Options = {
  force: boolean
  reporter: Pick<Reporter, 'warn'>
  /** Told of a former node port that is given up; a warning unless said. */
  onGivenUp?: (text: string) => void
  dryRun?: boolean
  /** Of the plan; without it no node port is given up. */
  formerNodePorts?: Plan['formerNodePorts']
}

/** Applies objects, those that others need first; gives what the server made of them, in the same order. */
export async function applyAll(kube: Kube, objects: readonly KubeObject[], options: Options): Promise<KubeObject[]> {
  const applied = new Map<KubeObject, KubeObject>()
  const isWorkload = ({ kind }: KubeObject) => WORKLOADS.includes(kind)
  for (const wave of [objects.filter(object => !isWorkload(object)), objects.filter(isWorkload)])
    await Promise.all(wave.map(async object => applied.set(object, await applyOne(kube, object, options))))
  return objects.map(object => applied.get(object)!)
}

/**
 * Applies one object. Fields that somebody else has set otherwise are named and left as they are; with `force` they are
 * taken over. A node port that the gateway had before and another Service has now is given up. Throws UserError for what
 * the API server refuses.
 */
export async function applyOne(kube: Kube, object: KubeObject, options: Options): Promise<KubeObject> {
  const { force, dryRun = false } = options
  let wanted = object
  for (;;) {
    try {
      return await kube.apply(wanted, { force, dryRun })
    } catch (error) {
      if (!(error instanceof ApiError)) throw error
      const rest = isFieldConflict(error)
        ? withoutConflicts(wanted, error, options)
        : withoutNodePorts(wanted, error, options)
      if (rest === undefined) throw await refused(kube, wanted, error, options)
      wanted = rest
    }
  }
}

const isFieldConflict = ({ status, causes }: ApiError): boolean =>
  status === 409 && causes.some(({ reason }) => reason === 'FieldManagerConflict')

function withoutConflicts(object: KubeObject, { causes }: ApiError, { reporter }: Options): KubeObject | undefined {
  const rest = causes.reduce<KubeObject | undefined>(
    (rest, { field }) => (rest === undefined || field === undefined ? undefined : withoutField(rest, field)),
    object,
  )
  const what = kubectlName(toRef(object))
  for (const { field = '', message = '' } of rest === undefined ? [] : causes)
    reporter.warn(
      `${what}: ${field} was not changed because another field manager owns it: ${message}. To take over the field, add --force-conflicts`,
    )
  return rest
}

function withoutNodePorts(object: KubeObject, error: ApiError, options: Options): KubeObject | undefined {
  if (!isAboutNodePorts(error)) return undefined
  const { formerNodePorts = [], reporter, onGivenUp = reporter.warn } = options
  const { service, refused } = withoutRefusedNodePorts(object, error, formerNodePorts)
  for (const port of refused)
    onGivenUp(
      `${kubectlName(toRef(object))}: node port ${port} is now used by something else, so the cluster allocates another port.`,
    )
  return refused.length === 0 ? undefined : service
}

async function refused(kube: Kube, object: KubeObject, error: ApiError, options: Options): Promise<unknown> {
  const what = kubectlName(toRef(object))
  if (error.status === 403 && error.reason === 'Forbidden')
    return new UserError(`You don't have permission to create or change ${what}: ${error.message}`, {
      fix: 'Ask for the permission, or run eg-setup as a user who has it.',
      code: EXIT.precondition,
      cause: error,
    })
  const trouble = isAboutNodePorts(error)
    ? await findTakenNodePorts(kube, [object], options.formerNodePorts ?? [])
    : undefined
  const { message, fix } = trouble ?? {
    message: `The API server rejected ${what}: ${error.message}`,
    fix: 'Change the setting that the message names, then run eg-setup again.',
  }
  return new UserError(message, { fix, cause: error })
}
