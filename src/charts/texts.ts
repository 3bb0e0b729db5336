import { EXPOSURES } from '../endpoints/exposures.ts'
import type { Release } from '../plan/labels.ts'
import { GATEWAY } from '../plan/names.ts'

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

/** What Helm says after it has installed a release. */
export const NOTES: Readonly<Record<Release, string>> = {
  ego: `The etcd operator starts in the namespace {{ .Release.Namespace }}:

  kubectl rollout status -n {{ .Release.Namespace }} deployment/etcd-operator-controller-manager

It serves the whole cluster. Next: helm install eg event-gateway
`,
  eg: `The Event Gateway starts as soon as its etcd answers:

  kubectl rollout status -n {{ .Release.Namespace }} deployment/${GATEWAY}

Where it is reached, as variables for your shell:

  eg-setup -n {{ .Release.Namespace }}       # once: finds this release and takes note of it
  eval "$(eg-setup env -n {{ .Release.Namespace }})"

Its config API has no login and shows stored keys: whoever reaches it can read them.
`,
}
