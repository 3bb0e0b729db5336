import { ref } from '../kube/kinds.ts'
import type { KubeObject } from '../kube/object.ts'
import type { Kube } from '../kube/request/client.ts'
import { unlessForbidden } from '../kube/request/unless-forbidden.ts'

const OPERATOR_IMAGE = /etcd-operator/
const COREOS_IMAGE = /coreos\/etcd-operator/

/** What an operator needs in the whole cluster to look after the etcd of any namespace. */
const NEEDS = [
  { group: 'operator.etcd.io', resource: 'etcdclusters', verb: 'watch' },
  { group: 'apps', resource: 'statefulsets', verb: 'create' },
] as const

/** The labels that its manifests and chart use; then any. */
const LABELS = [{ 'app.kubernetes.io/name': 'etcd-operator' }, { 'control-plane': 'controller-manager' }, {}]

/**
 * The etcd operator of someone else that can do the work; `known` is looked at first. Anyone may create a Deployment that
 * looks like one, so it counts only with a ClusterRoleBinding that gives its ServiceAccount what the work needs: nobody
 * but an administrator of the cluster can create that. None counts where the bindings may not be read, and none
 * that does not stay.
 */
export async function findOperator(
  kube: Kube,
  known: readonly KubeObject[],
  stays: (deployment: KubeObject) => boolean,
): Promise<KubeObject | undefined> {
  let bindings: Promise<KubeObject[] | undefined> | undefined
  const firstThatCounts = async (deployments: readonly KubeObject[]) => {
    for (const deployment of deployments.filter(stays)) {
      bindings ??= unlessForbidden(kube.list('ClusterRoleBinding'))
      if (await canWork(kube, deployment, (await bindings) ?? [])) return deployment
    }
    return undefined
  }
  const found = await firstThatCounts(known)
  if (found !== undefined) return found
  for (const labels of LABELS) {
    const alike = (await unlessForbidden(kube.list('Deployment', { labels, where: runsOperator }))) ?? []
    const working = await firstThatCounts(alike)
    if (working !== undefined) return working
  }
  return undefined
}

/** The images of a Deployment, for a person. */
export const imagesOf = ({ spec }: KubeObject): string =>
  containersOf(spec)
    .map(({ image = '' }) => image)
    .join(', ')

const containersOf = (spec: KubeObject['spec']): { image?: string }[] => spec?.template?.spec?.containers ?? []

const runsOperator = ({ spec }: KubeObject): boolean =>
  containersOf(spec).some(({ image = '' }) => OPERATOR_IMAGE.test(image) && !COREOS_IMAGE.test(image))

type Subject = { kind?: string; name?: string; namespace?: string }
type Rule = { apiGroups?: string[]; resources?: string[]; verbs?: string[] }

async function canWork(kube: Kube, { metadata, spec }: KubeObject, bindings: readonly KubeObject[]): Promise<boolean> {
  const account = spec?.template?.spec?.serviceAccountName ?? 'default'
  const isBound = ({ kind, name, namespace }: Subject) =>
    kind === 'ServiceAccount' && name === account && namespace === metadata.namespace
  const roles = bindings
    .filter(({ subjects }) => (subjects as Subject[] | undefined)?.some(isBound))
    .map(({ roleRef }) => (roleRef as { name: string }).name)
  const read = await Promise.all(roles.map(name => unlessForbidden(kube.read(ref('ClusterRole', name)))))
  const rules = read.flatMap(role => (role?.rules ?? []) as Rule[])
  const gives = (list: readonly string[] | undefined, wanted: string) =>
    list?.some(each => each === wanted || each === '*') ?? false
  return NEEDS.every(({ group, resource, verb }) =>
    rules.some(
      ({ apiGroups, resources, verbs }) => gives(apiGroups, group) && gives(resources, resource) && gives(verbs, verb),
    ),
  )
}
