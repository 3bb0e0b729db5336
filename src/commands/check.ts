import type { Finding } from '../checks/check.ts'
import { checkLines } from '../checks/print-checks.ts'
import type { FlagsOf } from '../cli/args.ts'
import { EXIT, UserError } from '../errors.ts'
import type { Io } from '../io.ts'
import { proposeFor } from '../setup/propose-for.ts'
import { styleOf } from '../ui/layout.ts'
import { printJson, printLines } from '../ui/print.ts'
import { makeReporter } from '../ui/reporter.ts'

/** Prints whether the preconditions of setup are met; changes nothing. Gives 3 where one is not. */
export async function check(flags: FlagsOf<'check'>, io: Io): Promise<number> {
  const findings = await readFindings(flags, io)
  if (flags.output === 'json') printJson(io, findings)
  else printLines(io, checkLines(findings, styleOf(io, 'stdout'), flags.verbose ?? false))
  return findings.some(({ status }) => status === 'fatal') ? EXIT.precondition : EXIT.ok
}

async function readFindings({ output: _, ...flags }: FlagsOf<'check'>, io: Io): Promise<readonly Finding[]> {
  try {
    return (await proposeFor(flags, makeReporter(io, { isDrawn: false }), io)).findings
  } catch (error) {
    if (!(error instanceof UserError) || error.code !== EXIT.precondition) throw error
    const { message, fix } = error
    return [{ id: 'cluster', title: 'Connection', status: 'fatal', message, fix }]
  }
}
