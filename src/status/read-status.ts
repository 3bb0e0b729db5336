import { detect } from '../cluster/detect-flavour.ts'
import { readNodes } from '../cluster/facts.ts'
import { thisPlatform } from '../cluster/platform.ts'
import { readFacts } from '../cluster/read-facts.ts'
import { askMember } from '../engines/etcd-health.ts'
import { findRisks, riskWarnings } from '../gateway/routes.ts'
import type { Io } from '../io.ts'
import { kubectlName, ref } from '../kube/kinds.ts'
import type { KubeObject, Ref } from '../kube/object.ts'
import type { Kube } from '../kube/request/client.ts'
import { unlessForbidden } from '../kube/request/unless-forbidden.ts'
import { joinFixes } from '../kube/waiting/wait.ts'
import { whyNotReady } from '../kube/waiting/workload.ts'
import { GATEWAY, podLabels } from '../names.ts'
import { etcdLabels } from '../record/etcd-volumes.ts'
import { OUR_OPERATOR } from '../record/owner.ts'
import { etcdModeOf, type InstallRecord } from '../record/record.ts'
import { etcdHosts } from '../settings/gateway-args.ts'
import { givenFrom } from '../settings/given.ts'
import { settingsFrom } from '../settings/settings-from.ts'
import { PROGRAM } from '../text/program.ts'
import { sh } from '../text/shell-words.ts'
import { checkCertificate } from './certificate.ts'
import { findEndpoints } from './find-endpoints.ts'
import type { MemberStatus, Problem, Status, VolumeStatus, WorkloadStatus } from './status.ts'
import { imageOf, warningsOf } from './warnings.ts'

/** How the installation of a record is; a dozen requests, whatever the size of the cluster. `deadline` in ms since the epoch. */
export async function readStatus(kube: Kube, record: InstallRecord, deadline: number, io: Io): Promise<Status> {
  const settings = settingsFrom(givenFrom({ recorded: record.settings }))
  const { namespace } = record
  const mode = etcdModeOf(record)
  const exposure = record.exposure ?? 'load-balancer'
  const { etcd_cluster_name: etcdName } = settings
  const hasOwnEtcd = mode !== 'external'
  const gatewayRef = ref('Deployment', GATEWAY, namespace)
  const etcdRef = ref('StatefulSet', etcdName, namespace)
  const ofEtcd = { namespace, labels: etcdLabels(etcdName), limit: 20 }

  const [deployment, service, nodes, gatewayPods, etcd, etcdPods, claims, operator, known] = await Promise.all([
    kube.read(gatewayRef),
    kube.read(ref('Service', GATEWAY, namespace)),
    unlessForbidden(readNodes(kube)),
    kube.list('Pod', { namespace, labels: podLabels('gateway'), limit: 50 }),
    hasOwnEtcd ? kube.read(etcdRef) : undefined,
    hasOwnEtcd ? kube.list('Pod', ofEtcd) : [],
    hasOwnEtcd ? unlessForbidden(kube.list('PersistentVolumeClaim', ofEtcd)) : [],
    mode === 'operator' ? unlessForbidden(kube.read(OUR_OPERATOR)) : undefined,
    // What forwards ports is loaded for nothing else here.
    import('../gateway/stored-subscriptions.ts').then(({ readStored }) => readStored(kube, namespace, io.signal)),
  ])

  const listOf = ({ metadata, spec }: KubeObject) =>
    kube.list('Pod', { namespace: metadata.namespace ?? '', labels: spec.selector.matchLabels, limit: 20 })
  const wanted = hasOwnEtcd ? (record.etcdSize ?? etcd?.spec?.replicas ?? 1) : 0
  const names = Array.from({ length: wanted }, (_, index) => `${etcdName}-${index}`)
  const members = await Promise.all(names.map(name => readMember(kube, name, etcdPods)))
  const ready = Number(deployment?.status?.readyReplicas ?? 0)
  const found = await findEndpoints(kube, record, { exposure, settings, ready, nodes, deadline }, io)
  const certificate = await checkCertificate(kube, { settings, exposure, namespace, now: io.clock.now() })
  const isLimited = service?.spec?.loadBalancerSourceRanges !== undefined
  const flavour = isLimited ? detect(await readFacts(kube), thisPlatform()).flavour : undefined
  const problems = [
    await workloadProblem(kube, 'gateway', gatewayRef, { object: deployment, pods: () => gatewayPods }),
    ...(hasOwnEtcd
      ? [
          (await workloadProblem(kube, 'etcd', etcdRef, { object: etcd, pods: () => etcdPods })) ??
            memberProblem(members, namespace),
        ]
      : []),
    ...(operator
      ? [await workloadProblem(kube, 'operator', OUR_OPERATOR, { object: operator, pods: () => listOf(operator) })]
      : []),
    ...found.problems,
    certificate.problem,
  ].filter(problem => problem !== undefined)
  return {
    installed: true,
    healthy: problems.length === 0,
    context: kube.connection.context,
    namespace,
    engine: record.engine,
    gateway: workloadStatus(deployment),
    etcd: {
      mode,
      version: hasOwnEtcd ? (imageOf(etcd).split(':').at(-1) ?? '') : '',
      wanted,
      ready: members.filter(({ healthy }) => healthy !== false).length,
      hosts: etcdHosts(settings),
      members,
      volumes: (claims ?? []).map(volumeStatus),
    },
    operator: workloadStatus(operator),
    exposure,
    endpoints: found.endpoints,
    warnings: [
      ...warningsOf({ settings, service, deployment, gatewayPods, etcdPods, nodes, flavour }),
      ...(certificate.warning ? [certificate.warning] : []),
      ...riskWarnings(findRisks(known.stored), namespace),
    ],
    problems,
  }
}

