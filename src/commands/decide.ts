import type { FlagsOf } from '../args.ts'
import type { ClusterFacts } from '../cluster/facts.ts'
import type { Flavour } from '../cluster/flavours.ts'
import { requireOwn, type Survey, survey as takeSurvey } from '../cluster/survey.ts'
import { EXPOSURES, type Exposure } from '../endpoints/exposures.ts'
import { findLeftovers } from '../engines/leftovers.ts'
import { type InstallRecord, readRecords } from '../engines/record.ts'
import type { Kube } from '../kube/client.ts'
import type { KubeObject, Ref } from '../kube/object.ts'
import type { Release } from '../plan/labels.ts'
import { makePlan, OPERATOR_NAMESPACE, type Plan } from '../plan/plan.ts'
import { givenFrom, recordOf, type Sources } from '../settings/given.ts'
import { namespaceName } from '../settings/names.ts'
import { settle } from '../settings/settle.ts'
import type { Ask } from '../ui/ask.ts'
import { requireReach } from './who-may-reach.ts'

/** Everything that is known before the first write. */
export type Decided = {
  plan: Plan
  exposure: Exposure
  survey: Survey
  /** The record as it was read: all of this holds only as long as it is the same. */
  found: InstallRecord
  records: Readonly<Record<Release, InstallRecord>>
  existing: readonly KubeObject[]
  /** Volumes of an earlier etcd that the new one goes on with. */
  reused: readonly Ref[]
}

type Input = {
  flags: FlagsOf<'setup'>
  sources: Sources
  facts: ClusterFacts
  flavour: Flavour
  ask: Ask | undefined
}

/** Reads, asks and plans; writes nothing. Throws UserError for whatever would make the plan fail or hurt somebody. */
export async function decide(kube: Kube, { flags, sources, facts, flavour, ask }: Input): Promise<Decided> {
  const namespace = await chooseNamespace(flags.namespace, kube.connection.namespace, ask)
  const found = await readRecords(kube, namespace, facts.clusterId)
  const givenWith = (answers: object) =>
    givenFrom({ ...sources, recorded: found.eg.settings, flags: { ...sources.flags, ...answers } })
  const usual = found.eg.exposure ?? flavour.exposure
  const exposeAnswer = await chooseExposure(settle(givenWith({})).expose, usual, ask)
  const exposed = settle(givenWith(exposeAnswer))
  const exposure = exposed.expose === 'auto' ? usual : exposed.expose
  const given = givenWith({ ...exposeAnswer, ...(await requireReach(exposed, exposure, flavour, ask)) })
  const settings = settle(given)
  const etcdSize = settings['etcd.size'] === 'auto' ? (found.eg.etcdSize ?? sizeFor(facts)) : settings['etcd.size']

  const survey = await takeSurvey(kube, namespace)
  const { nodePorts } = found.eg
  const { without, operator } = survey
  const operatorNamespace = operator.workload.namespace ?? OPERATOR_NAMESPACE
  const annotations = (settings.internal ? flavour.internal : flavour.external) ?? {}
  const choices = { namespace, settings, exposure, etcdSize, without, operatorNamespace, annotations, nodePorts }
  const plan = makePlan(choices)
  const records = {
    ...found,
    eg: { ...found.eg, settings: recordOf(given), exposure, etcdSize, localhost: flavour.localhost },
  }
  const existing = await requireOwn(kube, plan, Object.values(found))
  const reused = await findLeftovers(kube, plan, found.eg)
  return { plan, exposure, survey, found: found.eg, records, existing, reused }
}

/** Three members where three nodes can take one each, else one: two of three on one node end together. */
const sizeFor = ({ nodes = [] }: ClusterFacts): number =>
  nodes.filter(({ ready, schedulable }) => ready && schedulable).length >= 3 ? 3 : 1

async function chooseNamespace(flag: string | undefined, usual: string, ask: Ask | undefined): Promise<string> {
  if (flag !== undefined || ask === undefined) return flag ?? usual
  const problem = (value: string) => {
    const read = namespaceName.read(value)
    return 'problem' in read ? `It ${read.problem}` : undefined
  }
  return ask.text('Namespace for the Event Gateway', usual, problem)
}

/** Asked only where nobody has said it. */
async function chooseExposure(
  expose: Exposure | 'auto',
  usual: Exposure,
  ask: Ask | undefined,
): Promise<{ expose?: Exposure }> {
  if (expose !== 'auto' || ask === undefined) return {}
  const choices = EXPOSURES.map(({ id, label }) => ({ value: id, label: id, hint: label }))
  return { expose: await ask.select('How shall it be reached?', choices, usual) }
}
