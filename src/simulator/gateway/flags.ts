/** The gateway's flags (identical from 0.6.0 to its end), with their defaults. */
const DEFAULTS = {
  'db-hosts': '127.0.0.1:2379',
  'log-level': 'info',
  'log-format': '',
  dev: 'false',
  'embed-peer-addr': 'http://127.0.0.1:2380',
  'embed-cli-addr': 'http://127.0.0.1:2379',
  'embed-data-dir': 'default.etcd',
  'config-port': '4001',
  'events-port': '4000',
  'config-tls-cert': '',
  'config-tls-key': '',
  'events-tls-cert': '',
  'events-tls-key': '',
  workers: '100',
  'workers-backlog': '200',
  plugin: '',
  version: 'false',
}
export type GatewayFlags = Record<keyof typeof DEFAULTS, string>

const NUMBERS = ['config-port', 'events-port', 'workers', 'workers-backlog']
const SWITCHES = ['dev', 'version']
const LEVELS = ['debug', 'info', 'warn', 'error', 'dpanic', 'panic', 'fatal']

/** Go's flag syntax: `-x=v`, `--x=v`, `-x v`; the last one wins. Gives the line that ends the gateway with exit 2 instead. */
export function parseFlags(args: readonly string[]): GatewayFlags | string {
  const flags: GatewayFlags = { ...DEFAULTS }
  const rest = [...args]
  while (rest[0]?.startsWith('-')) {
    const [, name = '', value] = /^--?([^=]*)(?:=(.*))?$/s.exec(rest.shift()!) ?? []
    if (!Object.hasOwn(flags, name)) return `flag provided but not defined: -${name}`
    const given = value ?? (SWITCHES.includes(name) ? 'true' : rest.shift())
    if (given === undefined) return `flag needs an argument: -${name}`
    if (NUMBERS.includes(name) && !/^\d+$/.test(given)) return `invalid value "${given}" for flag -${name}: parse error`
    if (name === 'log-level' && !LEVELS.includes(given))
      return `invalid value "${given}" for flag -log-level: unrecognized level: "${given}"`
    flags[name as keyof GatewayFlags] = given
  }
  return flags
}
