import { GATEWAY } from '../names.ts'
import { gatewayParts } from '../settings/networks.ts'
import { chartSetting, type DerivedRow } from './derived-row.ts'

const NO_TLS = 'eq .Values.tls.secretName ""'

/** The second value if tls.secretName is set, else the first. */
const byTls = (plain: string | number, secure: string | number): DerivedRow => ({
  value: ({ settings }) => (settings['tls.secretName'] === '' ? plain : secure),
  chart: `ternary ${JSON.stringify(plain)} ${JSON.stringify(secure)} (${NO_TLS})`,
})

/** A part of gatewayApi.gateway: in charts the group of the pattern. */
const gatewayPart = (
  part: 'name' | 'namespace' | 'section',
  pattern: string,
  group: number,
  text = '.Values.gatewayApi.gateway',
): DerivedRow => ({
  value: ({ settings }) =>
    gatewayParts(settings['gatewayApi.gateway'])[part] ?? (part === 'name' ? GATEWAY : undefined),
  chart: `regexReplaceAll "${pattern}" (${text}) "\${${group}}"`,
  ...(part !== 'name' && { optional: true }),
})

/** What the templates of the Ingress, the HTTPRoute and the Gateway ask for beyond the settings. */
export const ROUTE_VALUES = {
  'route.hostnames': {
    value: ({ settings: { host } }) => (host === '' ? undefined : [host]),
    chart: `ternary list (list ${chartSetting('host')}) (eq ${chartSetting('host')} "")`,
    optional: true,
  },
  'ingress.tls': {
    value: ({ settings: { host, 'tls.secretName': secretName } }) =>
      secretName === '' ? undefined : [{ hosts: [host], secretName }],
    chart: `ternary list (list (dict "hosts" (list ${chartSetting('host')}) "secretName" .Values.tls.secretName)) (${NO_TLS})`,
    optional: true,
  },
  'gateway.scheme': byTls('http', 'https'),
  'gateway.port': byTls(80, 443),
  'gateway.protocol': byTls('HTTP', 'HTTPS'),
  'gateway.tls': {
    value: ({ settings: { 'tls.secretName': name } }) =>
      name === '' ? undefined : { mode: 'Terminate', certificateRefs: [{ name }] },
    chart: `ternary dict (dict "mode" "Terminate" "certificateRefs" (list (dict "name" .Values.tls.secretName))) (${NO_TLS})`,
    optional: true,
  },
  'gateway.isOwn': {
    value: ({ settings }) => settings['gatewayApi.gateway'] === '',
    chart: 'eq .Values.gatewayApi.gateway ""',
  },
  'route.gateway': gatewayPart('name', '^(.*/)?([^#]+)(#.*)?$', 2, `.Values.gatewayApi.gateway | default "${GATEWAY}"`),
  'route.gatewayNamespace': gatewayPart('namespace', '^((.*)/)?.*$', 2),
  'route.listener': gatewayPart('section', '^[^#]*(#(.*))?$', 2),
} as const satisfies Record<string, DerivedRow>
