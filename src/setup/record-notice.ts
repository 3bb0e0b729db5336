import type { FlagsOf } from '../cli/args.ts'
import { commandLine } from '../cli/command-line.ts'
import { EXIT, type Trouble, UserError } from '../errors.ts'
import { kubectlName } from '../kube/kinds.ts'
import type { Release } from '../names.ts'
import { missingRecord } from '../record/find-unrecorded.ts'
import { type InstallRecord, recordRef } from '../record/record.ts'
import { setLinesOf } from '../settings/set-line.ts'
import type { Path, Settings } from '../settings/setting-rows.ts'

/** So many ignored entries are named. */
const MOST_NAMED = 10

/** What a person has to know about a record: that there is none, or what it names and may not; undefined where all is well. */
export function noticeOf(record: InstallRecord): string | undefined {
  const { release, namespace, ignored, isMissing } = record
  if (isMissing) return missingRecord(record)
  if (ignored.length === 0) return undefined
  const more = ignored.length > MOST_NAMED ? ` and ${ignored.length - MOST_NAMED} more` : ''
  const where = kubectlName(recordRef(release, namespace))
  return `Ignored entries of ${where} that are not allowed: ${ignored.slice(0, MOST_NAMED).join(', ')}${more}.`
}

/** Trouble where a record is missing, or names what it may not. */
export function noticeTrouble(records: Readonly<Record<Release, InstallRecord>>): Trouble | undefined {
  const texts = Object.values(records).flatMap(record => noticeOf(record) ?? [])
  const fix = records.eg.isMissing
    ? 'setup recreates the record from the settings of the installed objects.'
    : 'Check who can write ConfigMaps in that namespace. setup removes these entries from the record.'
  return texts.length === 0 ? undefined : { message: texts.join(' '), fix }
}

/**
 * With --yes no one reviews the plan, so settings that only the record asks for have to be repeated. The error has the
 * command that repeats them.
 */
export function unconfirmedTrouble(paths: readonly Path[], settings: Settings, flags: FlagsOf<'setup'>): UserError {
  const lines = paths.flatMap(path => setLinesOf(path, settings[path]))
  return new UserError(
    `Confirmation required: the record of an earlier run sets ${lines.join(', ')}, but the installed objects don't.`,
    {
      fix: `Repeat these settings if you chose them, or set PATH=null for the default:\n  ${commandLine('setup', { ...flags, set: [...(flags.set ?? []), ...lines] })}`,
      code: EXIT.usage,
    },
  )
}
