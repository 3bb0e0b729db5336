import { imagesOf } from '../cluster/find-operator.ts'
import { PINS } from '../release.ts'
import { sh } from '../text/shell-words.ts'
import type { Check, CheckFacts, Verdict } from './check.ts'
import { usesOperator } from './needs.ts'

/** A check whose problem was found while planning. */
const found =
  (id: string, ok: string) =>
  ({ troubles }: CheckFacts): Verdict =>
    troubles[id] ?? { ok }

const COREOS_GROUP = 'etcd.database.coreos.com'

/** What others have in the cluster that the plan would meet, and what an earlier installation left. */
export const OTHERS: readonly Check[] = [
  {
    id: 'reach',
    group: 'Network',
    title: 'Access',
    severity: 'fatal',
    question: found('reach', 'configured, or not required for private addresses'),
  },
  {
    id: 'source-ranges',
    group: 'Network',
    title: 'Allowed networks',
    severity: 'warning',
    question: found('source-ranges', 'no networks set, or the load balancer supports them'),
  },
  {
    id: 'recorded-settings',
    group: 'Existing installation',
    title: 'Recorded settings',
    severity: 'fatal',
    question: found('recorded-settings', 'no setting needs confirmation'),
  },
  {
    id: 'record',
    group: 'Existing installation',
    title: 'Installation record',
    severity: 'warning',
    question: found('record', 'all entries are valid'),
  },
  {
    id: 'ingress-class',
    group: 'Network',
    title: 'IngressClass',
    severity: 'fatal',
    question: found('ingress-class', 'exists, or not needed'),
  },
  {
    id: 'gateway-api',
    group: 'Network',
    title: 'Gateway API',
    severity: 'fatal',
    question: found('gateway-api', 'a Gateway admits the route, or none is needed'),
  },
  {
    id: 'tls',
    group: 'Network',
    title: 'TLS Secret',
    severity: 'fatal',
    question: found('tls', 'matches the host name, if TLS is used'),
  },
  {
    id: 'tls-expiry',
    group: 'Network',
    title: 'TLS certificate',
    severity: 'warning',
    question: found('tls-expiry', 'valid for at least 30 more days, or not used'),
  },
  {
    id: 'ownership',
    group: 'Existing installation',
    title: 'Object ownership',
    severity: 'fatal',
    question: found('ownership', 'no object belongs to something else'),
  },
  {
    id: 'node-ports',
    group: 'Network',
    title: 'Node ports',
    severity: 'fatal',
    question: ({ troubles, changes }) => {
      if (troubles['node-ports']) return troubles['node-ports']
      const givenUp = changes.flatMap(change => change.givenUp ?? [])
      return { ok: givenUp.length === 0 ? 'no requested node port is in use' : givenUp.join(' ') }
    },
  },
  {
    id: 'leftovers',
    group: 'Existing installation',
    title: 'Leftover etcd volumes',
    severity: 'fatal',
    question: found('leftovers', 'none that conflict'),
  },
  {
    id: 'helm-release',
    group: 'Existing installation',
    title: 'Helm releases',
    severity: 'warning',
    question: ({ helmReleases, plan }) => {
      if (helmReleases === undefined) return { unknown: 'no permission to list Secrets, where Helm stores releases' }
      if (helmReleases.length === 0) return { ok: 'no release named eg or ego' }
      const message = `Namespace ${plan.namespace} has the Helm release ${helmReleases.join(' and ')}, which does not belong to this installation.`
      return {
        message,
        fix: sh`Choose another namespace with -n, or uninstall the release:\nhelm uninstall ${helmReleases[0]!} -n ${plan.namespace}`,
      }
    },
  },
  {
    id: 'coreos-operator',
    group: 'Existing installation',
    title: 'CoreOS etcd operator',
    severity: 'warning',
    question: ({ cluster: { groups } }) => {
      if (groups === undefined) return { unknown: "no permission to list the cluster's APIs" }
      if (!groups.includes(COREOS_GROUP)) return { ok: 'not installed' }
      const message = `The archived CoreOS etcd operator was installed in this cluster (etcdclusters.${COREOS_GROUP}). This Kubernetes version can't run that operator, so eg-setup ignores it.`
      return {
        message,
        fix: sh`Delete its CustomResourceDefinition if nothing uses it:\nkubectl delete customresourcedefinition ${`etcdclusters.${COREOS_GROUP}`}`,
      }
    },
  },
  {
    id: 'operator',
    group: 'Existing installation',
    title: 'etcd operator',
    severity: 'fatal',
    question: ({ troubles, survey: { deployment, foreignOperator, isDefined }, plan }) => {
      if (!usesOperator(plan)) return { ok: 'not used' }
      if (troubles['operator']) return troubles['operator']
      if (deployment !== undefined)
        return { ok: `${foreignOperator ?? "eg-setup's own"} is installed: ${imagesOf(deployment)}` }
      return { ok: isDefined ? 'only its CustomResourceDefinition is installed' : 'will be installed' }
    },
  },
  {
    id: 'operator-version',
    group: 'Existing installation',
    title: 'etcd operator version',
    severity: 'warning',
    question: ({ survey: { deployment, foreignOperator }, plan }) => {
      if (!usesOperator(plan) || deployment === undefined || foreignOperator === undefined)
        return { ok: 'managed by eg-setup' }
      const { tag } = PINS.operator
      const images = imagesOf(deployment)
      if (images.includes(`etcd-operator:${tag}`)) return { ok: tag }
      const message = `${foreignOperator} runs ${images}. eg-setup supports etcd operator ${tag}.`
      return { message, fix: "If etcd doesn't start, run etcd without the operator: --etcd statefulset" }
    },
  },
  {
    id: 'operator-health',
    group: 'Existing installation',
    title: 'etcd operator health',
    severity: 'warning',
    question: ({ survey: { deployment, foreignOperator }, plan }) => {
      if (!usesOperator(plan) || foreignOperator === undefined) return { ok: 'checked during installation' }
      const available = deployment?.status?.availableReplicas ?? 0
      if (available > 0) return { ok: 'running' }
      const message = `${foreignOperator} manages etcd, but none of its pods are available.`
      return {
        message,
        fix: `Ask the owner of the operator, or inspect the Deployment:\nkubectl describe ${foreignOperator}`,
      }
    },
  },
]
