import { EXAMPLES } from '../gateway/examples.ts'
import { anyText, choice, integer, scalar } from '../settings/types.ts'
import { isIP } from '../text/ip.ts'
import type { CommandRow } from './command-row.ts'
import { DATA_COMMANDS } from './data-commands.ts'
import { CHOICES, CLUSTER, ENGINE, EXPORTS, type FlagRow, FORCE, GENERAL, SETUP } from './flag-groups.ts'

/** Pages of the help that belong to no command. */
export const TOPICS = {
  settings: 'Settings for --set and --values',
  environment: 'Environment variables',
  'exit-codes': 'Exit codes',
  json: 'Keys of the JSON output',
} as const

export type Topic = keyof typeof TOPICS

/** Shells with a completion script. */
export const COMPLETED_SHELLS = ['bash', 'zsh', 'fish', 'powershell'] as const

const localPort = integer(1, 65_535)
const localAddress = scalar('an IP address of this machine', text => (isIP(text) === 0 ? undefined : text))

/** As kubectl proxy takes them. */
const hostPatterns = scalar('regular expressions for hosts, separated by commas', text => {
  try {
    return text.split(',').map(pattern => new RegExp(pattern))
  } catch {
    return undefined
  }
})

/** Every command, a row each: parser and help follow from them. The first is meant when none is named. */
export const COMMANDS = {
  setup: {
    group: 'Install',
    aliases: ['install'],
    summary: 'Install Event Gateway and print its exports',
    flags: {
      ...SETUP,
      engine: ENGINE,
      'force-conflicts': FORCE,
      'dry-run': { text: 'show what would change, without changing anything' },
      ...CLUSTER,
      ...GENERAL,
    },
    examples: [
      ['eg-setup', 'Detect the cluster, ask a few questions, install'],
      ['eg-setup --yes --set replicaCount=1', 'Install without prompts'],
      ['eval "$(eg-setup --yes -f values.yaml)"', 'Install and load the exports into this shell'],
    ],
  },
  check: {
    group: 'Install',
    aliases: ['doctor'],
    summary: 'Check prerequisites',
    flags: {
      output: { short: 'o', type: choice('text', 'json'), value: 'FORMAT', text: 'output format' },
      ...CHOICES,
      engine: ENGINE,
      'force-conflicts': FORCE,
      ...CLUSTER,
      ...GENERAL,
    },
    examples: [
      ['eg-setup check', 'Check this cluster and show a fix for each failure'],
      ['eg-setup check -n egt --set replicaCount=1', 'Check with the settings you plan to use'],
      ['eg-setup check -o json', 'Print the result as JSON'],
    ],
  },
  env: {
    group: 'Use',
    summary: 'Print the exports for a shell',
    flags: {
      ...EXPORTS,
      unset: { short: 'u', text: 'print commands that unset the variables' },
      'no-probe': { text: "don't check that the address is reachable" },
      ...CLUSTER,
      ...GENERAL,
    },
    examples: [
      ['eval "$(eg-setup env)"', 'Load the exports into this shell'],
      ['vars=$(eg-setup env --shell sh) && eval "$vars"', 'Load them in a script that stops on failure'],
      ['eval "$(eg-setup env --unset)"', 'Unset the variables'],
      ['eg-setup env -o json', 'Print them as JSON'],
    ],
  },
  status: {
    group: 'Look after',
    summary: 'Show health, versions and addresses',
    flags: {
      output: { short: 'o', type: choice('text', 'json'), value: 'FORMAT', text: 'output format' },
      ...CLUSTER,
      ...GENERAL,
    },
    examples: [
      ['eg-setup status', 'Exit code 0: healthy, 1: unhealthy, 3: not installed'],
      ['eg-setup status -o json', 'Print the result as JSON'],
    ],
  },
  forward: {
    group: 'Use',
    summary: "Forward the gateway's ports to localhost",
    flags: {
      'config-port': { type: localPort, value: 'PORT', text: 'local port of the config API (default: 4001)' },
      'events-port': { type: localPort, value: 'PORT', text: 'local port of the events API (default: 4000)' },
      address: { type: localAddress, value: 'IP', text: 'local address to listen on (default: 127.0.0.1)' },
      'accept-hosts': {
        type: hostPatterns,
        value: 'REGEXP,...',
        text: 'host names to accept in the Host and Origin headers (default: localhost, 127.0.0.1 and [::1])',
      },
      ...EXPORTS,
      ...CLUSTER,
      ...GENERAL,
    },
    rest: 'COMMAND',
    examples: [
      ['eg-setup forward', 'Print the exports and forward until Ctrl-C'],
      ['eg-setup forward -- npm test', 'Run a command with the exports'],
    ],
  },
  verify: {
    group: 'Use',
    summary: 'Send a test event through every replica',
    flags: {
      output: { short: 'o', type: choice('text', 'json'), value: 'FORMAT', text: 'output format' },
      example: {
        type: choice(...EXAMPLES),
        value: 'TYPE',
        text: 'print curl commands for a function of this type without running them',
      },
      ...CLUSTER,
      ...GENERAL,
    },
    examples: [
      ['eg-setup verify', 'Test every replica and remove the test registrations'],
      ['eg-setup verify --example http', 'Print curl commands to paste'],
    ],
  },
  ...DATA_COMMANDS,
  render: {
    group: 'Install',
    summary: 'Print manifests or write Helm charts',
    flags: {
      ...CHOICES,
      chart: { type: anyText, value: 'DIR', text: 'write the etcd-operator and event-gateway charts to DIR' },
      namespace: { ...GENERAL.namespace, text: 'namespace of the gateway (default: default)' },
      'no-color': GENERAL['no-color'],
      help: GENERAL.help,
      version: GENERAL.version,
    },
    examples: [
      ['eg-setup render -n gateway --private-config', 'Print the objects that setup would apply (no cluster needed)'],
      ['eg-setup render --chart charts', 'Write the Helm charts to the charts directory'],
    ],
  },
  demo: {
    group: 'Other',
    summary: 'Try setup on a simulated cluster',
    flags: { ...SETUP, ...GENERAL },
    rest: 'COMMAND',
    examples: [
      ['eg-setup demo', 'Run setup without a cluster'],
      ['eg-setup demo -- sh', 'Open a shell with the variables of the simulated gateway set'],
    ],
  },
  completion: {
    group: 'Other',
    summary: 'Print a shell completion script',
    operand: { type: choice(...COMPLETED_SHELLS), value: 'SHELL' },
    flags: { help: GENERAL.help },
    examples: [
      ['eval "$(eg-setup completion bash)"', 'Add to ~/.bashrc; for zsh, to ~/.zshrc after compinit'],
      ['eg-setup completion fish > ~/.config/fish/completions/eg-setup.fish', 'Run once for fish'],
      ['eg-setup completion powershell | Out-String | Invoke-Expression', 'Add this line to your PowerShell $PROFILE'],
    ],
  },
} as const satisfies Record<string, CommandRow>

export type Command = keyof typeof COMMANDS

/** Every name of a command, aliases included. */
export const COMMAND_BY_NAME: ReadonlyMap<string, Command> = new Map(
  (Object.entries(COMMANDS) as [Command, CommandRow][]).flatMap(([name, { aliases = [] }]) =>
    [name, ...aliases].map(word => [word, name] as const),
  ),
)

/** The flags of a command without their literal types. */
export const flagsOf = (command: Command): Readonly<Record<string, FlagRow>> => COMMANDS[command].flags
