import { imagesOf } from '../cluster/find-operator.ts'
import { PINS } from '../release.ts'
import { sh } from '../text/shell-words.ts'
import type { Check, CheckFacts, Verdict } from './check.ts'
import { usesOperator } from './needs.ts'

/** What was found on the way to the plan. */
const found =
  (id: string, ok: string) =>
  ({ troubles }: CheckFacts): Verdict =>
    troubles[id] ?? { ok }

const COREOS_GROUP = 'etcd.database.coreos.com'

/** What others have in the cluster that the plan would meet, and what an earlier installation left. */
export const OTHERS: readonly Check[] = [
  {
    id: 'reach',
    title: 'Who can access the gateway',
    severity: 'fatal',
    question: found('reach', 'you have said, or its addresses are private'),
  },
  {
    id: 'source-ranges',
    title: 'Allowed networks',
    severity: 'warning',
    question: found('source-ranges', 'not given, or the load balancer honors them'),
  },
  {
    id: 'recorded-settings',
    title: 'Recorded settings',
    severity: 'fatal',
    question: found('recorded-settings', 'none needs to be confirmed'),
  },
  {
    id: 'record',
    title: 'Record',
    severity: 'warning',
    question: found('record', 'it names only what it may'),
  },
  {
    id: 'ingress-class',
    title: 'IngressClass',
    severity: 'fatal',
    question: found('ingress-class', 'it is there, or none is needed'),
  },
  {
    id: 'ownership',
    title: 'Names',
    severity: 'fatal',
    question: found('ownership', 'none is taken by an object of somebody else'),
  },
  {
    id: 'node-ports',
    title: 'Node ports',
    severity: 'fatal',
    question: ({ troubles, changes }) => {
      if (troubles['node-ports']) return troubles['node-ports']
      const givenUp = changes.flatMap(change => change.givenUp ?? [])
      return { ok: givenUp.length === 0 ? 'none that was asked for is in use' : givenUp.join(' ') }
    },
  },
  {
    id: 'leftovers',
    title: 'Volumes of an earlier etcd',
    severity: 'fatal',
    question: found('leftovers', 'none in the way'),
  },
  {
    id: 'helm-release',
    title: 'Helm releases',
    severity: 'warning',
    question: ({ helmReleases, plan }) => {
      if (helmReleases === undefined) return { unknown: 'you may not list the Secrets that Helm keeps them in' }
      if (helmReleases.length === 0) return { ok: 'none named eg or ego' }
      const message = `Helm has ${helmReleases.join(' and ')} in namespace ${plan.namespace}, which this installation is no part of.`
      return {
        message,
        fix: sh`Choose another namespace with -n, or remove it: helm uninstall ${helmReleases[0]!} -n ${plan.namespace}`,
      }
    },
  },
  {
    id: 'coreos-operator',
    title: 'Operator of coreos',
    severity: 'warning',
    question: ({ cluster: { groups } }) => {
      if (groups === undefined) return { unknown: 'you may not see which APIs the cluster serves' }
      if (!groups.includes(COREOS_GROUP)) return { ok: 'not there' }
      const message = `The archived etcd operator of coreos is or was here (etcdclusters.${COREOS_GROUP}): it does not work on this Kubernetes, and is left as it is.`
      return {
        message,
        fix: sh`If nobody needs it: kubectl delete customresourcedefinition ${`etcdclusters.${COREOS_GROUP}`}`,
      }
    },
  },
  {
    id: 'operator',
    title: 'etcd operator',
    severity: 'fatal',
    question: ({ troubles, survey: { deployment, foreignOperator, isDefined }, plan }) => {
      if (!usesOperator(plan)) return { ok: 'it is not used' }
      if (troubles['operator']) return troubles['operator']
      if (deployment !== undefined) return { ok: `${foreignOperator ?? 'ours'} is there: ${imagesOf(deployment)}` }
      return { ok: isDefined ? 'only its definition is there' : 'none is there' }
    },
  },
  {
    id: 'operator-version',
    title: 'Version of the etcd operator',
    severity: 'warning',
    question: ({ survey: { deployment, foreignOperator }, plan }) => {
      if (!usesOperator(plan) || deployment === undefined || foreignOperator === undefined)
        return { ok: 'the one that is installed here' }
      const { tag } = PINS.operator
      const images = imagesOf(deployment)
      if (images.includes(`etcd-operator:${tag}`)) return { ok: tag }
      const message = `${foreignOperator} runs ${images}, and this was made for ${tag} of the operator.`
      return { message, fix: 'If etcd does not start: --etcd statefulset works without the operator.' }
    },
  },
  {
    id: 'operator-health',
    title: 'Health of the etcd operator',
    severity: 'warning',
    question: ({ survey: { deployment, foreignOperator }, plan }) => {
      if (!usesOperator(plan) || foreignOperator === undefined) return { ok: 'its installation waits for it' }
      const available = deployment?.status?.availableReplicas ?? 0
      if (available > 0) return { ok: 'it runs' }
      const message = `${foreignOperator} is to look after etcd, and none of its pods is available.`
      return { message, fix: `See kubectl describe ${foreignOperator}, or ask its owner.` }
    },
  },
]
