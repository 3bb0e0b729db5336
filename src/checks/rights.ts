import { resourceOf } from '../kube/kinds.ts'
import type { KubeObject } from '../kube/object.ts'
import type { Kube } from '../kube/request/client.ts'
import { readAnswer } from '../kube/request/read-answer.ts'
import { ACCESS_REVIEW } from '../kube/schemas.ts'
import { sh } from '../text/shell-words.ts'
import type { Check, Intended, Right } from './check.ts'

/** Every right that installing the plan takes, once. An object that is there already needs not be created. */
export function rightsFor({ plan, existing, survey }: Intended): Right[] {
  const rights = plan.stages.flatMap(({ id, objects }) => {
    const namespace = id === 'operator' ? survey.operator.workload.namespace! : plan.namespace
    const isThere = ({ kind, metadata }: KubeObject) =>
      existing.some(live => live.kind === kind && live.metadata.name === metadata.name)
    return [
      ...objects.flatMap(object =>
        right(['get', 'patch', ...(isThere(object) ? [] : ['create'])], object.kind, object.metadata.namespace),
      ),
      // The record of the release, and what the readiness checks read.
      ...(objects.length > 0 ? right(['get', 'patch', 'create'], 'ConfigMap', namespace) : []),
      ...right(['list'], 'Pod', namespace),
      ...(objects.some(({ kind }) => kind === 'CustomResourceDefinition') ? right(['list'], 'EtcdCluster') : []),
      ...right(['get'], id === 'etcd' ? 'StatefulSet' : 'Deployment', namespace),
    ]
  })
  return [...new Map(rights.map(each => [JSON.stringify(each), each])).values()]
}

function right(verbs: readonly string[], kind: string, namespace?: string): Right[] {
  const place = namespace === undefined ? {} : { namespace }
  return verbs.map(verb => ({ verb, ...resourceOf(kind), ...place }))
}

const EVERYTHING: Right = { verb: '*', group: '*', resource: '*' }

/** The missing permissions. One review is enough for a cluster admin; otherwise each permission needs its own. */
export async function missingOf(kube: Kube, rights: readonly Right[]): Promise<Right[]> {
  if (await mayI(kube, EVERYTHING)) return []
  const answers = await Promise.all(rights.map(each => mayI(kube, each)))
  return rights.filter((_, index) => !answers[index])
}

async function mayI({ connection }: Kube, resourceAttributes: Right): Promise<boolean> {
  const kind = { apiVersion: 'authorization.k8s.io/v1', kind: 'SelfSubjectAccessReview' }
  const path = '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews'
  const body = { ...kind, spec: { resourceAttributes } }
  const answer = await connection.send({ method: 'POST', path, body, retry: true })
  return readAnswer(answer, ACCESS_REVIEW, { what: 'your permissions', path }).status?.allowed === true
}

const nameOf = ({ group, resource }: Right): string => (group === '' ? resource : `${resource}.${group}`)
const unique = (texts: readonly string[]): string[] => [...new Set(texts)].sort()

export const RIGHTS: readonly Check[] = [
  {
    id: 'rights',
    group: 'Permissions',
    title: 'Permissions',
    severity: 'fatal',
    question: ({ missing, plan, survey }) => {
      if (missing === undefined) return { unknown: 'the cluster does not report your permissions' }
      if (missing.length === 0) return { ok: 'sufficient' }
      const scopes = unique(missing.map(({ namespace = '' }) => namespace)).map(namespace => ({
        namespace,
        rights: missing.filter(each => (each.namespace ?? '') === namespace),
      }))
      const namespaces = survey.namespaces.map(({ metadata }) => metadata.name)
      const absent = scopes.map(({ namespace }) => namespace).filter(name => name !== '' && !namespaces.includes(name))
      return {
        message: `You don't have permission to ${scopes.map(describe).join('; ')}.`,
        fix: [
          ...(scopes.some(({ namespace }) => namespace !== plan.namespace)
            ? [
                'Use --etcd statefulset, which needs permissions in the namespace only, or ask an administrator to grant them:',
              ]
            : ['Ask an administrator to grant them (the ClusterRole admin in this namespace is enough):']),
          ...absent.map(name => sh`kubectl create namespace ${name}`),
          ...scopes.map(scope => sh`echo ${JSON.stringify(roleOf(scope))} | kubectl apply -f -`),
          ...scopes.map(bindingOf),
        ].join('\n'),
      }
    },
  },
]

/** The rights of a namespace, or with '' of the cluster. */
type Scope = { namespace: string; rights: readonly Right[] }

/** The resources that lack the same verbs, together. */
function byVerbs(rights: readonly Right[]): { verbs: string[]; names: string[] }[] {
  const verbsOf = (name: string) => unique(rights.filter(each => nameOf(each) === name).map(({ verb }) => verb))
  const names = unique(rights.map(nameOf))
  return unique(names.map(name => verbsOf(name).join())).map(verbs => ({
    verbs: verbs.split(','),
    names: names.filter(name => verbsOf(name).join() === verbs),
  }))
}

function describe({ namespace, rights }: Scope): string {
  const what = byVerbs(rights).map(({ verbs, names }) => `${verbs.join('/')} ${names.join(', ')}`)
  return `${what.join(', ')} ${namespace === '' ? 'at the cluster scope' : `in namespace ${namespace}`}`
}

/** A role with these permissions, as JSON on one line for pasting. Creating a role requires its permissions, or the verbs escalate and bind. */
function roleOf({ namespace, rights }: Scope): object {
  const rules = unique(rights.map(({ group }) => group)).flatMap(group =>
    byVerbs(rights.filter(each => each.group === group)).map(({ verbs, names }) => {
      const resources = names.map(name => name.split('.')[0])
      const granting = resources.some(name => name === 'roles' || name === 'clusterroles') ? ['bind', 'escalate'] : []
      return { apiGroups: [group], resources, verbs: [...verbs, ...granting] }
    }),
  )
  const metadata = { name: 'eg-setup', ...(namespace === '' ? {} : { namespace }) }
  return { apiVersion: 'rbac.authorization.k8s.io/v1', kind: kindOfRole(namespace), metadata, rules }
}

const kindOfRole = (namespace: string): string => (namespace === '' ? 'ClusterRole' : 'Role')

function bindingOf({ namespace }: Scope): string {
  const kind = sh`${kindOfRole(namespace).toLowerCase()}`
  const where = namespace === '' ? '' : sh` -n ${namespace}`
  return `kubectl create ${kind}binding eg-setup${where} --${kind}=eg-setup --user=NAME`
}
