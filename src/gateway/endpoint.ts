/** Where the gateway is reached: one host for both ports, as the exports need it. IPv6 without brackets. */
export type Endpoint = {
  host: string
  events: number
  /** Missing where the config API is not exposed. */
  config?: number
  /** Missing where it is http. */
  scheme?: 'https'
}

/** host:port for a URL; an IPv6 address in brackets. */
export const hostPort = (host: string, port: number): string => `${urlHost(host)}:${port}`

export const urlHost = (host: string): string => (host.includes(':') ? `[${host}]` : host)

/** The address of one port: "host:port", or "https://host:port" with TLS. */
export const addressAt = ({ host, scheme }: Pick<Endpoint, 'host' | 'scheme'>, port: number): string =>
  `${scheme === undefined ? '' : `${scheme}://`}${hostPort(host, port)}`

/** The URL of a port of an endpoint. */
export const urlAt = ({ host, scheme }: Pick<Endpoint, 'host' | 'scheme'>, port: number): string =>
  `${scheme ?? 'http'}://${hostPort(host, port)}`
