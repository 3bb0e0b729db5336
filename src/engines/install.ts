import type { Survey } from '../cluster/survey.ts'
import { portOf } from '../endpoints/exposures.ts'
import type { Io } from '../io.ts'
import type { Kube } from '../kube/client.ts'
import type { KubeObject } from '../kube/object.ts'
import { readiness } from '../kube/ready.ts'
import { waitFor } from '../kube/wait.ts'
import type { Release } from '../plan/labels.ts'
import { GATEWAY } from '../plan/names.ts'
import type { Plan, Stage } from '../plan/plan.ts'
import type { Choices } from '../plan/values.ts'
import type { Reporter } from '../ui/reporter.ts'
import { sh } from '../ui/shell-words.ts'
import { applyAll } from './builtin.ts'
import { makeHelmApply } from './helm/apply.ts'
import type { Helm } from './helm/program.ts'
import { volumeRefs } from './leftovers.ts'
import { prune } from './prune.ts'
import { type InstallRecord, type RecordedObject, toRef, withObjects, writeRecord } from './record.ts'
import { isServed, STAGE_WAITS } from './stages.ts'

export type Install = {
  choices: Choices
  plan: Plan
  /** Applies it in place of ourselves. */
  helm?: Helm
  survey: Survey
  /** As they were found, or as they begin; the release's own is written before and after each stage. */
  records: Readonly<Record<Release, InstallRecord>>
  /** What of the plan was there before. */
  existing: readonly KubeObject[]
  force: boolean
  /** ms since the epoch. */
  deadline: number
}

type ApplyOptions = {
  force: boolean
  reporter: Reporter
  formerNodePorts: Plan['formerNodePorts']
  deadline: number
}

/** Applies the plan stage by stage and waits for each; gives the records as written. The only writing of setup. */
export async function install(
  kube: Kube,
  { choices, plan, helm, survey, records, existing, force, deadline }: Install,
  reporter: Reporter,
  io: Io,
): Promise<Record<Release, InstallRecord>> {
  const written = { ...records }
  const remember = async (release: Release, objects: readonly RecordedObject[]) => {
    written[release] = withObjects(written[release], objects)
    if (written[release].objects.length > 0) await writeRecord(kube, written[release])
  }
  const uidOf = (object: KubeObject) => existing.find(found => sameName(found, object))?.metadata.uid

  const options = { force, reporter, formerNodePorts: plan.formerNodePorts }
  const applyStage: (stage: Stage) => Promise<KubeObject[]> =
    helm === undefined
      ? stage => applyBuiltin(kube, stage, { ...options, deadline }, io)
      : makeHelmApply(kube, helm, { ...options, choices, deadline }, io)

  const apply = async (stage: Stage) => {
    const namespaces = stage.objects.filter(isNamespace)
    const rest = stage.objects.filter(object => !isNamespace(object))
    const made = await applyAll(kube, namespaces, options)
    await remember(stage.release, [
      ...made.map(object => recorded(object, object.metadata.uid)),
      ...rest.map(object => recorded(object, uidOf(object))),
      ...(stage.id === 'etcd' ? volumeRefs(plan.etcdName, plan.namespace, plan.etcdSize) : []),
    ])
    const applied = await applyStage({ ...stage, objects: rest })
    written[stage.release] = withNodePorts(written[stage.release], applied)
    await remember(
      stage.release,
      applied.map(object => recorded(object, object.metadata.uid)),
    )
  }

  let ahead: Stage | undefined
  for (const [index, stage] of plan.stages.entries()) {
    reporter.step(`Installing ${stage.title}`)
    if (stage !== ahead) await apply(stage)
    // An operator takes up what it finds when it starts: its etcd needs not wait for it. A gateway without etcd would crash.
    // helm does not wait until the definition is served.
    ahead = stage.id === 'operator' && helm === undefined ? plan.stages[index + 1] : undefined
    if (ahead !== undefined) await apply(ahead)
    await waitFor({ ...STAGE_WAITS[stage.id](kube, plan, survey), deadline, onReason: reporter.reason }, io)
    reporter.done(`${stage.title} is ready`)
  }
  const eg = await prune(kube, plan, written.eg, deadline, reporter, io)
  return { ...written, eg }
}

const isNamespace = ({ kind }: KubeObject): boolean => kind === 'Namespace'
const isDefinition = ({ kind }: KubeObject): boolean => kind === 'CustomResourceDefinition'

/** Applies the objects of a stage, definitions first; gives what the server made of them. */
async function applyBuiltin(
  kube: Kube,
  { objects }: Stage,
  { deadline, ...options }: ApplyOptions,
  io: Io,
): Promise<KubeObject[]> {
  const defined = await applyAll(kube, objects.filter(isDefinition), options)
  for (const definition of defined) await waitUntilServed(kube, definition, deadline, options.reporter, io)
  const rest = objects.filter(object => !isDefinition(object))
  return [...defined, ...(await applyAll(kube, rest, options))]
}

const recorded = (object: KubeObject, uid: string | undefined): RecordedObject => ({
  ...toRef(object),
  ...(uid === undefined ? {} : { uid }),
})

/** A Service that has to be made again gets the same ports; while it has none, the former are remembered. */
function withNodePorts(record: InstallRecord, applied: readonly KubeObject[]): InstallRecord {
  const service = applied.find(({ kind, metadata }) => kind === 'Service' && metadata.name === GATEWAY)
  const [config, events] = ['config', 'events'].map(name => service && portOf(service, name, 'nodePort'))
  const nodePorts = { ...record.nodePorts, ...(config && { config }), ...(events && { events }) }
  return Object.keys(nodePorts).length === 0 ? record : { ...record, nodePorts }
}

const sameName = (a: KubeObject, b: KubeObject): boolean =>
  a.kind === b.kind && a.metadata.name === b.metadata.name && a.metadata.namespace === b.metadata.namespace

async function waitUntilServed(kube: Kube, definition: KubeObject, deadline: number, reporter: Reporter, io: Io) {
  const look = async () => {
    const state = readiness((await kube.read(toRef(definition))) ?? definition)
    return state.ready ? isServed(kube) : state
  }
  const what = `The kind ${definition.spec.names.kind}`
  const fix = sh`See kubectl describe customresourcedefinition ${definition.metadata.name}.`
  await waitFor({ what, look, fix, deadline, onReason: reporter.reason }, io)
}
