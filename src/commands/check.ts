import type { FlagsOf } from '../args.ts'
import type { Finding } from '../cluster/checks/check.ts'
import { EXIT, UserError } from '../errors.ts'
import type { Io } from '../io.ts'
import { makeReporter } from '../ui/reporter.ts'
import { sanitize } from '../ui/sanitize.ts'
import { openLooks } from '../wizard/looks.ts'
import { indented } from './look-ahead.ts'

/** Prints whether the preconditions of setup are met; changes nothing. Gives 3 where one is not. */
export async function check(flags: FlagsOf<'check'>, io: Io): Promise<number> {
  const findings = (await look(flags, io)).map(safe)
  io.stdout.write(
    flags.output === 'json' ? `${JSON.stringify(findings, undefined, 2)}\n` : findings.map(lines).join(''),
  )
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

/** Without whatever the cluster may have put in to fool a terminal. */
const safe = (finding: Finding): Finding => ({
  ...finding,
  message: sanitize(finding.message, 4000),
  fix: finding.fix && sanitize(finding.fix, 4000),
})

function lines({ status, title, message, fix }: Finding): string {
  const line = `${status.padEnd(7)}  ${title}: ${message}\n`
  return fix === null ? line : `${line}         fix: ${indented(fix)}\n`
}
