import { CHECKS } from '../checks/all-checks.ts'
import type { Change } from '../checks/changes.ts'
import { type Finding, type Intended, runChecks } from '../checks/check.ts'
import { findLeftovers, requireSameMode } from '../checks/leftovers.ts'
import { readCheckFacts } from '../checks/read-check-facts.ts'
import { findOwn, type Survey, sharedIn, survey as takeSurvey } from '../checks/survey.ts'
import type { Flavour } from '../cluster/detect-flavour.ts'
import type { Exposure } from '../cluster/exposures.ts'
import type { ClusterFacts } from '../cluster/facts.ts'
import { chooseGateway, readGatewayApi } from '../cluster/gateway-api.ts'
import { chooseIngressClass, readIngressClasses } from '../cluster/ingress-class.ts'
import { findOwnRelease } from '../engines/helm/own-release.ts'
import type { Helm } from '../engines/helm/program.ts'
import { releasesIn } from '../engines/helm/releases.ts'
import { findTakenNodePorts } from '../engines/node-ports.ts'
import { findDropped } from '../engines/prune.ts'
import { type Trouble, UserError } from '../errors.ts'
import type { Io } from '../io.ts'
import { ref } from '../kube/kinds.ts'
import type { KubeObject } from '../kube/object.ts'
import type { Kube } from '../kube/request/client.ts'
import { unlessForbidden } from '../kube/request/unless-forbidden.ts'
import { OPERATOR_NAMESPACE, type Release } from '../names.ts'
import type { Choices } from '../plan/derived-row.ts'
import { makePlan } from '../plan/plan.ts'
import { settingsOfObjects } from '../plan/settings-of-objects.ts'
import { findUnconfirmed } from '../plan/unconfirmed-settings.ts'
import type { InstallRecord } from '../record/record.ts'
import { MOST_MEMBERS } from '../record/record-schema.ts'
import { believed, type Given, givenFrom, recordOf } from '../settings/given.ts'
import { gatewayParts } from '../settings/networks.ts'
import type { Settings } from '../settings/setting-rows.ts'
import { settingsFrom } from '../settings/settings-from.ts'
import { mayIgnoreNetworks, requireAccess } from './access-answers.ts'
import { type ChangedSetting, changedSettings } from './changed-settings.ts'
import { chooseEngine } from './choose-engine.ts'
import { withCurrentAddress } from './current-address.ts'
import { noticeTrouble, unconfirmedTrouble } from './record-notice.ts'
import { type Request, sourcesOf } from './request.ts'
import type { Site } from './site.ts'
import { findTlsTroubles } from './tls-troubles.ts'

/** Everything that is known before the first write: what was asked for, where, and what would be done. */
export type Proposal = Intended & {
  request: Request
  site: Site
  choices: Choices
  /** The program, if helm applies the plan. */
  helm?: Helm
  /** The chosen settings, each with its source. */
  given: Given
  settings: Settings
  exposure: Exposure
  /** The proposal holds only while this stays the same. */
  basis: string
  /** Settings that differ from the existing installation. */
  changed: readonly ChangedSetting[]
  /** The outcomes of the checks. */
  findings: readonly Finding[]
  /** What applying the plan would change in the cluster. */
  changes: readonly Change[]
  /** Whether to take over fields of other field managers. */
  force: boolean
}

/** Reads, plans and checks; writes nothing. Whatever would make the plan fail or hurt someone is among its findings. */
export async function propose(request: Request, site: Site, io: Io): Promise<Proposal> {
  const { kube, facts, flavour, namespace, records: found } = site
  const { engine, helm, recorded } = await chooseEngine(kube, found.eg, request.flags.engine, io)
  const given = believed(givenFrom({ ...sourcesOf(request), recorded, operator: found.ego.settings }))
  requireSameMode(found.eg, given['etcd.mode']?.value ?? 'operator')
  const { settings, exposure, troubles: access } = await chooseAccess(settingsFrom(given), site)
  const tls = await findTlsTroubles(kube, { given, settings, exposure, namespace, now: io.clock.now() })
  const etcdSize =
    settings['etcd.size'] === 'auto'
      ? (found.eg.etcdSize ?? (await readSize(kube, settings, namespace)) ?? sizeFor(facts))
      : settings['etcd.size']

  const survey = await takeSurvey(kube, namespace, settings['etcd.mode'], engine)
  const { alreadyThere, operator } = survey
  const choices = {
    ...{ engine, namespace, settings, exposure, etcdSize, alreadyThere },
    operatorNamespace: operator.workload.namespace ?? OPERATOR_NAMESPACE,
    // Helm would fail where someone else took one of these ports meanwhile.
    nodePorts: helm === undefined ? found.eg.nodePorts : undefined,
    annotations: annotationsFor(settings, flavour),
  }
  const plan = makePlan(choices)
  const releases = releasesIn(plan)
  const records = {
    ego: releases.some(({ release }) => release === 'ego')
      ? { ...found.ego, engine, settings: recordOf(given, 'ego') }
      : found.ego,
    eg: { ...found.eg, engine, settings: recordOf(given), exposure, etcdSize, localhost: flavour.localhost },
  }
  if (helm !== undefined) for (const release of releases) await findOwnRelease(helm, release)
  const objects = plan.stages.flatMap(stage => stage.objects)
  const [{ existing, trouble: ownership }, { reused, trouble: leftovers }, removed, taken] = await Promise.all([
    findOwn(kube, plan, Object.values(found), engine),
    findLeftovers(kube, plan, found.eg),
    findDropped(kube, plan, found.eg),
    findTakenNodePorts(kube, objects, plan.formerNodePorts),
  ])
  const record = noticeTrouble(found)
  const recordedSettings = recordedTrouble(request, given, choices, { flavour, existing, removed })
  const troubles = {
    ...access,
    ...tls,
    ...survey.troubles,
    ...(ownership && { ownership }),
    ...(leftovers && { leftovers }),
    ...(taken && { 'node-ports': taken }),
    ...(record && { record }),
    ...(recordedSettings && { 'recorded-settings': recordedSettings }),
  }
  const intended = { plan, survey, records, existing, reused, removed, troubles }
  const force = request.flags['force-conflicts'] ?? false
  const checked = await readCheckFacts(kube, facts, intended, { force, now: io.clock.now })
  return {
    ...intended,
    ...{ request, site, choices, given, settings, exposure },
    ...(helm && { helm }),
    basis: basisOf(found, survey),
    changed: changedSettings(found.eg, { given, exposure, etcdSize }),
    findings: runChecks(CHECKS, checked),
    changes: checked.changes,
    force,
  }
}

