import { FAILURES } from '../gateway/failures.ts'

/** A line of two columns. */
export type Line = readonly [left: string, text: string]

export const ENVIRONMENT: readonly Line[] = [
  ['KUBECONFIG', 'kubeconfig files, separated by colons (on Windows, by semicolons)'],
  ['NO_COLOR', 'disables color when set to any value'],
  ['ACCESSIBLE', 'set to 1 for plain text prompts without drawing'],
  ['CI', 'disables prompts when set to any value'],
  ['HTTPS_PROXY, NO_PROXY', 'proxy for requests to the API server'],
  ['NODE_EXTRA_CA_CERTS', 'file with additional certificate authorities to trust'],
]

export const EXIT_CODES: readonly Line[] = [
  ['0', 'Success'],
  ['1', 'Failure'],
  ['2', 'Invalid usage, or an answer is required and prompts are disabled'],
  ['3', 'A prerequisite is not met: no cluster, no permission, nothing installed'],
  ['4', 'Timeout'],
  ['130', 'Interrupted by Ctrl-C'],
  ['143', 'Terminated by a signal'],
]

export const JSON_KEYS: readonly (readonly [command: string, lines: readonly Line[]])[] = [
  [
    'eg-setup env -o json',
    [
      ['EVENT_GATEWAY_URL', 'host name or IP address'],
      ['EVENT_GATEWAY_CONFIG_API_PORT, EVENT_GATEWAY_EVENTS_API_PORT', 'ports'],
    ],
  ],
  [
    'eg-setup check -o json, a list',
    [
      ['id, title', 'the check'],
      ['status', 'ok, warning, fatal, or unknown (for example, no permission)'],
      ['message, fix', 'the result, and how to fix it'],
    ],
  ],
  [
    'eg-setup status -o json',
    [
      ['installed, healthy', "healthy is null if the gateway can't be reached from this machine"],
      ['context, namespace', 'location of the installation'],
      ['engine, exposure', 'builtin or helm; how clients reach the gateway'],
      ['gateway, operator', 'name, image, wanted, ready; null if not installed by eg-setup'],
      ['etcd', 'mode, version, wanted, ready, hosts, members, volumes'],
      ['endpoints', 'host, config, events, answers'],
      ['warnings', 'a list of strings, a fix on the lines after the first'],
      ['problems', 'a list of objects with the keys "about", "reason" and "fix"'],
    ],
  ],
  [
    'eg-setup setup --dry-run -o json, a list',
    [
      ['object, action', 'create, update, unchanged or remove'],
      ['fields, left', 'fields that change, and fields left to other field managers'],
      ['untried, refused', 'why the dry run was skipped, or why it failed'],
    ],
  ],
  [
    'eg-setup verify -o json',
    [
      ['verified, namespace', 'true or false, and the tested namespace'],
      ['endpoint, replicas', 'if verified'],
      [
        'eventSent, eventNotSent',
        'if verified; eventSent is false, and eventNotSent is the reason, if a stored subscription would receive the test event',
      ],
      ['reason, message, fix', `if not verified; reason is one of ${Object.keys(FAILURES).join(', ')}`],
    ],
  ],
]
