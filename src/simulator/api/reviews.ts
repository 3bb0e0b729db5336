import type { KubeObject } from '../../kube/object.ts'

/** Whether a permission is missing; `resource` is the plural. */
export type Forbidden = (
  verb: string,
  group: string,
  resource: string,
  namespace: string | undefined,
  subresource?: string,
) => boolean

/** What is forbidden to an administrator. */
export const nothing: Forbidden = () => false

/** A SelfSubjectAccessReview with its answer. */
export function answerReview(review: KubeObject, forbidden: Forbidden): KubeObject {
  const { verb, group = '', resource, namespace, subresource } = review['spec'].resourceAttributes
  const isForbidden = () =>
    verb === '*' || forbidden(verb, group, resource, namespace || undefined, subresource || undefined)
  const refused = forbidden !== nothing && isForbidden()
  return { ...review, status: { allowed: !refused } }
}
