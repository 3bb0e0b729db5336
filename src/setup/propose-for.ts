import type { Io } from '../io.ts'
import type { Reporter } from '../ui/reporter.ts'
import { openCluster } from './open-cluster.ts'
import { type Proposal, propose } from './propose.ts'
import { readRequest, type SetupFlags } from './request.ts'
import { readCluster, readSite, showCluster } from './site.ts'

/** The first half of the straight line, without questions: from the flags to a proposal. Changes nothing. */
export async function proposeFor(flags: SetupFlags, reporter: Reporter, io: Io): Promise<Proposal> {
  const request = await readRequest(flags, io)
  const cluster = await readCluster(await openCluster(flags, io, reporter.note), reporter)
  showCluster(cluster, reporter)
  return propose(request, await readSite(cluster, flags), io)
}
