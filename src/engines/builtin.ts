import { EXIT, UserError } from '../errors.ts'
import type { Kube } from '../kube/client.ts'
import { ApiError } from '../kube/connection.ts'
import { withoutField } from '../kube/field-path.ts'
import { kubectlName } from '../kube/kinds.ts'
import type { KubeObject } from '../kube/object.ts'
import type { Reporter } from '../ui/reporter.ts'
import { toRef } from './record.ts'

/** What makes pods: applied after everything that its pods need. */
const WORKLOADS = ['Deployment', 'EtcdCluster', 'StatefulSet']

type Options = { force: boolean; reporter: Pick<Reporter, 'warn'>; dryRun?: boolean }

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
 * taken over. Throws UserError for what the API server refuses.
 */
export async function applyOne(
  kube: Kube,
  object: KubeObject,
  { force, reporter, dryRun = false }: Options,
): Promise<KubeObject> {
  let wanted = object
  for (;;) {
    try {
      return await kube.apply(wanted, { force, dryRun })
    } catch (error) {
      if (!(error instanceof ApiError)) throw error
      const rest = isFieldConflict(error) ? withoutConflicts(wanted, error) : withoutTakenNodePort(wanted, error)
      if (rest === undefined) throw refused(object, error)
      for (const { field = '', message = '' } of error.causes)
        reporter.warn(
          `${kubectlName(toRef(object))}: ${field} is left as it is: ${message}. --force-conflicts takes it over.`,
        )
      wanted = rest
    }
  }
}

const isFieldConflict = ({ status, causes }: ApiError): boolean =>
  status === 409 && causes.some(({ reason }) => reason === 'FieldManagerConflict')

function withoutConflicts(object: KubeObject, { causes }: ApiError): KubeObject | undefined {
  return causes.reduce<KubeObject | undefined>(
    (rest, { field }) => (rest === undefined || field === undefined ? undefined : withoutField(rest, field)),
    object,
  )
}

/** A nodePort that the gateway had before and somebody else has now: the cluster chooses another. */
function withoutTakenNodePort(object: KubeObject, { status, causes }: ApiError): KubeObject | undefined {
  const fields = causes.map(({ field = '' }) => field)
  if (object.kind !== 'Service' || status !== 422 || !fields.some(field => field.endsWith('.nodePort')))
    return undefined
  const ports = (object.spec.ports as { nodePort?: number }[]).map(({ nodePort: _, ...port }) => port)
  return { ...object, spec: { ...object.spec, ports } }
}

function refused(object: KubeObject, error: ApiError): unknown {
  const what = kubectlName(toRef(object))
  if (error.status === 403 && error.reason === 'Forbidden')
    return new UserError(`The cluster does not let you create or change ${what}: ${error.message}`, {
      fix: 'Ask for the right, or run eg-setup as somebody who has it.',
      code: EXIT.precondition,
      cause: error,
    })
  return new UserError(`The cluster refuses ${what}: ${error.message}`, {
    fix: 'If a setting of yours stands in the message, change it and run eg-setup again.',
    cause: error,
  })
}
