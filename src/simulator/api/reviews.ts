import type { KubeObject } from '../../kube/object.ts'
import type { Forbidden } from './handler.ts'
import type { Kind } from './kinds.ts'

/** What is forbidden to an administrator. */
export const nothing: Forbidden = () => false

/** Answers "may I?" and "what may I?"; undefined for a kind that is no review. */
export function answerReview(
  kind: Kind,
  review: KubeObject,
  forbidden: Forbidden,
  user: string,
): KubeObject | undefined {
  if (kind.group !== 'authorization.k8s.io') return undefined
  const { spec } = review
  const { verb = '', group = '', resource = '', namespace, subresource } = spec?.resourceAttributes ?? {}
  const isAdministrator = user === '' || forbidden === nothing
  const allowed =
    isAdministrator ||
    !(verb === '*' || forbidden(verb, group, resource, namespace || undefined, subresource || undefined))
  return {
    ...review,
    status: { allowed },
  }
}
