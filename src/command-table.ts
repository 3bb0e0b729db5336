import { isIP } from 'node:net'
import { FORMATS } from './endpoints/formats.ts'
import { SHELL_NAMES } from './endpoints/shells.ts'
import { EXAMPLES } from './gateway/examples.ts'
import { namespaceName } from './settings/names.ts'
import { type Row, SETTINGS, type Settings } from './settings/rows.ts'
import { anyText, choice, duration, integer, scalar, type Type } from './settings/types.ts'

/** A flag; without a `type` it takes no value. `value` is what the help calls its value. */
export type FlagRow = {
  short?: string
  type?: Type<unknown>
  value?: string
  /** May be given more than once; the values are a list. */
  many?: true
  text: string
  group?: 'Settings' | 'Exports' | 'Cluster' | 'General'
}

export type CommandRow = {
  summary: string
  flags: Readonly<Record<string, FlagRow>>
  /** The one word that the command needs. */
  operand?: { type: Type<unknown>; value: string }
  /** What may follow "--", as the help calls it. */
  rest?: string
  examples: readonly (readonly [line: string, text: string])[]
}

type SettingFlags = {
  readonly [R in Extract<Row, { flag: object }> as R['flag']['name']]: R['flag'] extends { value: string }
    ? { type: Type<Settings[R['path']]>; value: string; text: string; group: 'Settings' }
    : { text: string; group: 'Settings' }
}

/** The first word in small letters, unless it is a name such as IngressClass. */
const lowerFirst = (text: string) => text.replace(/^[A-Z](?![a-z]*[A-Z])/, letter => letter.toLowerCase())

/** The flags that set a setting; one without a value is a switch. */
const SETTING_FLAGS = Object.fromEntries(
  SETTINGS.flatMap(({ flag, type, text }) =>
    flag
      ? [[flag.name, { ...(flag.value && { type, value: flag.value }), text: lowerFirst(text), group: 'Settings' }]]
      : [],
  ),
) as SettingFlags

const CLUSTER = {
  kubeconfig: {
    type: anyText,
    value: 'FILE',
    group: 'Cluster',
    text: 'kubeconfig to use, in place of KUBECONFIG and ~/.kube/config',
  },
  context: {
    type: anyText,
    value: 'NAME',
    group: 'Cluster',
    text: 'context of the kubeconfig, in place of its current one',
  },
} as const satisfies Record<string, FlagRow>

const GENERAL = {
  namespace: {
    short: 'n',
    type: namespaceName,
    value: 'NS',
    group: 'Cluster',
    text: "namespace, in place of the context's",
  },
  timeout: { type: duration, value: 'DURATION', group: 'General', text: 'give up after this long: 90s, 5m, 1h30m' },
  verbose: { short: 'v', group: 'General', text: 'show every request to the cluster' },
  'no-color': { group: 'General', text: 'no colours' },
  help: { short: 'h', group: 'General', text: 'show this help' },
  version: { group: 'General', text: 'print the version' },
} as const satisfies Record<string, FlagRow>

const YES = { short: 'y', text: 'ask nothing: take the defaults' } as const satisfies FlagRow

const FORCE = { text: 'take over fields that another manager owns' } as const satisfies FlagRow

const EXPORTS = {
  output: {
    short: 'o',
    type: choice('shell', ...FORMATS.map(row => row.id)),
    value: 'FORMAT',
    group: 'Exports',
    text: 'form of the exports on stdout',
  },
  shell: { type: choice('auto', ...SHELL_NAMES), value: 'SHELL', group: 'Exports', text: 'shell to write them for' },
} as const satisfies Record<string, FlagRow>

const CHOICES = {
  values: {
    short: 'f',
    type: anyText,
    value: 'FILE',
    many: true,
    text: 'settings from a YAML file; - reads standard input',
  },
  set: { type: anyText, value: 'KEY=VALUE', many: true, text: 'one setting, in the notation of helm' },
  ...SETTING_FLAGS,
} as const satisfies Record<string, FlagRow>

const SETUP = { yes: YES, ...CHOICES, ...EXPORTS } as const satisfies Record<string, FlagRow>

/** Shells that complete words by a script of ours. */
export const COMPLETED_SHELLS = ['bash', 'zsh', 'fish', 'powershell'] as const

const localPort = integer(1, 65_535)
const localAddress = scalar('an IP address of this machine', text =>
  isIP(text) !== 0 && !text.includes('%') ? text : undefined,
)

/** Every command, a row each: parser and help follow from them. The first is meant when none is named. */
export const COMMANDS = {
  setup: {
    summary: 'install the Event Gateway and print its exports',
    flags: {
      ...SETUP,
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
