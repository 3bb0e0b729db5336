import type { FlagsOf } from '../cli/args.ts'
import { commandLine } from '../cli/command-line.ts'
import { EXIT, UserError } from '../errors.ts'
import { detectShell } from '../exports/detect-shell.ts'
import type { Io } from '../io.ts'
import { requireRecord } from '../record/find-record.ts'
import { isInstalled } from '../record/record.ts'
import { openCluster } from '../setup/open-cluster.ts'
import { statusLines } from '../status/print-status.ts'
import { readStatus } from '../status/read-status.ts'
import type { Status } from '../status/status.ts'
import { PROGRAM } from '../text/program.ts'
import { sh } from '../text/shell-words.ts'
import { styleOf } from '../ui/layout.ts'
import { printJson, printLines, say } from '../ui/print.ts'

const TIMEOUT_MS = 30_000

/** Prints what is installed, how it is and where it answers; fails where anything of it does not work. */
export async function status(flags: FlagsOf<'status'>, io: Io): Promise<number> {
  const deadline = io.clock.now() + (flags.timeout ?? TIMEOUT_MS)
  const isJson = flags.output === 'json'
  const kube = await openCluster(flags, io, text => say(io, text), deadline)
  try {
    const notices: string[] = []
    const record = await requireRecord(kube, flags.namespace, (text, fix) => notices.push(`${text}\n${fix}`))
    if (!isInstalled(record)) throw onlyLeftovers(record.namespace, record.objects)
    const { warnings, ...read } = await readStatus(kube, record, deadline, io)
    const found = { ...read, warnings: [...notices, ...warnings] }
    if (isJson) printJson(io, found)
    else printLines(io, statusLines(found, styleOf(io, 'stdout'), nextCommand(found, flags, io)))
    return found.healthy ? EXIT.ok : EXIT.failed
  } catch (error) {
    if (isJson && error instanceof UserError && error.code === EXIT.precondition)
      printJson(io, { installed: false, healthy: false })
    throw error
  }
}

/** The command that loads the exports, or that reaches a gateway inside the cluster. */
function nextCommand({ exposure, namespace }: Status, { kubeconfig, context }: FlagsOf<'status'>, io: Io): string {
  const place = { kubeconfig, context, namespace }
  if (exposure === 'cluster-ip') return commandLine('forward', place)
  return detectShell(io.env, process.platform).load(commandLine('env', place))
}

const onlyLeftovers = (namespace: string, objects: readonly { name: string }[]) => {
  const left = objects.length > 0 ? ` An earlier cleanup kept: ${objects.map(({ name }) => name).join(', ')}.` : ''
  return new UserError(`No Event Gateway in namespace ${namespace}.${left}`, {
    fix: sh`Install Event Gateway:\n${PROGRAM} -n ${namespace}\nOr delete the kept objects with their data:\n${PROGRAM} cleanup --delete-data -n ${namespace}`,
    code: EXIT.precondition,
  })
}
