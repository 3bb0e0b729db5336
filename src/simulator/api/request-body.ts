import type { KubeObject } from '../../kube/object.ts'
import { isObject } from './fields.ts'
import type { Kind } from './kinds.ts'
import { apiVersionOf } from './kinds.ts'
import { badRequest } from './refusal.ts'
import type { Route } from './routes.ts'

/** The object in the body, which has to be the one that the path names. */
export function bodyOf(body: unknown, { kind, namespace, name }: Route): KubeObject {
  if (!isObject(body)) throw badRequest('the body of the request is no JSON object')
  const object = body as KubeObject
  const { apiVersion = apiVersionOf(kind), kind: said = kind.kind } = object as Partial<KubeObject>
  if (apiVersion !== apiVersionOf(kind))
    throw badRequest(
      `${said} in version "${apiVersion.split('/').at(-1)}" cannot be handled as a ${kind.kind}: no kind "${said}" is registered for version "${apiVersion}" in scheme "pkg/runtime/scheme.go:110"`,
    )
  if (said !== kind.kind)
    throw badRequest(
      `${said} in version "${kind.version}" cannot be handled as a ${kind.kind}: converting (${kind.version}.${said}) to (core.${kind.kind}): unknown conversion`,
    )
  const metadata = { ...object.metadata }
  if (name !== undefined) {
    metadata.name ??= name
    if (metadata.name !== name)
      throw badRequest(`the name of the object (${metadata.name}) does not match the name on the URL (${name})`)
  }
  if (namespace !== undefined) {
    metadata.namespace ??= namespace
    if (metadata.namespace !== namespace)
      throw badRequest('the namespace of the provided object does not match the namespace sent on the request')
  }
  return withKind({ ...object, metadata }, kind)
}

/** The object with the kind that it has, whatever it says. */
const withKind = (object: KubeObject, kind: Kind): KubeObject => ({
  ...object,
  apiVersion: apiVersionOf(kind),
  kind: kind.kind,
})
