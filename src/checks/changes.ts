import { applyOne } from '../engines/builtin.ts'
import type { Finding } from '../engines/verify-recorded.ts'
import { UserError } from '../errors.ts'
import type { KubeObject, Ref } from '../kube/object.ts'
import type { Kube } from '../kube/request/client.ts'
import { ApiError } from '../kube/request/connection.ts'
import { unlessForbidden } from '../kube/request/unless-forbidden.ts'
import type { Release } from '../names.ts'
import type { Plan } from '../plan/plan.ts'
import { type InstallRecord, recordObject, sameObject, toRef } from '../record/record.ts'
import { type FieldChange, fieldChanges } from './field-changes.ts'
import type { Survey } from './survey.ts'

/** What setup would do to an object, as the server's dry run says. */
export type Change = {
  object: Ref
  action: 'create' | 'update' | 'unchanged' | 'remove'
  fields: readonly FieldChange[]
  /** Fields owned by other field managers, which keep their value. */
  left: readonly string[]
  /** Former node ports that another Service uses by now. */
  givenUp?: readonly string[]
  /** Why the server was not asked. */
  untried?: string
  refused?: string
}

type Input = {
  plan: Plan
  survey: Survey
  records: Readonly<Record<Release, InstallRecord>>
  existing: readonly KubeObject[]
  removed: readonly Finding[]
  force: boolean
}

/** Asks the server for a dry run of the whole plan: what each object would become. Writes nothing. */
export async function findChanges(
  kube: Kube,
  { plan, survey, records, existing, removed, force }: Input,
): Promise<Change[]> {
  const objects = plan.stages.flatMap(stage => stage.objects)
  const releases = new Set(plan.stages.filter(stage => stage.objects.length > 0).map(({ release }) => release))
  const kept = [...releases].map(release => recordObject(records[release]))
  const changeOfRecord = async (record: KubeObject) =>
    changeOf(kube, record, await unlessForbidden(kube.read(toRef(record))), { survey, force: true, plan })
  const [applied, remembered] = await Promise.all([
    Promise.all(
      objects.map(object => {
        const live = existing.find(found => sameObject(toRef(found), toRef(object)))
        return changeOf(kube, object, live, { survey, force, plan })
      }),
    ),
    Promise.all(kept.map(changeOfRecord)),
  ])
  return [...applied, ...remembered, ...removed.map(({ object }) => change(object, 'remove'))]
}

const change = (object: Ref, action: Change['action'], more: Partial<Change> = {}): Change => {
  const { apiVersion, kind, name, namespace } = object
  return { object: { apiVersion, kind, name, ...(namespace && { namespace }) }, action, fields: [], left: [], ...more }
}

async function changeOf(
  kube: Kube,
  object: KubeObject,
  live: KubeObject | undefined,
  { survey, force, plan }: Pick<Input, 'survey' | 'force' | 'plan'>,
): Promise<Change> {
  const name = toRef(object)
  const untried = live === undefined ? whyUntried(object, survey) : undefined
  if (untried !== undefined) return change(name, 'create', { untried })
  const left: string[] = []
  const givenUp: string[] = []
  try {
    const reporter = { warn: (text: string) => left.push(text) }
    const next = await applyOne(kube, object, {
      force,
      reporter,
      onGivenUp: text => givenUp.push(text),
      dryRun: true,
      formerNodePorts: plan.formerNodePorts,
    })
    const notes = { left, ...(givenUp.length > 0 && { givenUp }) }
    if (live === undefined) return change(name, 'create', notes)
    const fields = fieldChanges(live, next)
    return change(name, fields.length === 0 ? 'unchanged' : 'update', { fields, ...notes })
  } catch (error) {
    if (!(error instanceof UserError) || !(error.cause instanceof ApiError)) throw error
    const action = live === undefined ? 'create' : 'update'
    const { message } = error.cause
    // A webhook with side effects rejects every dry run.
    if (/does not support dry run/.test(message)) return change(name, action, { untried: message })
    // The API server takes a moment to serve a new definition; setup waits for it.
    if (object.kind === 'EtcdCluster' && error.cause.status === 404)
      return change(name, action, { untried: 'the API server does not serve EtcdCluster yet' })
    return change(name, action, { refused: message })
  }
}

/** Why a dry run of an object is impossible: its namespace or its definition doesn't exist yet. */
function whyUntried({ kind, metadata: { namespace } }: KubeObject, survey: Survey): string | undefined {
  if (namespace !== undefined && !survey.namespaces.some(({ metadata }) => metadata.name === namespace))
    return `namespace ${namespace} doesn't exist yet`
  if (kind === 'EtcdCluster' && !survey.isDefined)
    return "the CustomResourceDefinition of EtcdCluster doesn't exist yet"
  return undefined
}
