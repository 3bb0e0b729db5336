/** Where the gateway is reached: one host for both ports, as the exports need it. IPv6 without brackets. */
export type Endpoint = {
  host: string
  events: number
  /** Missing where the config API is not exposed. */
  config?: number
}

/** host:port for a URL; an IPv6 address in brackets. */
export const hostPort = (host: string, port: number): string => `${urlHost(host)}:${port}`

export const urlHost = (host: string): string => (host.includes(':') ? `[${host}]` : host)
