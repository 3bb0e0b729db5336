import type { KubeObject } from '../kube/object.ts'
import { isConfigPort } from '../kube/service.ts'

/** Whether a Service or an Ingress leads to the config API from outside of the cluster. */
export const exposesConfig = ({ kind, spec }: KubeObject): boolean =>
  kind === 'Ingress'
    ? (spec?.rules?.[0]?.http?.paths?.length ?? 0) > 1
    : spec?.type !== 'ClusterIP' && (spec?.ports ?? []).some(isConfigPort)
