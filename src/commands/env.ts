import type { FlagsOf } from '../cli/args.ts'
import { exportsPrinter } from '../cli/print-exports.ts'
import { proveRoute } from '../endpoints/changed-service.ts'
import { probe } from '../endpoints/prove.ts'
import { endpointOfServer, findCandidates, readSource, Unreachable } from '../endpoints/resolve.ts'
import { EXIT } from '../errors.ts'
import { exportsOf } from '../exports/exports.ts'
import type { Endpoint } from '../gateway/endpoint.ts'
import type { Io } from '../io.ts'
import type { Kube } from '../kube/request/client.ts'
import { requireRecord } from '../record/find-record.ts'
import { type InstallRecord, targetOf } from '../record/record.ts'
import { openCluster } from '../setup/open-cluster.ts'
import { PROGRAM } from '../text/program.ts'
import { sh } from '../text/shell-words.ts'
import { say } from '../ui/print.ts'

/** Short, because env runs in shell startup files. */
const TIMEOUT_MS = 10_000
/** Longer than an answer takes from next door, and too short to be noticed where there is none. */
const NEAR_MS = 200

/** Prints the exports of what is installed, once it has answered from here. */
export async function env(flags: FlagsOf<'env'>, io: Io): Promise<number> {
  const printer = exportsPrinter(flags, io)
  if (flags.unset) {
    printer.unset()
    printer.hint()
    return EXIT.ok
  }
  const deadline = io.clock.now() + (flags.timeout ?? TIMEOUT_MS)
  const kube = await openCluster(flags, io, text => say(io, text), deadline)
  const record = await requireRecord(kube, flags.namespace, (text, fix) => say(io, `${text} ${fix}`))
  const endpoint = await findEndpoint(kube, record, { ...flags, deadline }, io)
  // The namespace was not given, so name it: exports for the wrong gateway would go unnoticed.
  if (flags.namespace === undefined) say(io, `Using the Event Gateway in namespace ${record.namespace}.`)
  printer.print(exportsOf(endpoint))
  if (endpoint.config === undefined)
    say(
      io,
      sh`The config API is reachable inside the cluster only. To forward its ports to this machine:\n${PROGRAM} forward -n ${record.namespace}`,
    )
  printer.hint()
  return EXIT.ok
}

/** The address that answers from here, or with --no-probe the first that may. Throws Unreachable where there is none. */
async function findEndpoint(
  kube: Kube,
  record: InstallRecord,
  { deadline, 'no-probe': unproved }: { deadline: number; 'no-probe'?: true },
  io: Io,
): Promise<Endpoint> {
  const target = targetOf(record)
  const { exposure, localhost } = target
  const source = await readSource(kube, target)
  const near = unproved ? undefined : endpointOfServer(kube, source, exposure)
  if (near !== undefined && (await probe(near, NEAR_MS, io.signal)).ok) return near
  const { endpoints, missing } = await findCandidates(kube, source, exposure, { localhost })
  const [first] = endpoints
  if (first === undefined) throw new Unreachable(target, missing, EXIT.failed)
  if (unproved) return first
  const { endpoint, reason, fix } = await proveRoute(
    kube,
    { namespace: record.namespace, endpoints, source },
    { answers: 1, deadline },
    io,
  )
  if (endpoint === undefined) throw new Unreachable(target, reason, EXIT.failed, fix)
  return endpoint
}
