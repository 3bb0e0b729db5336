import { findSource, type Source } from '../endpoints/gateway-source.ts'
import type { Io } from '../io.ts'
import { kubectlName } from '../kube/kinds.ts'
import type { KubeObject } from '../kube/object.ts'
import type { Kube } from '../kube/request/client.ts'
import { portOf } from '../kube/service.ts'
import { type Readiness, readiness } from '../kube/waiting/ready.ts'
import { waitFor } from '../kube/waiting/wait.ts'
import { GATEWAY, type Release } from '../names.ts'
import type { Choices } from '../plan/derived-row.ts'
import type { Plan, Stage, StageId } from '../plan/plan.ts'
import { volumeRefs } from '../record/etcd-volumes.ts'
import type { OperatorWorkload } from '../record/owner.ts'
import { type InstallRecord, type RecordedObject, toRef, withObjects, writeRecord } from '../record/record.ts'
import { sh } from '../text/shell-words.ts'
import type { Reporter } from '../ui/reporter.ts'
import type { Presence } from './applied-objects.ts'
import { applyAll } from './builtin.ts'
import { makeHelmApply } from './helm/apply.ts'
import type { Helm } from './helm/program.ts'
import { prune } from './prune.ts'
import { isServed, STAGE_WAITS } from './stages.ts'
import type { Finding } from './verify-recorded.ts'

export type Install = {
  choices: Choices
  plan: Plan
  /** Applies it in place of ourselves. */
  helm?: Helm
  operator: OperatorWorkload
  /** As they were found, or as they begin; the release's own is written before and after each stage. */
  records: Readonly<Record<Release, InstallRecord>>
  /** What of the plan was there before. */
  existing: readonly KubeObject[]
  /** What an earlier plan had and this one has not. */
  removed: readonly Finding[]
  force: boolean
  /** ms since the epoch. */
  deadline: number
  /** Learns what is applied. */
  presence: Presence
  /** Called once an EtcdCluster shows that the operator is in use. */
  onOperatorInUse: () => Promise<void>
  /** Checks the Service or route of the gateway while its pods start. An exception ends the installation. */
  guard?: ((source: Source) => Promise<void>) | undefined
}

type ApplyOptions = {
  presence: Presence
  force: boolean
  reporter: Reporter
  formerNodePorts: Plan['formerNodePorts']
  deadline: number
}

/** Applies the plan stage by stage and waits for each; gives the records as written. The only writing of setup. */
export async function install(
  kube: Kube,
  {
    choices,
    plan,
    helm,
    operator,
    records,
    existing,
    removed,
    force,
    deadline,
    presence,
    onOperatorInUse,
    guard,
  }: Install,
  reporter: Reporter,
  io: Io,
): Promise<Record<Release, InstallRecord>> {
  const written = { ...records }
  const remember = async (release: Release, objects: readonly RecordedObject[]) => {
    written[release] = withObjects(written[release], objects)
    if (written[release].objects.length > 0) await writeRecord(kube, written[release])
  }
  const uidOf = (object: KubeObject) => existing.find(found => sameName(found, object))?.metadata.uid

  const options = { force, reporter, formerNodePorts: plan.formerNodePorts, deadline, presence }
  const applyStage: (stage: Stage) => Promise<KubeObject[]> =
    helm === undefined
      ? stage => applyBuiltin(kube, stage, options, io)
      : makeHelmApply(kube, helm, { ...options, choices }, io)

  const apply = async (stage: Stage) => {
    const namespaces = stage.objects.filter(isNamespace)
    const rest = stage.objects.filter(object => !isNamespace(object))
    const made = await applyLasting(kube, namespaces, options, io)
    presence.applied(made.map(object => recorded(object, object.metadata.uid)))
    await remember(stage.release, [
      ...made.map(object => recorded(object, object.metadata.uid)),
      ...rest.map(object => recorded(object, uidOf(object))),
      ...(stage.id === 'etcd' ? volumeRefs(plan.etcdName, plan.namespace, plan.etcdSize) : []),
    ])
    const applied = await applyStage({ ...stage, objects: rest })
    presence.applied(applied.map(object => recorded(object, object.metadata.uid)))
    written[stage.release] = withNodePorts(written[stage.release], applied)
    await remember(
      stage.release,
      applied.map(object => recorded(object, object.metadata.uid)),
    )
    if (stage.id === 'etcd') await onOperatorInUse()
  }

  const checkAddress = async () => {
    const source = guard && (await findSource(kube, choices.exposure, plan.namespace))
    if (source !== undefined) await guard?.(source)
  }
  const guarded = (look: () => Promise<Readiness>) => async () => (await Promise.all([look(), checkAddress()]))[0]

  let ahead: Stage | undefined
  for (const [index, stage] of plan.stages.entries()) {
    reporter.step(stage.title)
    if (stage !== ahead) await apply(stage)
    // An operator takes up what it finds when it starts: its etcd needs not wait for it. A gateway without etcd would crash.
    // helm does not wait until the definition is served.
    ahead = stage.id === 'operator' && helm === undefined ? plan.stages[index + 1] : undefined
    if (ahead !== undefined) await apply(ahead)
    const wait = STAGE_WAITS[stage.id](kube, plan, operator)
    const look = presence.watching(kube, stage.id === 'gateway' ? guarded(wait.look) : wait.look, io.clock)
    await waitFor({ ...wait, look, deadline, onReason: reporter.reason }, io)
    reporter.done(`${stage.title} ready${countOf(stage.id, plan, choices)}`)
  }
  const eg = await prune({ kube, reporter, io, deadline }, written.eg, { plan, removed })
  return { ...written, eg }
}

