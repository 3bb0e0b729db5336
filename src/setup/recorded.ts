import type { FlagsOf } from '../cli/args.ts'
import { commandLine } from '../cli/command-line.ts'
import { EXIT, type Trouble, UserError } from '../errors.ts'
import { kubectlName } from '../kube/kinds.ts'
import type { Release } from '../names.ts'
import { type InstallRecord, recordRef } from '../record/record.ts'
import { missingRecord } from '../record/rediscover.ts'
import type { Path, Settings } from '../settings/rows.ts'
import { setLinesOf } from '../settings/set-line.ts'

/** So many ignored entries are named. */
const MOST_NAMED = 10

/** What a person has to know about a record: that there is none, or what it names and may not; undefined where all is well. */
export function noticeOf(record: InstallRecord): string | undefined {
  const { release, namespace, ignored, isMissing } = record
  if (isMissing) return missingRecord(record)
  if (ignored.length === 0) return undefined
  const more = ignored.length > MOST_NAMED ? ` and ${ignored.length - MOST_NAMED} more` : ''
  const where = kubectlName(recordRef(release, namespace))
  return `Ignored what ${where} may not name: ${ignored.slice(0, MOST_NAMED).join(', ')}${more}.`
}

/** Trouble where a record is missing, or names what it may not. */
export function noticeTrouble(records: Readonly<Record<Release, InstallRecord>>): Trouble | undefined {
  const texts = Object.values(records).flatMap(record => noticeOf(record) ?? [])
  const fix = records.eg.isMissing
    ? 'Setup writes it again, with the settings that the objects show.'
    : 'Check who may write ConfigMaps in that namespace. Setup writes the record without these entries.'
  return texts.length === 0 ? undefined : { message: texts.join(' '), fix }
}

/**
 * Settings that only the record asks for, under --yes, where nobody sees the plan before it is carried out: they have to be
 * said again. The error has the command that says them.
 */
export function unprovenTrouble(paths: readonly Path[], settings: Settings, flags: FlagsOf<'setup'>): UserError {
  const lines = paths.flatMap(path => setLinesOf(path, settings[path]))
  return new UserError(
    `Confirmation required: only the record of an earlier run asks for ${lines.join(', ')}, and the cluster doesn't have that yet.`,
    {
      fix: `Repeat these settings if they are yours, or give PATH=null for the default:\n  ${commandLine('setup', { ...flags, set: [...(flags.set ?? []), ...lines] })}`,
      code: EXIT.usage,
    },
  )
}
