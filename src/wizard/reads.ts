import type { Io } from '../io.ts'
import { type ContextRow, listContexts, loadKubeconfig } from '../kube/login/kubeconfig.ts'
import { NoCluster } from '../kube/precondition-error.ts'
import type { Kube } from '../kube/request/client.ts'
import { openCluster } from '../setup/open-cluster.ts'
import { propose } from '../setup/propose.ts'
import { isRemoval, type Request, type SetupFlags } from '../setup/request.ts'
import { type Cluster, readCluster, readSite, showCluster } from '../setup/site.ts'
import type { Reporter } from '../ui/reporter.ts'
import { absenceError, absenceOf } from './no-cluster.ts'
import type { Read } from './question.ts'

/** The contexts of the kubeconfig; none without a kubeconfig. */
export const contexts = (io: Io): Read => ({
  read: async ({ flags }) => ({ contexts: await readContexts(flags, io) }),
})

async function readContexts({ kubeconfig }: SetupFlags, io: Io): Promise<ContextRow[]> {
  try {
    return listContexts(await loadKubeconfig(kubeconfig, io.env))
  } catch (error) {
    if (error instanceof NoCluster) return []
    throw error
  }
}

/** The cluster of the context, or why none is reachable. A person logs in to a context once. */
export function cluster(io: Io, reporter: Reporter): Read {
  const logins = new Map<string | undefined, Kube>()
  return {
    read: async ({ flags }, known) => {
      if (known.cluster !== undefined) return {}
      try {
        const kube = logins.get(flags.context) ?? (await openCluster(flags, io, reporter.note))
        logins.set(flags.context, kube)
        return { cluster: await readShown(kube, reporter), absence: undefined }
      } catch (error) {
        return { absence: absenceOf(error, flags.context, known.contexts) }
      }
    },
  }
}

/** Reads the cluster of the flags, without prompts. Throws UserError (exit 3) with the next steps if none is reachable. */
export async function requireCluster({ flags }: Request, reporter: Reporter, io: Io): Promise<Cluster> {
  try {
    return await readShown(await openCluster(flags, io, reporter.note), reporter)
  } catch (error) {
    const contexts = await readContexts(flags, io)
    throw absenceError(absenceOf(error, flags.context, contexts), io)
  }
}

async function readShown(kube: Kube, reporter: Reporter): Promise<Cluster> {
  const cluster = await readCluster(kube, reporter)
  showCluster(cluster, reporter)
  return cluster
}

/** The namespace and what is installed there. Throws the error of an absent cluster. */
export const site: Read = {
  read: async ({ flags }, { absence, cluster, site }) => {
    if (absence !== undefined) throw absence.error
    const namespace = flags.namespace ?? cluster.kube.connection.namespace
    return site?.namespace === namespace ? {} : { site: await readSite(cluster, flags) }
  },
}

/** The plan for the answers so far, and the outcomes of its checks. */
export const proposal = (io: Io): Read => ({
  read: async (request, { site, proposal }) =>
    isRemoval(request) || proposal?.request === request ? {} : { proposal: await propose(request, site, io) },
})
