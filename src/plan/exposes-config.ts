import type { KubeObject } from '../kube/object.ts'
import { isConfigPort } from '../kube/service.ts'

/** Whether an object leads to the config API from outside of the cluster, by its kind; the route to the events API is one rule. */
const LEADS_TO_CONFIG: Readonly<Record<string, (spec: KubeObject['spec']) => boolean>> = {
  Service: spec => spec?.type !== 'ClusterIP' && (spec?.ports ?? []).some(isConfigPort),
  Ingress: spec => (spec?.rules?.[0]?.http?.paths?.length ?? 0) > 1,
  HTTPRoute: spec => (spec?.rules?.length ?? 0) > 1,
}

/** The kinds of object by which the gateway is exposed. */
export const isExposing = ({ kind }: Pick<KubeObject, 'kind'>): boolean => Object.hasOwn(LEADS_TO_CONFIG, kind)

/** Whether a Service, an Ingress or an HTTPRoute leads to the config API from outside of the cluster. */
export const exposesConfig = ({ kind, spec }: KubeObject): boolean => LEADS_TO_CONFIG[kind]?.(spec) ?? false
