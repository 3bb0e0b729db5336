import type { Survey } from '../checks/survey.ts'
import { commandLine } from '../cli/command-line.ts'
import { exposureRow } from '../cluster/exposures.ts'
import type { ClusterFacts } from '../cluster/facts.ts'
import { imagesOf } from '../cluster/find-operator.ts'
import type { Flavour } from '../cluster/flavours.ts'
import { EXIT, UserError } from '../errors.ts'
import type { Exports } from '../exports/exports.ts'
import { type Endpoint, hostPort } from '../gateway/endpoint.ts'
import { kubectlName } from '../kube/kinds.ts'
import { valuesOf } from '../plan/values.ts'
import type { Given } from '../settings/given.ts'
import { ANY } from '../settings/reach.ts'
import { SETTINGS } from '../settings/rows.ts'
import { oneLine } from '../text/sanitize.ts'
import { sh } from '../text/shell-words.ts'
import type { Reporter } from '../ui/reporter.ts'
import type { Decided } from './decide.ts'
import type { ClusterFlags } from './open-cluster.ts'

type Where = { facts: ClusterFacts; flavour: Flavour }
type Rows = readonly (readonly [label: string, text: string])[]

/** What will be done before anybody confirms it: what, where, how many, and who can reach it. */
export function describePlan(decided: Decided, { facts, flavour }: Where): Rows {
  const { plan, helm, settings, exposure, survey, reused, existing, given, removed, choices } = decided
  const { 'gateway.image': gateway, 'etcd.image': etcd, 'operator.image': operator } = valuesOf(choices)
  // Other installations have the operator, too.
  const own = existing.filter(({ metadata }) => metadata.namespace === plan.namespace)
  const store = plan.etcdMode === 'external' ? `the etcd at ${plan.etcdHosts.join(', ')}` : `etcd ${etcd}`
  return [
    ['What', `Event Gateway ${gateway} and ${store}, its store`],
    ...(plan.etcdMode === 'operator' ? [['', aboutOperator(survey, String(operator))] as const] : []),
    ['Where', `namespace ${plan.namespace} of context ${oneLine(facts.context)}`],
    [
      'How many',
      `${count(settings.replicaCount, 'gateway replica')}, ${plan.etcdMode === 'external' ? 'no etcd' : count(plan.etcdSize, 'etcd member')}`,
    ],
    ...(helm === undefined ? [] : ([['Applied by', `helm ${oneLine(helm.version)}`]] as const)),
    ['Reached by', exposureRow(exposure).label],
    ['Who can', whoCan(decided, flavour)],
    ...(reused.length > 0
      ? ([['Data', `etcd continues with existing volumes: ${reused.map(({ name }) => name).join(', ')}`]] as const)
      : []),
    ...(own.length > 0 ? ([['Already', `${count(own.length, 'existing object')}, kept or repaired`]] as const) : []),
    ...labelled(
      'Removes',
      removed.map(({ object }) => kubectlName(object)),
    ),
    ...labelled('Settings', chosen(given)),
  ]
}

/** A label and its lines. */
const labelled = (label: string, lines: readonly string[]): Rows =>
  lines.map((line, index) => [index === 0 ? label : '', line] as const)

/** Longer than any image or command that a person gives. */
const MOST_VALUE = 1000

/** Every setting that differs from its default, and where it comes from. */
const chosen = (given: Given): string[] =>
  SETTINGS.flatMap(({ path, default: usual }) => {
    const { value, from } = given[path] ?? { value: usual, from: '' }
    const text = JSON.stringify(value)
    return text === JSON.stringify(usual) ? [] : [`${path}: ${oneLine(text, MOST_VALUE)} (${from})`]
  })

const aboutOperator = ({ foreignOperator, deployment }: Survey, image: string): string =>
  foreignOperator === undefined || deployment === undefined
    ? `etcd operator ${image} for the whole cluster; it may read and write Secrets in all namespaces`
    : `etcd is run by an operator that eg-setup didn't install: ${foreignOperator}, image ${imagesOf(deployment)}`

const count = (number: number, what: string) => `${number} ${what}${number === 1 ? '' : 's'}`

function whoCan(
  { settings: { allowFrom, internal, privateConfig }, exposure }: Decided,
  { publicBecause }: Flavour,
): string {
  if (exposure === 'cluster-ip') return 'pods in the cluster, and this machine through eg-setup forward'
  const network = internal ? "the provider's private network" : allowFrom.filter(each => each !== ANY).join(', ')
  const anyone = publicBecause ? 'anyone on the internet' : 'anyone who can reach the cluster'
  if (privateConfig) return `events API: ${network || anyone}; config API: only through eg-setup forward`
  return network || `${anyone}, who can read the stored credentials: the config API has no authentication`
}

/** What answers, and where. */
export const describeEndpoint = (endpoint: Endpoint | undefined): string =>
  endpoint === undefined
    ? 'The Event Gateway answers inside of the cluster'
    : `The Event Gateway answers: ${endpoint.config === undefined ? 'config API inside of the cluster only' : `config API ${hostPort(endpoint.host, endpoint.config)}`}, events API ${hostPort(endpoint.host, endpoint.events)}`

/** Its pods are ready and it does not answer: that is to be looked into. */
export const silent = (namespace: string, reason: string): UserError =>
  new UserError(`The Event Gateway in namespace ${namespace} does not answer: ${reason}.`, {
    fix: sh`See what it says:\nkubectl logs -n ${namespace} deployment/eg-event-gateway`,
    code: EXIT.timeout,
  })

/** What to do after setup was ended in the middle. */
export function describeProgress({ kubeconfig, context, namespace }: ClusterFlags, reporter: Reporter): void {
  const place = { kubeconfig, context, namespace }
  reporter.note('The partial installation was kept. Inspect, resume or remove it:')
  reporter.command(commandLine('cleanup', { ...place, 'dry-run': true }))
  reporter.command(commandLine('setup', place))
  reporter.command(commandLine('cleanup', place))
}

/** The last screen: what to try with the gateway, how to remove it, and how to get here without questions. */
export function describeEnd(
  flags: Readonly<Record<string, unknown>>,
  exports: Exports,
  isAsked: boolean,
  reporter: Reporter,
): void {
  const { kubeconfig, context, namespace } = flags
  const place = { kubeconfig, context, namespace }
  describeTry(exports, reporter)
  reporter.command(commandLine('verify', { ...place, example: 'http' }))
  reporter.note('To remove it:')
  reporter.command(commandLine('cleanup', place))
  if (!isAsked) return
  reporter.note('Repeat this without prompts:')
  reporter.command(commandLine('setup', { yes: true, ...place, ...flags }))
}

/** A first request to the gateway. */
export function describeTry(exports: Exports, reporter: Reporter): void {
  reporter.note('Try next, with the exports loaded:')
  const isConfigOpen = exports.EVENT_GATEWAY_CONFIG_API_PORT !== undefined
  const url = isConfigOpen
    ? '$EVENT_GATEWAY_CONFIG_API_PORT/v1/spaces/default/functions'
    : '$EVENT_GATEWAY_EVENTS_API_PORT/'
  reporter.command(`curl "http://$EVENT_GATEWAY_URL:${url}"`)
}
