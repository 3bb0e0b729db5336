import { FORMATS } from '../exports/formats.ts'
import { SHELL_NAMES } from '../exports/shells.ts'
import { ENGINES } from '../plan/engine.ts'
import { namespaceName } from '../settings/names.ts'
import { type Row, SETTINGS, type Settings } from '../settings/setting-rows.ts'
import { anyText, choice, duration, type Type } from '../settings/types.ts'

/** A flag; without a `type` it takes no value. `value` is what the help calls its value. */
export type FlagRow = {
  short?: string
  type?: Type<unknown>
  value?: string
  /** May be given more than once; the values are a list. */
  many?: true
  text: string
  group?: 'Access and etcd' | 'Exports' | 'Cluster' | 'General'
}

type SettingFlags = {
  readonly [R in Extract<Row, { flag: object }> as R['flag']['name']]: R['flag'] extends { value: string }
    ? { type: Type<Settings[R['path']]>; value: string; text: string; group: 'Access and etcd' }
    : { text: string; group: 'Access and etcd' }
}

/** The first word in small letters, unless it is a name such as IngressClass. */
const lowerFirst = (text: string) => text.replace(/^[A-Z](?![a-z]*[A-Z])/, letter => letter.toLowerCase())

/** The flags that set a setting; one without a value is a switch. The text is computed when it is shown. */
const SETTING_FLAGS = Object.fromEntries(
  SETTINGS.flatMap(({ flag, type, text }) => {
    if (flag === undefined) return []
    const row = {
      ...(flag.value && { type, value: flag.value }),
      get text() {
        return lowerFirst(text)
      },
      group: 'Access and etcd',
    }
    return [[flag.name, row]]
  }),
) as SettingFlags

export const CLUSTER = {
  kubeconfig: {
    type: anyText,
    value: 'FILE',
    group: 'Cluster',
    text: 'kubeconfig file (default: KUBECONFIG, then ~/.kube/config)',
  },
  context: {
    type: anyText,
    value: 'NAME',
    group: 'Cluster',
    text: 'kubeconfig context (default: the current context)',
  },
} as const satisfies Record<string, FlagRow>

export const GENERAL = {
  namespace: {
    short: 'n',
    type: namespaceName,
    value: 'NS',
    group: 'Cluster',
    text: "namespace (default: the context's namespace)",
  },
  timeout: { type: duration, value: 'DURATION', group: 'General', text: 'give up after this time: 90s, 5m, 1h30m' },
  verbose: { short: 'v', group: 'General', text: 'show every API request' },
  'no-color': { group: 'General', text: 'disable color' },
  help: { short: 'h', group: 'General', text: 'show help' },
  version: { group: 'General', text: 'show the version' },
} as const satisfies Record<string, FlagRow>

export const YES = { short: 'y', text: 'accept the defaults without asking' } as const satisfies FlagRow

export const ENGINE = {
  type: choice(...ENGINES),
  value: 'ENGINE',
  text: 'installer',
} as const satisfies FlagRow

export const FORCE = { text: 'take over fields owned by other field managers' } as const satisfies FlagRow

export const EXPORTS = {
  output: {
    short: 'o',
    type: choice('shell', ...FORMATS.map(row => row.id)),
    value: 'FORMAT',
    group: 'Exports',
    text: 'output format of the exports',
  },
  shell: {
    type: choice('auto', ...SHELL_NAMES),
    value: 'SHELL',
    group: 'Exports',
    text: 'shell syntax of the exports',
  },
} as const satisfies Record<string, FlagRow>

export const CHOICES = {
  values: {
    short: 'f',
    type: anyText,
    value: 'FILE',
    many: true,
    text: 'settings file in YAML (- for stdin)',
  },
  set: { type: anyText, value: 'KEY=VALUE', many: true, text: 'one setting, as with helm --set' },
  ...SETTING_FLAGS,
} as const satisfies Record<string, FlagRow>

export const SETUP = { yes: YES, ...CHOICES, ...EXPORTS } as const satisfies Record<string, FlagRow>
