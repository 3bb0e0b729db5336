import { findLeftovers, requireSameMode } from '../checks/leftovers.ts'
import { findOwn, type Survey, sharedIn, survey as takeSurvey } from '../checks/survey.ts'
import type { FlagsOf } from '../cli/args.ts'
import type { Exposure } from '../cluster/exposures.ts'
import type { ClusterFacts } from '../cluster/facts.ts'
import type { Flavour } from '../cluster/flavours.ts'
import { chooseIngressClass, readIngressClasses } from '../cluster/ingress-class.ts'
import { findOwnRelease } from '../engines/helm/own-release.ts'
import type { Helm } from '../engines/helm/program.ts'
import { releasesIn } from '../engines/helm/releases.ts'
import { findTakenNodePorts } from '../engines/node-ports.ts'
import { findDropped } from '../engines/prune.ts'
import type { Finding } from '../engines/removal.ts'
import { type Trouble, UserError } from '../errors.ts'
import type { Io } from '../io.ts'
import { ref } from '../kube/kinds.ts'
import type { KubeObject, Ref } from '../kube/object.ts'
import type { Kube } from '../kube/request/client.ts'
import { unlessForbidden } from '../kube/request/unless-forbidden.ts'
import { OPERATOR_NAMESPACE, type Release } from '../names.ts'
import { makePlan, type Plan } from '../plan/plan.ts'
import { unproven } from '../plan/unproven.ts'
import type { Choices } from '../plan/values.ts'
import { readRecords } from '../record/read-records.ts'
import type { InstallRecord } from '../record/record.ts'
import { MOST_MEMBERS } from '../record/record-schema.ts'
import { believed, type Given, givenFrom, recordOf, type Sources } from '../settings/given.ts'
import type { Settings } from '../settings/rows.ts'
import { settle } from '../settings/settle.ts'
import { withOwnAddress } from './backstop.ts'
import { type Changed, changedFrom } from './changed.ts'
import { chooseEngine } from './choose-engine.ts'
import { noticeTrouble, unprovenTrouble } from './recorded.ts'
import { mayIgnoreNetworks, requireReach } from './who-may-reach.ts'

/** Everything that is known before the first write. */
export type Decided = {
  choices: Choices
  plan: Plan
  /** Where helm applies it. */
  helm?: Helm
  /** The settings that somebody chose, and where. */
  given: Given
  settings: Settings
  exposure: Exposure
  survey: Survey
  /** All of this holds only as long as it is the same. */
  basis: string
  records: Readonly<Record<Release, InstallRecord>>
  existing: readonly KubeObject[]
  /** What differs from the installation that exists. */
  changed: readonly Changed[]
  /** Volumes of an earlier etcd that the new one goes on with. */
  reused: readonly Ref[]
  /** What an earlier plan had and this one has not: it is removed at the end. */
  removed: readonly Finding[]
  /** What stands in the way so far, by the check that says so. */
  troubles: Readonly<Record<string, Trouble>>
}

type Input = {
  flags: FlagsOf<'setup'>
  sources: Sources
  facts: ClusterFacts
  flavour: Flavour
  io: Io
}

