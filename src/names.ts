/** The operator's own namespace, as in its published manifest: it serves the whole cluster. */
export const OPERATOR_NAMESPACE = 'etcd-operator-system'

/** The gateway's Deployment and Service, as the guide names them. */
export const GATEWAY = 'eg-event-gateway'

/** The label that marks objects of eg-setup. Objects without it are never changed. */
export const MANAGED_BY = 'app.kubernetes.io/managed-by'
export const COMPONENT = 'app.kubernetes.io/component'
export const PART_OF = 'app.kubernetes.io/part-of'
export const VERSION = 'app.kubernetes.io/version'
export const MANAGER = 'eg-setup'

/** The releases of the guide: `ego` is the etcd operator, `eg` the gateway with its etcd. */
export type Release = 'ego' | 'eg'

/** What a component is called and which release it belongs to. */
const COMPONENTS = {
  operator: { name: 'etcd-operator', instance: 'ego' },
  etcd: { name: 'etcd', instance: 'eg' },
  gateway: { name: 'event-gateway', instance: 'eg' },
  test: { name: 'event-gateway', instance: 'eg' },
  record: { name: 'eg-setup', instance: 'eg' },
} as const satisfies Record<string, { name: string; instance: Release }>

export type Component = keyof typeof COMPONENTS

/** Labels that identify the pods of a component; selectors use them, so they never change. */
export function podLabels(component: Component): Record<string, string> {
  const { name, instance } = COMPONENTS[component]
  return {
    'app.kubernetes.io/name': name,
    'app.kubernetes.io/instance': instance,
    [COMPONENT]: component,
    [PART_OF]: 'event-gateway',
  }
}

/** What the value of a label may be; a digest is none. */
export const LABEL_VALUE = '^[A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?$'

/** A version as the value of a label; undefined where it cannot be one. */
export const versionLabel = (version: string): string | undefined =>
  new RegExp(LABEL_VALUE).test(version) ? version : undefined

/** The labels of an object that eg-setup creates (Kubernetes' recommended labels). */
export function objectLabels(component: Component, version: string): Record<string, string> {
  const fit = versionLabel(version)
  return { ...podLabels(component), ...(fit && { [VERSION]: fit }), [MANAGED_BY]: MANAGER }
}
