import { EXPOSURES } from '../cluster/exposures.ts'
import { GATEWAY, type Release } from '../names.ts'

const SERVICE_TYPES = EXPOSURES.map(({ id, serviceType }) => `"${id}" "${serviceType}"`).join(' ')

/**
 * The type of the Service: service.type unless `expose` says more. And annotations as a mapping of texts, given as such or as
 * the guide's list of "key: value", as settings/names.ts reads them.
 */
export const HELPERS = `{{- define "event-gateway.serviceType" -}}
{{- get (dict "auto" .Values.service.type ${SERVICE_TYPES}) .Values.expose -}}
{{- end -}}

{{- define "event-gateway.annotations" -}}
{{- $found := dict -}}
{{- range $item := kindIs "slice" . | ternary . (list .) -}}
  {{- if kindIs "string" $item -}}
    {{- $key := regexFind "^[^:\\\\s]+" $item -}}
    {{- $text := trimPrefix (printf "%s:" $key) $item | trim -}}
    {{- $_ := set $found $key (regexReplaceAll \`(?s)^(?:"(.*)"|'(.*)')$\` $text "\${1}\${2}") -}}
  {{- else -}}
    {{- range $key, $value := $item -}}
      {{- if not (kindIs "invalid" $value) -}}
        {{- $_ := set $found $key (kindIs "string" $value | ternary $value (toJson $value)) -}}
      {{- end -}}
    {{- end -}}
  {{- end -}}
{{- end -}}
{{- toJson $found -}}
{{- end -}}
`

/** Whether the internet may reach the config API without anyone having said so: the rule of commands/who-may-reach.ts. */
const IS_OPEN =
  'not (or (eq .Values.expose "cluster-ip") (and (eq .Values.expose "auto") (eq .Values.service.type "ClusterIP")) ' +
  '.Values.privateConfig (has "any" .Values.allowFrom) ' +
  '(and .Values.allowFrom (eq (include "event-gateway.serviceType" .) "LoadBalancer")))'

/** What Helm says after it has installed a release. */
export const NOTES: Readonly<Record<Release, string>> = {
  ego: `The etcd operator is starting in namespace {{ .Release.Namespace }}. To follow its rollout:

  kubectl rollout status -n {{ .Release.Namespace }} deployment/etcd-operator-controller-manager

One etcd operator serves the whole cluster. Next, install the gateway: helm install eg event-gateway
`,
  eg: `{{- if ${IS_OPEN} -}}
WARNING: Anyone who can reach the Service or Ingress ${GATEWAY} can read the stored credentials: the config API has no authentication.

Choose who can access the gateway:

  --set privateConfig=true          public events API, private config API
  --set 'allowFrom={192.0.2.0/24}'  specific networks, if the load balancer supports source ranges
  --set 'allowFrom={any}'           anyone

{{ end -}}
Event Gateway becomes ready once etcd answers. To follow its rollout:

  kubectl rollout status -n {{ .Release.Namespace }} deployment/${GATEWAY}

To load the gateway's addresses into your shell:

  eg-setup -n {{ .Release.Namespace }}       # once, so that eg-setup records this release
  eval "$(eg-setup env -n {{ .Release.Namespace }})"
{{ if not .Values.privateConfig }}
The config API has no authentication: anyone who can reach it can read the stored credentials.
{{ end -}}
`,
}
