import { commandLine } from '../cli/command-line.ts'
import { type Exposure, exposureRow } from '../cluster/exposures.ts'
import { imagesOf } from '../cluster/find-operator.ts'
import { EXIT, UserError } from '../errors.ts'
import type { Exports } from '../exports/exports.ts'
import { kubectlName } from '../kube/kinds.ts'
import { valuesOf } from '../plan/values.ts'
import { PINS } from '../release.ts'
import { ANY } from '../settings/networks.ts'
import { SETTINGS } from '../settings/setting-rows.ts'
import { oneLine } from '../text/sanitize.ts'
import { sh } from '../text/shell-words.ts'
import type { Reporter, Rows } from '../ui/reporter.ts'
import type { ChangedSetting } from './changed-settings.ts'
import type { ClusterFlags } from './open-cluster.ts'
import type { Proposal } from './propose.ts'

/** What setup will do, where, and who can reach the gateway then. */
export function showPlan(proposal: Proposal, reporter: Reporter): void {
  reporter.box('Plan', planRows(proposal), risksOf(proposal))
}

function planRows(proposal: Proposal): Rows {
  const { plan, helm, survey, reused, existing, removed, exposure, changed, site } = proposal
  // Other installations have the operator, too.
  const isThere = existing.some(({ metadata }) => metadata.namespace === plan.namespace)
  const isNew = !survey.namespaces.some(({ metadata }) => metadata.name === plan.namespace)
  return [
    ...(changed.length > 0
      ? labelled('Change', changed.map(changeText))
      : labelled(isThere ? 'Repair' : 'Install', partsOf(proposal))),
    ...(helm === undefined ? [] : ([['With', `helm ${oneLine(helm.version)}`]] as const)),
    ['Into', `namespace ${plan.namespace}${isNew ? ' (new)' : ''} of context ${oneLine(site.facts.context)}`],
    ['Access', `${exposureRow(exposure).label}, ${whoCan(proposal)}`],
    ...(reused.length > 0
      ? ([['Data', `etcd continues with existing volumes: ${reused.map(({ name }) => name).join(', ')}`]] as const)
      : []),
    ...labelled(
      'Remove',
      removed.map(({ object }) => kubectlName(object)),
    ),
    ...labelled('Settings', chosen(proposal)),
  ]
}

/** The programs of an installation: version, how many, and where their data goes. */
function partsOf({ plan, settings, survey, choices }: Proposal): string[] {
  const images = valuesOf(choices)
  const { repository } = PINS.gateway
  const gateway = `Event Gateway ${short(images['gateway.image'], repository)}, ${count(settings.replicaCount, 'replica')}`
  if (plan.etcdMode === 'external') return [gateway, `your etcd at ${plan.etcdHosts.join(', ')}`]
  const volume = `${settings['etcd.storage.size']} volume${plan.etcdSize === 1 ? '' : ' each'}`
  const etcd = `etcd ${short(images['etcd.image'], PINS.etcd.repository)}, ${count(plan.etcdSize, 'member')}, ${volume}`
  if (plan.etcdMode === 'statefulset') return [gateway, etcd]
  const { foreignOperator, deployment } = survey
  const operator =
    foreignOperator === undefined || deployment === undefined
      ? `etcd operator ${short(images['operator.image'], PINS.operator.repository)}, cluster-wide`
      : `existing etcd operator ${foreignOperator}, image ${imagesOf(deployment)}`
  return [gateway, etcd, operator]
}

/** The tag of the usual image; another image whole. */
function short(image: unknown, repository: string): string {
  const text = String(image)
  return text.startsWith(`${repository}:`) ? text.slice(repository.length + 1) : text
}

/** A label and its lines. */
const labelled = (label: string, lines: readonly string[]): Rows =>
  lines.map((line, index) => [index === 0 ? label : '', line] as const)

/** Longer than any image or command that a person gives. */
const MOST_VALUE = 1000
const valueText = (value: unknown): string =>
  typeof value === 'string' && value !== '' ? oneLine(value, MOST_VALUE) : oneLine(JSON.stringify(value), MOST_VALUE)

const changeText = ({ what, from, to }: ChangedSetting): string => `${what} ${valueText(from)} → ${valueText(to)}`

/** Every setting that differs from its default, and where it comes from; without those that have a row of their own. */
const chosen = ({ given, changed }: Proposal): string[] =>
  SETTINGS.flatMap(({ path, default: usual }) => {
    const { value, from } = given[path] ?? { value: usual, from: '' }
    const text = JSON.stringify(value)
    const isShown = path === 'expose' || changed.some(change => change.path === path)
    return isShown || text === JSON.stringify(usual) ? [] : [`${path}: ${oneLine(text, MOST_VALUE)} (${from})`]
  })

