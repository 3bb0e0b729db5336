import { CHOICES, CLUSTER, ENGINE, EXPORTS, type FlagRow, FORCE, GENERAL, SETUP, YES } from './flag-groups.ts'
import { EXAMPLES } from './gateway/examples.ts'
import { isIP } from './ip.ts'
import { anyText, choice, integer, scalar, type Type } from './settings/types.ts'

export type CommandRow = {
  summary: string
  flags: Readonly<Record<string, FlagRow>>
  /** The one word that the command needs. */
  operand?: { type: Type<unknown>; value: string }
  /** What may follow "--", as the help calls it. */
  rest?: string
  examples: readonly (readonly [line: string, text: string])[]
}

/** Shells that complete words by a script of ours. */
export const COMPLETED_SHELLS = ['bash', 'zsh', 'fish', 'powershell'] as const

const localPort = integer(1, 65_535)
const localAddress = scalar('an IP address of this machine', text => (isIP(text) === 0 ? undefined : text))

/** Every command, a row each: parser and help follow from them. The first is meant when none is named. */
export const COMMANDS = {
  setup: {
    summary: 'install the Event Gateway and print its exports',
    flags: {
      ...SETUP,
      engine: ENGINE,
      'force-conflicts': FORCE,
      'dry-run': { text: 'print what would change, change nothing' },
      ...CLUSTER,
      ...GENERAL,
    },
    examples: [
      ['eg-setup', 'look at the cluster, ask, install'],
      ['eg-setup --yes --set replicaCount=1', 'ask nothing'],
      ['eval "$(eg-setup --yes -f values.yaml)"', 'and load the exports'],
    ],
  },
  check: {
    summary: 'say whether setup can work here, and what to do if not',
    flags: {
      output: { short: 'o', type: choice('text', 'json'), value: 'FORMAT', text: 'form of the findings on stdout' },
      ...CHOICES,
      engine: ENGINE,
      'force-conflicts': FORCE,
      ...CLUSTER,
      ...GENERAL,
    },
    examples: [
      ['eg-setup check', 'each precondition, and its fix where it is not met'],
      ['eg-setup check -n egt --set replicaCount=1', 'with the settings of a setup'],
      ['eg-setup check -o json', 'for programs'],
    ],
  },
  env: {
    summary: 'print the exports of what is installed',
    flags: {
      ...EXPORTS,
      unset: { short: 'u', text: 'print what takes them back; asks no cluster' },
      'no-probe': { text: 'do not try whether the address answers' },
      ...CLUSTER,
      ...GENERAL,
    },
    examples: [
      ['eval "$(eg-setup env)"', 'load the exports into this shell'],
      ['vars=$(eg-setup env --shell sh) && eval "$vars"', 'in a script, which so notices a failure'],
      ['eval "$(eg-setup env --unset)"', 'take them back'],
      ['eg-setup env -o json', 'for programs; or dotenv, yaml'],
    ],
  },
  status: {
    summary: 'show what is installed, how it is and where it answers',
    flags: {
      output: { short: 'o', type: choice('text', 'json'), value: 'FORMAT', text: 'form of the result on stdout' },
      ...CLUSTER,
      ...GENERAL,
    },
    examples: [
      ['eg-setup status', 'exit 0: healthy, 1: not, 3: nothing installed'],
      ['eg-setup status -o json', 'for programs'],
    ],
  },
  forward: {
    summary: 'reach it through local ports, where nothing else answers',
    flags: {
      'config-port': { type: localPort, value: 'PORT', text: 'local port of the config API, in place of 4001' },
      'events-port': { type: localPort, value: 'PORT', text: 'local port of the events API, in place of 4000' },
      address: { type: localAddress, value: 'IP', text: 'local address to listen on, in place of 127.0.0.1' },
      ...EXPORTS,
      ...CLUSTER,
      ...GENERAL,
    },
    rest: 'COMMAND',
    examples: [
      ['eg-setup forward', 'print the exports, forward until Ctrl-C'],
      ['eg-setup forward -- npm test', 'run a command with the exports'],
    ],
  },
  verify: {
    summary: 'prove that events come through: register, send, see, remove',
    flags: {
      output: { short: 'o', type: choice('text', 'json'), value: 'FORMAT', text: 'form of the result on stdout' },
      example: {
        type: choice(...EXAMPLES),
        value: 'TYPE',
        text: 'print the commands that do it by hand, for a function of this type; runs nothing',
      },
      ...CLUSTER,
      ...GENERAL,
    },
    examples: [
      ['eg-setup verify', 'send an event through every replica, leave nothing behind'],
      ['eg-setup verify --example http', 'the same by hand: curl commands to paste'],
    ],
  },
  cleanup: {
    summary: 'remove what eg-setup installed',
    flags: {
      yes: { ...YES, text: 'remove without asking' },
      'delete-data': { text: 'remove the etcd volumes too' },
      'dry-run': { text: 'list what would be removed, remove nothing' },
      ...CLUSTER,
      ...GENERAL,
    },
    examples: [
      ['eg-setup cleanup --dry-run', 'list what would be removed'],
      ['eg-setup cleanup --yes --delete-data', 'leave nothing behind'],
    ],
  },
  render: {
    summary: 'print the manifests, or write the Helm charts',
    flags: {
      ...CHOICES,
      chart: { type: anyText, value: 'DIR', text: 'write the charts etcd-operator and event-gateway into DIR' },
      namespace: { ...GENERAL.namespace, text: 'namespace of the gateway, in place of default' },
      'no-color': GENERAL['no-color'],
      help: GENERAL.help,
      version: GENERAL.version,
    },
    examples: [
      ['eg-setup render -n gateway', 'the objects that setup would apply; asks no cluster'],
      ['eg-setup render --chart charts', 'then: helm install eg charts/event-gateway'],
    ],
  },
  demo: {
    summary: 'show setup on a simulated cluster in memory',
    flags: { ...SETUP, ...GENERAL },
    rest: 'COMMAND',
    examples: [
      ['eg-setup demo', 'no Kubernetes needed, nothing changed here'],
      ['eg-setup demo -- sh', 'a shell with the exports, while the gateway answers'],
    ],
  },
  completion: {
    summary: 'print what makes a shell complete the words of eg-setup',
    operand: { type: choice(...COMPLETED_SHELLS), value: 'SHELL' },
    flags: { help: GENERAL.help },
    examples: [
      ['eval "$(eg-setup completion bash)"', 'in ~/.bashrc; for zsh in ~/.zshrc, after compinit'],
      ['eg-setup completion fish > ~/.config/fish/completions/eg-setup.fish', 'once, for fish'],
      ['eg-setup completion powershell | Out-String | Invoke-Expression', 'in the $PROFILE of PowerShell'],
    ],
  },
} as const satisfies Record<string, CommandRow>

export type Command = keyof typeof COMMANDS

/** The flags of a command without their literal types. */
export const flagsOf = (command: Command): Readonly<Record<string, FlagRow>> => COMMANDS[command].flags
