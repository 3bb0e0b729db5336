import { nearest } from '../text/nearest.ts'
import { anyText, choice, integer, type Read, show, type Type } from './types.ts'

type Command = readonly string[]

const port = integer(1, 65_535)

/** Options of event-gateway 0.9.0 (cmd/event-gateway; `-version` and `-help` end it). 'switch': takes no value. */
const OPTIONS: Readonly<Record<string, Type<string | number> | 'switch'>> = {
  'db-hosts': anyText,
  // Its help says "err", but that is refused.
  'log-level': choice('debug', 'info', 'warn', 'error'),
  'log-format': choice('text', 'json'),
  'config-port': port,
  'events-port': port,
  'config-tls-cert': anyText,
  'config-tls-key': anyText,
  'events-tls-cert': anyText,
  'events-tls-key': anyText,
  workers: integer(1),
  'workers-backlog': integer(1),
  plugin: anyText,
  dev: 'switch',
  'embed-peer-addr': anyText,
  'embed-cli-addr': anyText,
  'embed-data-dir': anyText,
}

/** The options by name, read as Go's flag package does: -x=v, --x=v, -x v; the last one wins. */
function readOptions(args: Command): Read<ReadonlyMap<string, string>> {
  const found = new Map<string, string>()
  for (let index = 0; index < args.length; index++) {
    const [, name, inline] = /^--?([^-=][^=]*)(?:=(.*))?$/s.exec(args[index]!) ?? []
    // Go stops reading at the first word that is no option: all after it would be ignored without a word.
    if (name === undefined) return { problem: `contains ${show(args[index])}, which is not an option` }
    const type = Object.hasOwn(OPTIONS, name) ? OPTIONS[name] : undefined
    if (type === undefined) {
      const likely = nearest(name.split(' ')[0]!, Object.keys(OPTIONS))
      const fix = likely && { fix: `Did you mean -${likely}${OPTIONS[likely] === 'switch' ? '' : '=VALUE'}?` }
      return { problem: `contains -${name}, which is not an option of event-gateway`, ...fix }
    }
    if (type === 'switch') {
      if (!/^(1|0|t|f|true|false)$/i.test(inline ?? 'true')) return { problem: `sets -${name}, which takes no value` }
      found.set(name, inline ?? 'true')
      continue
    }
    const value = inline ?? args[++index]
    if (value === undefined) return { problem: `contains -${name} without a value` }
    const read = type.read(value)
    if ('problem' in read) return { ...read, problem: `sets -${name}, which ${read.problem}` }
    found.set(name, value)
  }
  return { value: found }
}

/** The gateway's options as a list, refused where the gateway would end with its usage and status 2. */
export const gatewayCommand: Type<Command> = {
  schema: { type: 'array', items: { type: 'string' } },
  read: value => {
    if (!Array.isArray(value) || !value.every(item => typeof item === 'string'))
      return { problem: `must be a list such as [-log-level=info]; got ${show(value)}` }
    const options = readOptions(value)
    return 'problem' in options ? options : { value }
  },
}

const optionOf = (command: Command, name: string) => {
  const options = readOptions(command)
  return 'value' in options ? options.value.get(name) : undefined
}

type WithEtcd = { command: Command; etcd_cluster_name: string; 'etcd.endpoints': readonly string[] }

/** The arguments of the gateway's container: `command`, after -db-hosts for its etcd if it has none. */
export function gatewayArgs(settings: WithEtcd): Command {
  return dbHosts(settings) === undefined ? [`-db-hosts=${etcdHosts(settings)}`, ...settings.command] : settings.command
}

/** The etcd endpoints that the gateway uses. */
export function etcdHosts(settings: WithEtcd): readonly string[] {
  const { 'etcd.endpoints': endpoints, etcd_cluster_name: name } = settings
  return dbHosts(settings)?.split(',') ?? (endpoints.length > 0 ? endpoints : [`${name}-client:2379`])
}

/** The etcd that `command` itself names. */
export const dbHosts = ({ command }: { command: Command }): string | undefined => optionOf(command, 'db-hosts')

/** The ports the gateway's container listens on, whatever ports its Service has. */
export const gatewayPorts = ({ command }: { command: Command }): { config: number; events: number } => ({
  config: Number(optionOf(command, 'config-port') ?? 4001),
  events: Number(optionOf(command, 'events-port') ?? 4000),
})
