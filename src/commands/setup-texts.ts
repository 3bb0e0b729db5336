import type { FlagsOf } from '../args.ts'
import type { ClusterFacts } from '../cluster/facts.ts'
import { exposureRow } from '../endpoints/exposures.ts'
import { Cancelled } from '../errors.ts'
import type { Ask } from '../ui/ask.ts'
import { oneLine } from '../ui/sanitize.ts'
import type { Decided } from './decide.ts'

/** What will be done, a line each, before anybody confirms it. */
export function describePlan({ plan, helm, exposure, survey, reused, existing }: Decided): string[] {
  const size = plan.etcdSize === 1 ? 'one etcd member' : `${plan.etcdSize} etcd members`
  const replicas = plan.stages.at(-1)?.objects.find(({ kind }) => kind === 'Deployment')?.spec.replicas
  return [
    survey.foreignOperator === undefined
      ? 'The etcd operator is installed for the whole cluster; it may read and write Secrets in all namespaces.'
      : `The etcd operator that is there does the work: ${survey.foreignOperator}.`,
    `Namespace ${plan.namespace} gets ${size} and ${replicas} Event Gateway replica(s), reached by ${exposureRow(exposure).label}.`,
    ...(helm === undefined ? [] : [`Helm ${oneLine(helm.version)} applies it.`]),
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

/** What to do after setup was ended in the middle. */
export function describeProgress(namespace: string, { context, kubeconfig }: FlagsOf<'setup'>): string[] {
  const same = [
    ...(kubeconfig === undefined ? [] : [`--kubeconfig ${kubeconfig}`]),
    ...(context === undefined ? [] : [`--context ${context}`]),
    `-n ${namespace}`,
  ].join(' ')
  return [
    `What is installed so far stays. To see it: eg-setup cleanup --dry-run ${same}`,
    `To go on: eg-setup ${same}. To remove it: eg-setup cleanup ${same}`,
  ]
}
