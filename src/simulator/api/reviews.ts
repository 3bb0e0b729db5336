import type { KubeObject } from '../../kube/object.ts'

/** A permission; `resource` is the plural. */
type Permission = { verb: string; group: string; resource: string; namespace?: string; subresource?: string }

/** Whether a permission is missing. */
export type Forbidden = (permission: Permission) => boolean

/** What is forbidden to an administrator. */
export const nothing: Forbidden = () => false

/** A SelfSubjectAccessReview with its answer. */
export function answerReview(review: KubeObject, forbidden: Forbidden): KubeObject {
  const { verb, group = '', resource, namespace, subresource } = review['spec'].resourceAttributes
  const permission = { verb, group, resource, ...(namespace && { namespace }), ...(subresource && { subresource }) }
  const isForbidden = () => verb === '*' || forbidden(permission)
  const refused = forbidden !== nothing && isForbidden()
  return { ...review, status: { allowed: !refused } }
}
