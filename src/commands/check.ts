import type { Finding } from '../checks/check.ts'
import type { FlagsOf } from '../cli/args.ts'
import { EXIT, UserError } from '../errors.ts'
import type { Io } from '../io.ts'
import { openLooks } from '../setup/looks.ts'
import { hang } from '../text/sanitize.ts'
import { printEntries, printJson } from '../ui/print.ts'
import { makeReporter } from '../ui/reporter.ts'

/** Prints whether the preconditions of setup are met; changes nothing. Gives 3 where one is not. */
export async function check(flags: FlagsOf<'check'>, io: Io): Promise<number> {
  const findings = await look(flags, io)
  if (flags.output === 'json') printJson(io, findings)
  else printEntries(io, findings.map(textOf))
  return findings.some(({ status }) => status === 'fatal') ? EXIT.precondition : EXIT.ok
}

async function look({ output: _, ...flags }: FlagsOf<'check'>, io: Io): Promise<readonly Finding[]> {
  const looks = await openLooks(flags, io, makeReporter(io))
  try {
    return (await looks.checked(flags)).findings
  } catch (error) {
    if (!(error instanceof UserError) || error.code !== EXIT.precondition) throw error
    const { message, fix } = error
    return [{ id: 'cluster', title: 'Cluster', status: 'fatal', message, fix }]
  }
}

function textOf({ status, title, message, fix }: Finding): string {
  const text = `${status.padEnd(7)}  ${title}: ${hang(message, 9)}`
  return fix === null ? text : `${text}\n       fix: ${hang(fix, 12)}`
}
