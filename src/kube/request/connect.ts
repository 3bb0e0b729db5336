import type { Io } from '../../io.ts'
import { VERSION } from '../../release.ts'
import { makeCredentials } from '../login/credentials.ts'
import { loadKubeconfig } from '../login/kubeconfig.ts'
import { chooseTarget } from '../login/target.ts'
import type { Connection } from './connection.ts'
import { type CallLimits, type Hooks, makeSend } from './pipeline.ts'
import { LIMITS } from './send-once.ts'

export type Choice = { readonly kubeconfig?: string; readonly context?: string; readonly namespace?: string }

/**
 * The way to the cluster of the kubeconfig. Reads files, sends nothing yet. Throws UserError (exit 3) when the kubeconfig
 * does not lead to a cluster.
 */
export async function connect(
  choice: Choice,
  io: Io,
  hooks: Hooks = {},
  limits: CallLimits = LIMITS,
): Promise<Connection> {
  const target = await chooseTarget(await loadKubeconfig(choice.kubeconfig, io.env), choice)
  const credentials = makeCredentials(target, io)
  const userAgent = `eg-setup/${VERSION} (node/${process.versions.node})`
  const { context, cluster, server, user, namespace, extensions, files } = target
  return {
    context,
    cluster,
    server,
    user,
    namespace,
    extensions,
    files,
    kubeConfig: credentials.kubeConfig,
    send: makeSend({ target, credentials, io, hooks, limits, userAgent }),
    close: credentials.close,
  }
}
