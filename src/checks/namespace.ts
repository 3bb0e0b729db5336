import { sh } from '../text/shell-words.ts'
import type { Check } from './check.ts'
import { limitProblems } from './limits.ts'
import { podNeeds } from './needs.ts'
import { quotaProblems } from './quota.ts'

const ENFORCE = 'pod-security.kubernetes.io/enforce'

/** What the namespaces that are there already allow. */
export const NAMESPACE: readonly Check[] = [
  {
    id: 'namespace',
    group: 'Namespace',
    title: 'Namespace',
    severity: 'fatal',
    question: ({ plan: { namespace }, survey: { namespaces } }) => {
      const isThere = namespaces.some(({ metadata }) => metadata.name === namespace)
      return { ok: isThere ? `${namespace} exists` : `${namespace} will be created` }
    },
  },
  {
    id: 'namespace-deletion',
    group: 'Namespace',
    title: 'Namespace deletion',
    severity: 'warning',
    question: ({ survey: { ending } }) => {
      if (ending.length === 0) return { ok: 'no namespace is being deleted' }
      const names = ending.join(' and ')
      return {
        message: `Namespace ${names} is being deleted. setup waits for the deletion, then recreates the namespace.`,
        fix: sh`Choose another namespace with -n, or see what blocks the deletion:\nkubectl get namespace ${ending} -o yaml`,
      }
    },
  },
  {
    id: 'pod-security',
    group: 'Namespace',
    title: 'Pod Security',
    severity: 'fatal',
    question: ({ plan, survey: { namespaces } }) => {
      const levels = Object.fromEntries(
        namespaces.map(({ metadata }) => [metadata.name, metadata.labels?.[ENFORCE] ?? 'privileged']),
      )
      const kept = podNeeds(plan).filter(pod => levels[pod.namespace] === 'restricted' && pod.level !== 'restricted')
      if (kept.length === 0) return { ok: 'every pod is allowed' }
      const { namespace } = kept[0]!
      return {
        message: `Namespace ${namespace} enforces the Pod Security level restricted, which the pods of ${kept.map(({ what }) => what).join(', ')} don't meet. The etcd operator has no setting for this level.`,
        fix: sh`Use --etcd statefulset, choose another namespace with -n, or lower the level:\nkubectl label namespace ${namespace} ${ENFORCE}=baseline --overwrite`,
      }
    },
  },
  {
    id: 'quota',
    group: 'Namespace',
    title: 'ResourceQuotas',
    severity: 'fatal',
    question: facts => {
      const { quotas, limitRanges } = facts
      if (quotas === undefined || limitRanges === undefined)
        return { unknown: 'no permission to list ResourceQuotas and LimitRanges' }
      if (quotas.length === 0) return { ok: 'none' }
      const problems = quotas.map(quota => quotaProblems(quota, limitRanges, facts))
      const tight = quotas.find((_, index) => problems[index]!.length > 0)
      if (tight === undefined)
        return { ok: `enough quota in ${quotas.map(({ metadata }) => metadata.name).join(', ')}` }
      const { name } = tight.metadata
      return {
        message: `${problems.flat().join('; ')}.`,
        fix: sh`Choose another namespace with -n, run fewer replicas with --set replicaCount=1, or raise the quota:\nkubectl edit resourcequota ${name} -n ${facts.plan.namespace}`,
      }
    },
  },
  {
    id: 'limit-range',
    group: 'Namespace',
    title: 'LimitRanges',
    severity: 'fatal',
    question: ({ limitRanges, plan }) => {
      if (limitRanges === undefined) return { unknown: 'no permission to list LimitRanges' }
      if (limitRanges.length === 0) return { ok: 'none' }
      const problems = limitRanges.flatMap(range => limitProblems(range, limitRanges, plan))
      if (problems.length === 0) return { ok: 'all requests and limits are allowed' }
      return {
        message: `${problems.join('; ')}.`,
        fix: 'Set resources.* and etcd.storage.size to allowed values, or choose another namespace with -n.',
      }
    },
  },
]