/** How the gateway is reached and by whom, with the troubles of that. */
async function chooseAccess(asked: Settings, site: Site) {
  const { kube, facts, flavour: detected, records, namespace } = site
  const exposure = exposureOf(asked, records.eg, detected)
  const flavour = await withCurrentAddress(kube, detected, exposure, { settings: asked, record: records.eg })
  const place = { exposure, flavour }
  const ignored = mayIgnoreNetworks(asked, place)
  const troubles: Record<string, Trouble> = ignored === undefined ? {} : { 'source-ranges': ignored }
  const unlessTrouble = <T>(check: string, choose: () => T, otherwise: T): T => {
    try {
      return choose()
    } catch (error) {
      if (!(error instanceof UserError)) throw error
      troubles[check] = error
      return otherwise
    }
  }
  unlessTrouble('reach', () => requireAccess(asked, place), undefined)
  const name = asked['ingress.className']
  if (exposure === 'ingress') {
    const classes = await readIngressClasses(kube)
    const chooseClass = () => chooseIngressClass(classes, name, { facts, flavour: detected })
    return {
      settings: { ...asked, 'ingress.className': unlessTrouble('ingress-class', chooseClass, name) },
      ...{ exposure, troubles },
    }
  }
  if (exposure !== 'gateway-api') return { settings: asked, exposure, troubles }
  const found = await readGatewayApi(kube, namespace)
  const { host, 'gatewayApi.gateway': gateway, 'gatewayApi.className': className } = asked
  const chooseOwn = () => chooseGateway(found, { gateway: gatewayParts(gateway), className, host }, namespace)
  return {
    settings: { ...asked, 'gatewayApi.className': unlessTrouble('gateway-api', chooseOwn, className) },
    ...{ exposure, troubles },
  }
}

/** The annotations by which this provider's load balancers become internal, or public. */
const annotationsFor = ({ internal }: Settings, flavour: Flavour) =>
  (internal ? flavour.internal : flavour.external) ?? {}

type Applied = { flavour: Flavour; existing: readonly KubeObject[]; removed: Intended['removed'] }

const ROUTES = ['Ingress', 'HTTPRoute', 'Gateway']

/** With --yes no one reviews the plan, so settings that only the record asks for need a confirmation. */
function recordedTrouble({ flags }: Request, given: Given, choices: Choices, { flavour, existing, removed }: Applied) {
  if (!flags.yes) return undefined
  // What the Ingress or HTTPRoute of the former exposure shows has been confirmed.
  const routes = removed.flatMap(({ live }) => (live !== undefined && ROUTES.includes(live.kind) ? [live] : []))
  const former = settingsOfObjects(routes).settings
  const planFor = (settings: Settings) =>
    makePlan({ ...choices, settings, annotations: annotationsFor(settings, flavour) })
  const paths = findUnconfirmed(given, choices.settings, planFor, existing).filter(
    path => JSON.stringify(former[path]) !== JSON.stringify(choices.settings[path]),
  )
  return paths.length > 0 ? unconfirmedTrouble(paths, choices.settings, flags) : undefined
}

/** What a proposal is based on and other runs may change, as a text to compare. */
export const basisOf = (found: Readonly<Record<Release, InstallRecord>>, survey: Survey): string =>
  JSON.stringify(found) + sharedIn(survey)

/** The size of an existing etcd without a record, which setup keeps. */
async function readSize(kube: Kube, settings: Settings, namespace: string): Promise<number | undefined> {
  const cluster = await unlessForbidden(kube.read(ref('EtcdCluster', settings.etcd_cluster_name, namespace)))
  const size: unknown = cluster?.spec?.size
  return Number.isInteger(size) && Number(size) >= 1 && Number(size) <= MOST_MEMBERS ? Number(size) : undefined
}

/** Three members where three nodes can take one each, else one: two of three on one node end together. */
const sizeFor = ({ nodes = [] }: ClusterFacts): number =>
  nodes.filter(({ ready, schedulable }) => ready && schedulable).length >= 3 ? 3 : 1

/** The exposure: the chosen one, else the recorded one, else the default of the flavour. */
export const exposureOf = ({ expose }: Settings, record: InstallRecord, flavour: Flavour): Exposure =>
  expose === 'auto' ? (record.exposure ?? flavour.exposure) : expose
