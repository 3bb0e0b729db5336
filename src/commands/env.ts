import type { FlagsOf } from '../args.ts'
import { exportsOf } from '../endpoints/exports.ts'
import { prove } from '../endpoints/prove.ts'
import { findCandidates, readSource, Unreachable } from '../endpoints/resolve.ts'
import { requireRecord, uidsOf } from '../engines/record.ts'
import { EXIT } from '../errors.ts'
import type { Io } from '../io.ts'
import { openCluster } from './open-cluster.ts'
import { exportsPrinter } from './print-exports.ts'

/** In a shell's start-up file nobody waits long. */
const TIMEOUT_MS = 10_000

/** Prints the exports of what is installed, once it has answered from here. */
export async function env(flags: FlagsOf<'env'>, io: Io): Promise<number> {
  const printer = exportsPrinter(flags, io)
  if (flags.unset) {
    printer.unset()
    printer.hint()
    return EXIT.ok
  }
  const deadline = io.clock.now() + (flags.timeout ?? TIMEOUT_MS)
  const kube = await openCluster(flags, io, line => io.stderr.write(`${line}\n`))
  const record = await requireRecord(kube, flags.namespace)
  const target = { namespace: record.namespace, exposure: record.exposure ?? 'load-balancer', uids: uidsOf(record) }
  const source = await readSource(kube, target)
  const { endpoints, missing } = await findCandidates(kube, source, target.exposure, {
    localhost: record.localhost ?? false,
  })
  if (endpoints.length === 0) throw new Unreachable(target, missing, EXIT.failed)
  const proof = flags['no-probe']
    ? { endpoint: endpoints[0], reasons: [] }
    : await prove(endpoints, { answers: 1, deadline }, io)
  if (proof.endpoint === undefined) throw new Unreachable(target, proof.reasons.join('; '), EXIT.failed)
  printer.print(exportsOf(proof.endpoint))
  if (proof.endpoint?.config === undefined)
    io.stderr.write(`The config API stays inside of the cluster: eg-setup forward -n ${record.namespace} reaches it.\n`)
  printer.hint()
  return EXIT.ok
}