const count = (number: number, what: string) => `${number} ${what}${number === 1 ? '' : 's'}`

function whoCan({ settings, exposure, site }: Proposal): string {
  if (exposure === 'cluster-ip') return 'and from this machine through eg-setup forward'
  const { privateConfig } = settings
  const who = networksOf(settings) || (site.flavour.publicBecause ? 'anyone on the internet' : REACHED_BY[exposure])
  return privateConfig ? `events API: ${who}; config API: only through eg-setup forward` : who
}

const REACHED_BY: Readonly<Record<Exposure, string>> = {
  'node-port': 'anyone who can reach a node',
  'load-balancer': 'anyone who can reach the load balancer',
  ingress: 'anyone who can reach the ingress controller',
  'gateway-api': 'anyone who can reach the Gateway',
  'cluster-ip': 'pods in the cluster',
}

const networksOf = ({ allowFrom, internal }: Proposal['settings']): string =>
  internal ? "the provider's private network" : allowFrom.filter(each => each !== ANY).join(', ')

/** What a person should know before confirming. */
function risksOf({ plan, survey, settings, exposure, site }: Proposal): string[] {
  const isOpen = exposure !== 'cluster-ip' && !settings.privateConfig && networksOf(settings) === ''
  const who = site.flavour.publicBecause ? 'Anyone on the internet' : 'Anyone who can reach the gateway'
  return [
    ...(plan.etcdMode === 'operator' && survey.foreignOperator === undefined
      ? ['The etcd operator can read and write Secrets in every namespace.']
      : []),
    ...(isOpen ? [`${who} can read the stored credentials: the config API has no authentication.`] : []),
  ]
}

/** Where the gateway is reached. */
export function showEndpoint(exports: Exports, reporter: Reporter): void {
  const {
    EVENT_GATEWAY_URL: host,
    EVENT_GATEWAY_CONFIG_API_PORT: config,
    EVENT_GATEWAY_EVENTS_API_PORT: events,
    EVENT_GATEWAY_SCHEME: scheme = 'http',
  } = exports
  reporter.box('Event Gateway is ready', [
    [
      'Config API',
      config === undefined ? 'inside the cluster only (eg-setup forward)' : `${scheme}://${host}:${config}`,
    ],
    ['Events API', `${scheme}://${host}:${events}`],
  ])
}

/** The pods are ready, but the gateway doesn't answer. */
export const notAnswering = (namespace: string, reason: string): UserError =>
  new UserError(`The Event Gateway in namespace ${namespace} does not answer: ${reason}.`, {
    fix: sh`Read the gateway's log:\nkubectl logs -n ${namespace} deployment/eg-event-gateway`,
    code: EXIT.timeout,
  })

/** What to do after setup ended early. */
export function describeProgress({ kubeconfig, context, namespace }: ClusterFlags, reporter: Reporter): void {
  const place = { kubeconfig, context, namespace }
  reporter.note('The partial installation was kept.')
  reporter.commands([
    ['List it', commandLine('cleanup', { ...place, 'dry-run': true })],
    ['Resume', commandLine('setup', place)],
    ['Remove it', commandLine('cleanup', place)],
  ])
  reporter.note('')
}

/** The last screen: how to use the gateway, how to remove it, and how to get here without prompts. */
export function showNextSteps(
  flags: Readonly<Record<string, unknown>>,
  load: string | undefined,
  isAsked: boolean,
  reporter: Reporter,
): void {
  const { kubeconfig, context, namespace } = flags
  const place = { kubeconfig, context, namespace }
  reporter.commands([
    ...(load === undefined ? [] : [['Load the exports', load] as const]),
    ['Send an event', commandLine('verify', place)],
    ['Remove it', commandLine('cleanup', place)],
    ...(isAsked ? [['Without prompts', commandLine('setup', { yes: true, ...place, ...flags })] as const] : []),
  ])
}

/** A first request to the gateway. */
export function describeTry(exports: Exports, reporter: Reporter): void {
  const isConfigOpen = exports.EVENT_GATEWAY_CONFIG_API_PORT !== undefined
  const url = isConfigOpen
    ? '$EVENT_GATEWAY_CONFIG_API_PORT/v1/spaces/default/functions'
    : '$EVENT_GATEWAY_EVENTS_API_PORT/'
  reporter.commands([['Try with the exports loaded', `curl "http://$EVENT_GATEWAY_URL:${url}"`]])
}
