import { EXIT, UserError } from '../errors.ts'
import { type Endpoint, urlHost } from '../gateway/endpoint.ts'
import { isDnsName, isIP } from '../text/ip.ts'
import { PROGRAM } from '../text/program.ts'
import { oneLine } from '../text/sanitize.ts'
import { sh } from '../text/shell-words.ts'

/** The names of the exports: what is set and what is unset. */
export const EXPORT_NAMES = {
  EVENT_GATEWAY_URL: '',
  EVENT_GATEWAY_CONFIG_API_PORT: '',
  EVENT_GATEWAY_EVENTS_API_PORT: '',
  EVENT_GATEWAY_SCHEME: '',
}

/** Without the config API's port where that is not exposed, and without the scheme where it is http. */
export type Exports = Readonly<Partial<typeof EXPORT_NAMES>>

const isHost = (host: string): boolean => isIP(host) !== 0 || isDnsName(host)
const isPort = (port: number): boolean => Number.isInteger(port) && port >= 1 && port <= 65535

/**
 * The variables for an endpoint. The cluster says what the endpoint is, and people evaluate what we print: throws
 * UserError for a host that is neither an IP address nor a DNS name, and for a port that is none.
 */
export function exportsOf({ host, config, events, scheme }: Endpoint): Exports {
  if (!isHost(host))
    throw new UserError(
      `The cluster reports "${oneLine(host, 60)}" as the gateway's address, which is not a valid address.`,
      {
        fix: 'Find out where it comes from:\nkubectl get services,nodes -o wide',
        code: EXIT.failed,
      },
    )
  for (const port of [config, events])
    if (port !== undefined && !isPort(port))
      throw new UserError(`The cluster reports "${oneLine(String(port), 20)}" as a port, which is not a valid port.`, {
        fix: sh`Repair the Service:\n${PROGRAM}`,
      })
  return {
    EVENT_GATEWAY_URL: urlHost(host),
    ...(config === undefined ? {} : { EVENT_GATEWAY_CONFIG_API_PORT: String(config) }),
    EVENT_GATEWAY_EVENTS_API_PORT: String(events),
    ...(scheme === undefined ? {} : { EVENT_GATEWAY_SCHEME: scheme }),
  }
}