const workloadStatus = (object: KubeObject | undefined): WorkloadStatus | null =>
  object === undefined
    ? null
    : {
        name: object.metadata.name,
        image: imageOf(object),
        wanted: Number(object.spec?.replicas ?? 1),
        ready: Number(object.status?.readyReplicas ?? 0),
      }

const volumeStatus = ({ metadata, spec, status }: KubeObject): VolumeStatus => ({
  name: metadata.name,
  phase: String(status?.phase ?? ''),
  size: String(status?.capacity?.storage ?? spec?.resources?.requests?.storage ?? ''),
  storageClass: String(spec?.storageClassName ?? ''),
})

/** A pod with a probe of its own has been asked by the node; the operator's have none. */
async function readMember(kube: Kube, name: string, pods: readonly KubeObject[]): Promise<MemberStatus> {
  const pod = pods.find(({ metadata }) => metadata.name === name)
  const isReady = pod?.status?.conditions?.some(
    ({ type, status }: { type: string; status: string }) => type === 'Ready' && status === 'True',
  )
  if (pod === undefined || !isReady || pod.metadata.deletionTimestamp !== undefined) return { name, healthy: false }
  if (pod.spec?.containers?.[0]?.readinessProbe) return { name, healthy: true }
  const state = await askMember(kube, pod.metadata.namespace ?? '', name)
  return { name, healthy: typeof state === 'string' ? null : state.ready }
}

async function workloadProblem(
  kube: Kube,
  about: Problem['about'],
  workload: Ref,
  { object, pods }: { object: KubeObject | undefined; pods: Parameters<typeof whyNotReady>[2] },
): Promise<Problem | undefined> {
  const state = await whyNotReady(kube, object, pods)
  if (state.ready) return undefined
  const fix =
    object === undefined
      ? sh`Recreate it:
${PROGRAM}`
      : joinFixes(
          state.fix,
          `Inspect it:
kubectl describe ${kubectlName(workload)}`,
        )
  return { about, reason: state.reason, fix }
}

function memberProblem(members: readonly MemberStatus[], namespace: string): Problem | undefined {
  const unanswered = members.filter(({ healthy }) => healthy === false).map(({ name }) => name)
  if (unanswered.length === 0) return undefined
  const reason = `${unanswered.length} of ${members.length} members don't answer: ${unanswered.join(', ')}`
  return { about: 'etcd', reason, fix: sh`Inspect the members:\nkubectl describe pods -n ${namespace} ${unanswered}` }
}