/** Reads and plans; writes nothing. What would make the plan fail or hurt somebody is among its troubles. */
export async function decide(kube: Kube, { flags, sources, facts, flavour, io }: Input): Promise<Decided> {
  const namespace = flags.namespace ?? kube.connection.namespace
  const found = await readRecords(kube, namespace, facts.clusterId)
  const { engine, helm, recorded } = await chooseEngine(kube, found.eg, flags.engine, io)
  const given = believed(givenFrom({ ...sources, recorded, operator: found.ego.settings }))
  requireSameMode(found.eg, given['etcd.mode']?.value ?? 'operator')
  const settled = settle(given)
  const exposure = exposureOf(settled, found.eg, flavour)
  const troubles: Record<string, Trouble> = {}
  const unlessTrouble = <T>(check: string, choose: () => T, otherwise: T): T => {
    try {
      return choose()
    } catch (error) {
      if (!(error instanceof UserError)) throw error
      troubles[check] = error
      return otherwise
    }
  }
  const place = {
    exposure,
    flavour: await withOwnAddress(kube, flavour, exposure, { settings: settled, record: found.eg }),
  }
  unlessTrouble('reach', () => requireReach(settled, place), undefined)
  const ignored = mayIgnoreNetworks(settled, place)
  if (ignored !== undefined) troubles['source-ranges'] = ignored
  const asked = settled['ingress.className']
  const classes = exposure === 'ingress' ? await readIngressClasses(kube) : undefined
  const chooseClass = () => chooseIngressClass(classes, asked, { facts, flavour })
  const settings =
    exposure === 'ingress'
      ? { ...settled, 'ingress.className': unlessTrouble('ingress-class', chooseClass, asked) }
      : settled
  const etcdSize =
    settings['etcd.size'] === 'auto'
      ? (found.eg.etcdSize ?? (await readSize(kube, settings, namespace)) ?? sizeFor(facts))
      : settings['etcd.size']

  const survey = await takeSurvey(kube, namespace, settings['etcd.mode'], engine)
  // Helm would fail where somebody else has got one of them meanwhile.
  const nodePorts = helm === undefined ? found.eg.nodePorts : undefined
  const { without, operator } = survey
  const operatorNamespace = operator.workload.namespace ?? OPERATOR_NAMESPACE
  const fixed = { engine, namespace, exposure, etcdSize, without, operatorNamespace, nodePorts }
  const choicesOf = (settings: Settings): Choices => {
    const annotations = (settings.internal ? flavour.internal : flavour.external) ?? {}
    return { ...fixed, settings, annotations }
  }
  const choices = choicesOf(settings)
  const plan = makePlan(choices)
  const releases = releasesIn(plan)
  const records = {
    ego: releases.some(({ release }) => release === 'ego')
      ? { ...found.ego, engine, settings: recordOf(given, 'ego') }
      : found.ego,
    eg: { ...found.eg, engine, settings: recordOf(given), exposure, etcdSize, localhost: flavour.localhost },
  }
  if (helm !== undefined) for (const release of releases) await findOwnRelease(helm, release)
  const [{ existing, trouble: ownership }, { reused, trouble: leftovers }, removed, taken] = await Promise.all([
    findOwn(kube, plan, Object.values(found), engine),
    findLeftovers(kube, plan, found.eg),
    findDropped(kube, plan, found.eg),
    findTakenNodePorts(
      kube,
      plan.stages.flatMap(({ objects }) => objects),
      plan.formerNodePorts,
    ),
  ])
  const record = noticeTrouble(found)
  // A person sees and confirms them in the plan.
  const paths = flags.yes ? unproven(given, settings, other => makePlan(choicesOf(other)), existing) : []
  const recordedSettings = paths.length > 0 && unprovenTrouble(paths, settings, flags)
  Object.assign(
    troubles,
    survey.troubles,
    ownership && { ownership },
    leftovers && { leftovers },
    taken && { 'node-ports': taken },
    record && { record },
    recordedSettings && { 'recorded-settings': recordedSettings },
  )
  return {
    choices,
    plan,
    ...(helm && { helm }),
    given,
    settings,
    exposure,
    survey,
    basis: basisOf(found, survey),
    records,
    existing,
    changed: changedFrom(found.eg, { given, exposure, etcdSize }),
    reused,
    removed,
    troubles,
  }
}

/** What a decision is based on and other runs may change, as a text to compare. */
export const basisOf = (found: Readonly<Record<Release, InstallRecord>>, survey: Survey): string =>
  JSON.stringify(found) + sharedIn(survey)

/** The size of an etcd that is there without a record: it is not changed unasked. */
async function readSize(kube: Kube, settings: Settings, namespace: string): Promise<number | undefined> {
  const cluster = await unlessForbidden(kube.read(ref('EtcdCluster', settings.etcd_cluster_name, namespace)))
  const size: unknown = cluster?.spec?.size
  return Number.isInteger(size) && Number(size) >= 1 && Number(size) <= MOST_MEMBERS ? Number(size) : undefined
}

/** Three members where three nodes can take one each, else one: two of three on one node end together. */
const sizeFor = ({ nodes = [] }: ClusterFacts): number =>
  nodes.filter(({ ready, schedulable }) => ready && schedulable).length >= 3 ? 3 : 1

/** How it is reached: as somebody said, else as it was, else as suits the cluster. */
export const exposureOf = ({ expose }: Settings, record: InstallRecord, flavour: Flavour): Exposure =>
  expose === 'auto' ? (record.exposure ?? flavour.exposure) : expose
