import { choice, matching, scalar } from '../settings/types.ts'
import type { CommandRow } from './command-row.ts'
import { CLUSTER, GENERAL, YES } from './flag-groups.ts'

/** What a backup can be written as. */
const DOCUMENT_FORMATS = ['json', 'yaml'] as const

const spaceName = matching('letters, digits, ".", "-" and "_"', /^[\w.-]+$/, 250)
const fileName = scalar('a file name, or - for standard input or output', text => (text === '' ? undefined : text))

/** The commands that save, restore or delete registrations. */
export const DATA_COMMANDS = {
  backup: {
    group: 'Look after',
    summary: 'Write all registrations to a file',
    operand: { type: fileName, value: 'FILE', optional: true },
    flags: {
      output: { short: 'o', type: choice(...DOCUMENT_FORMATS), value: 'FORMAT', text: 'format of the file' },
      space: { type: spaceName, value: 'NAME', many: true, text: 'only this space (default: all spaces)' },
      redact: { text: 'write null for credentials; restore asks for them' },
      force: { text: 'overwrite an existing file' },
      ...CLUSTER,
      ...GENERAL,
    },
    examples: [
      ['eg-setup backup', 'Write eg-backup-DATE.json, readable by you only: it contains credentials'],
      ['eg-setup backup all.yaml -o yaml --force', 'Write YAML, and replace an earlier backup'],
      ['eg-setup backup - --redact', 'Print all registrations without credentials'],
    ],
  },
  restore: {
    group: 'Look after',
    summary: 'Restore registrations from a backup',
    operand: { type: fileName, value: 'FILE' },
    flags: {
      'dry-run': { text: 'list what would change, without changing anything' },
      replace: { text: 'overwrite registrations that differ from the backup' },
      ...CLUSTER,
      ...GENERAL,
    },
    examples: [
      ['eg-setup restore FILE --dry-run', 'List what would be created, and what differs'],
      ['eg-setup restore FILE', 'Register what is missing; run it again to resume'],
      ['eg-setup restore FILE --context other', 'Copy all registrations to another cluster'],
    ],
  },
  cleanup: {
    group: 'Look after',
    aliases: ['uninstall', 'delete'],
    summary: 'Remove what eg-setup installed',
    flags: {
      yes: { ...YES, text: 'remove without asking' },
      'delete-data': { text: 'also delete the etcd volumes, including all registrations' },
      backup: {
        type: fileName,
        value: 'FILE',
        text: 'write all registrations to FILE first; if that fails, remove nothing',
      },
      'dry-run': { text: 'list what would be removed, without removing anything' },
      ...CLUSTER,
      ...GENERAL,
    },
    examples: [
      ['eg-setup cleanup --dry-run', 'List what would be removed'],
      ['eg-setup cleanup --yes --delete-data', 'Remove everything, including the data'],
    ],
  },
} as const satisfies Record<string, CommandRow>