/** How many of a stage's pods are ready once it is. */
const countOf = (stage: StageId, { etcdSize }: Plan, { settings: { replicaCount } }: Choices): string =>
  stage === 'etcd'
    ? `, ${etcdSize} of ${etcdSize} members`
    : stage === 'gateway'
      ? `, ${replicaCount} of ${replicaCount} replicas`
      : ''

const isNamespace = ({ kind }: KubeObject): boolean => kind === 'Namespace'
const isDefinition = ({ kind }: KubeObject): boolean => kind === 'CustomResourceDefinition'

/** Applies the objects of a stage, definitions first; gives what the server made of them. */
async function applyBuiltin(kube: Kube, { objects }: Stage, options: ApplyOptions, io: Io): Promise<KubeObject[]> {
  const defined = await applyLasting(kube, objects.filter(isDefinition), options, io)
  for (const definition of defined) await waitUntilServed(kube, definition, options, io)
  const rest = objects.filter(object => !isDefinition(object))
  return [...defined, ...(await applyLasting(kube, rest, options, io))]
}

/** Applies objects as `applyAll` does. One that is being deleted would take what is applied with it: its end is waited for. */
async function applyLasting(
  kube: Kube,
  objects: readonly KubeObject[],
  options: ApplyOptions,
  io: Io,
): Promise<KubeObject[]> {
  const applied = await applyAll(kube, objects, options)
  const ending = applied.filter(({ metadata }) => metadata.deletionTimestamp !== undefined)
  if (ending.length === 0) return applied
  const { deadline, reporter } = options
  for (const object of ending) {
    const what = kubectlName(toRef(object))
    const look = async (): Promise<Readiness> => {
      const live = await kube.read(toRef(object))
      const isGone = live?.metadata.uid !== object.metadata.uid
      return isGone ? { ready: true } : { ready: false, reason: 'being deleted' }
    }
    const fix = `See what blocks the deletion:\nkubectl get ${what} -o yaml`
    await waitFor({ what, wanted: 'gone', look, fix, deadline, onReason: reporter.reason }, io)
  }
  return applyAll(kube, objects, options)
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

async function waitUntilServed(
  kube: Kube,
  definition: KubeObject,
  { deadline, reporter, presence }: ApplyOptions,
  io: Io,
) {
  presence.applied([recorded(definition, definition.metadata.uid)])
  const look = async () => {
    const state = readiness((await kube.read(toRef(definition))) ?? definition)
    return state.ready ? isServed(kube) : state
  }
  const what = `CustomResourceDefinition ${definition.spec.names.kind}`
  const fix = sh`Inspect it:\nkubectl describe customresourcedefinition ${definition.metadata.name}`
  const onReason = reporter.reason
  await waitFor({ what, look: presence.watching(kube, look, io.clock), fix, deadline, onReason }, io)
}
