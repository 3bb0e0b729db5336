import type { FlagsOf } from '../cli/args.ts'
import type { Io } from '../io.ts'
import type { InstallRecord } from '../record/record.ts'
import { believed, givenFrom, type Sources } from '../settings/given.ts'
import type { Settings } from '../settings/setting-rows.ts'
import { settingsFrom } from '../settings/settings-from.ts'
import { readValues, type ValuesText } from '../settings/values-file.ts'

/** What to do with an existing installation, or with its data (start-over: delete the data, then install). */
export type Next = 'repair' | 'change' | 'remove' | 'remove-data' | 'start-over'

/** The flags of setup, and the answers that have no flag. */
export type SetupFlags = FlagsOf<'setup'> & { next?: Next; access?: string }

/** What a person asks for. The wizard adds its answers to the flags; the values files are read once. */
export type Request = { readonly flags: SetupFlags; readonly values: readonly ValuesText[] }

/** Reads the values files. Throws UserError (exit 2) for wrong settings, before any cluster is needed. */
export async function readRequest(flags: SetupFlags, io: Io): Promise<Request> {
  const request = { flags, values: await readValues(flags.values ?? [], io) }
  givenFrom(sourcesOf(request))
  return request
}

/** Where the settings of a request come from; the record of an earlier run is another source. */
export const sourcesOf = ({ flags, values }: Request): Sources => ({ values, set: flags.set ?? [], flags })

/** The settings of a request on top of those that an earlier run recorded. Throws UserError (exit 2) for conflicts. */
export const settingsOf = (request: Request, { settings: recorded }: InstallRecord): Settings =>
  settingsFrom(believed(givenFrom({ ...sourcesOf(request), recorded })))

/** Whether the person chose to remove the existing installation. */
export const isRemoval = ({ flags: { next } }: Request): boolean =>
  next === 'remove' || next === 'remove-data' || next === 'start-over'
