import type { ClusterFacts } from '../cluster/facts.ts'
import { type Endpoint, hostPort } from '../endpoints/endpoint.ts'
import { exposureRow } from '../endpoints/exposures.ts'
import { Cancelled, EXIT, UserError } from '../errors.ts'
import type { Ask } from '../ui/ask.ts'
import { pasteable } from '../ui/sanitize.ts'
import type { Decided } from './decide.ts'

/** What will be done, a line each, before anybody confirms it. */
export function describePlan({ plan, exposure, survey, reused, existing }: Decided): string[] {
  const size = plan.etcdSize === 1 ? 'one etcd member' : `${plan.etcdSize} etcd members`
  const replicas = plan.stages.at(-1)?.objects.find(({ kind }) => kind === 'Deployment')?.spec.replicas
  return [
    survey.foreignOperator === undefined
      ? 'The etcd operator is installed for the whole cluster; it may read and write Secrets in all namespaces.'
      : `The etcd operator that is there does the work: ${survey.foreignOperator}.`,
    `Namespace ${plan.namespace} gets ${size} and ${replicas} Event Gateway replica(s), reached by ${exposureRow(exposure).label}.`,
    ...(reused.length > 0
      ? [`etcd goes on with the data of an earlier one: ${reused.map(({ name }) => name).join(', ')}.`]
      : []),
    ...(existing.length > 0 ? [`${existing.length} of its objects are there already and stay or are put right.`] : []),
  ]
}

/** The one confirmation; throws Cancelled where the answer is no. */
export async function confirmPlan(
  { plan }: Decided,
  { context, server }: ClusterFacts,
  ask: Ask | undefined,
): Promise<void> {
  if (ask === undefined) return
  const where = `namespace ${plan.namespace} of context ${context} (${server})`
  if (!(await ask.confirm(`Install into ${where}?`))) throw new Cancelled()
}

/** What answers, and where. */
export const describeEndpoint = (endpoint: Endpoint | undefined): string =>
  endpoint === undefined
    ? 'The Event Gateway answers inside of the cluster'
    : `The Event Gateway answers: ${endpoint.config === undefined ? 'config API inside of the cluster only' : `config API ${hostPort(endpoint.host, endpoint.config)}`}, events API ${hostPort(endpoint.host, endpoint.events)}`

/** Its pods are ready and it does not answer: that is to be looked into. */
export const silent = (namespace: string, reason: string): UserError =>
  new UserError(`The Event Gateway in namespace ${namespace} does not answer: ${reason}.`, {
    fix: `See what it says: kubectl logs -n ${namespace} deployment/eg-event-gateway`,
    code: EXIT.timeout,
  })

type ClusterFlags = { context?: string | undefined; kubeconfig?: string | undefined }

/** The flags that name this installation again. */
export const sameCluster = (namespace: string, { context, kubeconfig }: ClusterFlags): string =>
  [
    ...(kubeconfig === undefined ? [] : [`--kubeconfig ${pasteable(kubeconfig)}`]),
    ...(context === undefined ? [] : [`--context ${pasteable(context)}`]),
    `-n ${namespace}`,
  ].join(' ')

/** What to do after setup was ended in the middle. */
export function describeProgress(namespace: string, flags: ClusterFlags): string[] {
  const same = sameCluster(namespace, flags)
  return [
    `What is installed so far stays. To see it: eg-setup cleanup --dry-run ${same}`,
    `To go on: eg-setup ${same}. To remove it: eg-setup cleanup ${same}`,
  ]
}
