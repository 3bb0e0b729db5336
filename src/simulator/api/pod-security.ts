import type { KubeObject } from '../../kube/object.ts'

type Context = {
  allowPrivilegeEscalation?: boolean
  runAsNonRoot?: boolean
  capabilities?: { drop?: string[] }
  seccompProfile?: { type?: string }
}
type Rule = { says: (name: string) => string; isMet: (container: Context, pod: Context) => boolean }

/** The rules of Pod Security "restricted" that ordinary pods break (kubernetes.io, "Pod Security Standards"). */
const RESTRICTED: readonly Rule[] = [
  {
    says: name =>
      `allowPrivilegeEscalation != false (container "${name}" must set securityContext.allowPrivilegeEscalation=false)`,
    isMet: container => container.allowPrivilegeEscalation === false,
  },
  {
    says: name => `unrestricted capabilities (container "${name}" must set securityContext.capabilities.drop=["ALL"])`,
    isMet: container => container.capabilities?.drop?.includes('ALL') === true,
  },
  {
    says: name => `runAsNonRoot != true (pod or container "${name}" must set securityContext.runAsNonRoot=true)`,
    isMet: (container, pod) => (container.runAsNonRoot ?? pod.runAsNonRoot) === true,
  },
  {
    says: name =>
      `seccompProfile (pod or container "${name}" must set securityContext.seccompProfile.type to "RuntimeDefault" or "Localhost")`,
    isMet: (container, pod) =>
      /^(RuntimeDefault|Localhost)$/.test((container.seccompProfile ?? pod.seccompProfile)?.type ?? ''),
  },
]

/** Why a namespace that enforces "restricted" lets this pod not in, in the words of the API server; undefined if it does. */
export function podSecurityProblem({ spec }: KubeObject, namespace: KubeObject | undefined): string | undefined {
  if (namespace?.metadata.labels?.['pod-security.kubernetes.io/enforce'] !== 'restricted') return undefined
  const containers: { name: string; securityContext?: Context }[] = spec.containers ?? []
  const broken = RESTRICTED.flatMap(({ says, isMet }) =>
    containers
      .filter(each => !isMet(each.securityContext ?? {}, spec.securityContext ?? {}))
      .map(({ name }) => says(name)),
  )
  return broken.length === 0 ? undefined : `violates PodSecurity "restricted:latest": ${broken.join(', ')}`
}
