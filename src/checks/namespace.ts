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
    title: 'Namespace',
    severity: 'fatal',
    question: ({ plan: { namespace }, survey: { namespaces } }) => {
      const isThere = namespaces.some(({ metadata }) => metadata.name === namespace)
      return { ok: isThere ? `${namespace} is there` : `${namespace} will be created` }
    },
  },
  {
    id: 'namespace-deletion',
    title: 'Deletion of namespaces',
    severity: 'warning',
    question: ({ survey: { ending } }) => {
      if (ending.length === 0) return { ok: 'none is being deleted' }
      const names = ending.join(' and ')
      return {
        message: `Namespace ${names} is being deleted. setup waits until it is gone, then creates it again.`,
        fix: sh`Run kubectl get namespace ${ending} -o yaml to see what the deletion waits for, or choose another namespace with -n.`,
      }
    },
  },
  {
    id: 'pod-security',
    title: 'Pod Security',
    severity: 'fatal',
    question: ({ plan, survey: { namespaces } }) => {
      const levels = Object.fromEntries(
        namespaces.map(({ metadata }) => [metadata.name, metadata.labels?.[ENFORCE] ?? 'privileged']),
      )
      const kept = podNeeds(plan).filter(pod => levels[pod.namespace] === 'restricted' && pod.level !== 'restricted')
      if (kept.length === 0) return { ok: 'every pod is let in' }
      const { namespace } = kept[0]!
      return {
        message: `Namespace ${namespace} enforces the level restricted, which the pods of ${kept.map(({ what }) => what).join(', ')} do not meet: the etcd operator cannot make them so.`,
        fix: sh`Use --etcd statefulset, another namespace with -n, or: kubectl label namespace ${namespace} ${ENFORCE}=baseline --overwrite`,
      }
    },
  },
  {
    id: 'quota',
    title: 'ResourceQuotas',
    severity: 'fatal',
    question: facts => {
      const { quotas, limitRanges } = facts
      if (quotas === undefined || limitRanges === undefined)
        return { unknown: 'you may not list the ResourceQuotas and LimitRanges' }
      if (quotas.length === 0) return { ok: 'none' }
      const problems = quotas.map(quota => quotaProblems(quota, limitRanges, facts))
      const tight = quotas.find((_, index) => problems[index]!.length > 0)
      if (tight === undefined) return { ok: `room in ${quotas.map(({ metadata }) => metadata.name).join(', ')}` }
      const { name } = tight.metadata
      return {
        message: `${problems.flat().join('; ')}.`,
        fix: sh`Raise it (kubectl edit resourcequota ${name} -n ${facts.plan.namespace}), ask for less (--set replicaCount=1), or choose another namespace with -n.`,
      }
    },
  },
  {
    id: 'limit-range',
    title: 'LimitRanges',
    severity: 'fatal',
    question: ({ limitRanges, plan }) => {
      if (limitRanges === undefined) return { unknown: 'you may not list the LimitRanges' }
      if (limitRanges.length === 0) return { ok: 'none' }
      const problems = limitRanges.flatMap(range => limitProblems(range, limitRanges, plan))
      if (problems.length === 0) return { ok: 'everything is within them' }
      return {
        message: `${problems.join('; ')}.`,
        fix: 'Set resources.* and etcd.storage.size within them, or choose another namespace with -n.',
      }
    },
  },
]
