import { nearest } from '../../text/nearest.ts'
import { oneLine, withoutTail } from '../../text/sanitize.ts'
import { sh } from '../../text/shell-words.ts'
import { NoCluster, preconditionError } from '../precondition-error.ts'
import { withCertificates } from './certificates.ts'
import { listContexts } from './kubeconfig.ts'
import { type Entry, fields, type Kubeconfig, text } from './kubeconfig-file.ts'

/** What the kubeconfig says about the one cluster a run works with. */
export type Destination = {
  readonly context: string
  readonly cluster: string
  /** Without a slash at its end, and without credentials. */
  readonly server: string
  readonly user: string
  /** The one chosen, else that of the context, else "default". */
  readonly namespace: string
  /** `extensions` of the context and the cluster, as minikube writes them. */
  readonly extensions: readonly { name: string; extension: unknown }[]
  /** The kubeconfig files that were merged, for programs that take KUBECONFIG; none inside a cluster. */
  readonly files: readonly string[]
}

/** How a run gets in there. The entries hold secrets: they are for no message. */
export type Target = Destination & {
  /** `server` is a full URL here; certificates are inline. */
  readonly clusterEntry: Entry
  readonly userEntry: Entry
}

/**
 * The target of `--context`, else of the current context.
 * Throws UserError (exit 3) when the context, its cluster, its user, its server or a certificate is missing or unfit.
 */
export async function chooseTarget(
  config: Kubeconfig,
  choice: { context?: string; namespace?: string },
): Promise<Target> {
  const context = choice.context || config.currentContext
  const entry = contextEntry(config, context)
  const cluster = text(entry['cluster'])
  const user = text(entry['user'])
  const rawCluster = named(config.clusters, 'cluster', cluster, context)
  const rawUser = user ? named(config.users, 'user', user, context) : {}
  const { clusterEntry, userEntry } = await withCertificates({ clusterEntry: rawCluster, userEntry: rawUser })
  const url = serverUrl(clusterEntry, userEntry, cluster)
  return {
    context,
    cluster,
    server: withoutTail(`${url.origin}${url.pathname}`, '/'),
    user,
    namespace: choice.namespace || text(entry['namespace']) || 'default',
    extensions: [...extensionsOf(entry), ...extensionsOf(rawCluster)],
    files: config.files,
    clusterEntry: { ...clusterEntry, server: url.href },
    userEntry,
  }
}

function contextEntry(config: Kubeconfig, name: string): Entry {
  const found = config.contexts.get(name)
  if (found) return found
  const names = listContexts(config).map(row => row.name)
  if (names.length === 0)
    throw new NoCluster(
      `The kubeconfig (${config.files.map(file => oneLine(file)).join(', ')}) has no contexts.`,
      'Use another file with --kubeconfig FILE, or start a cluster:\nminikube start',
    )
  const near = name ? nearest(name, names) : undefined
  const first = near ?? names[0]!
  const list = oneLine([first, ...names.filter(other => other !== first)].join(', '))
  throw name
    ? preconditionError(
        `The kubeconfig has no context "${oneLine(name)}". Its contexts: ${list}.`,
        sh`Choose one: --context ${first}`,
      )
    : preconditionError(
        `The kubeconfig has no current context. Available contexts: ${list}.`,
        sh`Choose one with --context ${first}, or set the current context:\nkubectl config use-context ${first}`,
      )
}

function named(entries: ReadonlyMap<string, Entry>, kind: 'cluster' | 'user', name: string, context: string): Entry {
  const found = entries.get(name)
  if (found) return found
  throw preconditionError(
    `Context "${oneLine(context)}" refers to ${kind} "${oneLine(name)}", which is not in the kubeconfig.`,
    sh`Choose another context with --context NAME, or correct this one:\nkubectl config set-context ${context} --${kind}=NAME`,
  )
}

/** Without a scheme it is https where the entries speak of TLS, else http (client-go's DefaultServerURL). */
function serverUrl(cluster: Entry, user: Entry, name: string): URL {
  const server = text(cluster['server']).trim()
  const tls =
    cluster['certificate-authority-data'] || user['client-certificate-data'] || cluster['insecure-skip-tls-verify']
  const full = /^[a-z]+:\/\//i.test(server) ? server : `${tls ? 'https' : 'http'}://${server}`
  const url = server && URL.canParse(full) ? new URL(full) : undefined
  if (url && /^https?:$/.test(url.protocol)) return url
  throw preconditionError(
    `Cluster "${oneLine(name)}" in the kubeconfig has ${server ? 'an invalid server URL' : 'no server'}.`,
    sh`Choose another context with --context NAME, or set the server:\nkubectl config set-cluster ${name} --server=https://HOST:PORT`,
  )
}

function extensionsOf(entry: Entry): { name: string; extension: unknown }[] {
  const list = entry['extensions']
  if (!Array.isArray(list)) return []
  return list.map(fields).map(({ name, extension }) => ({ name: text(name), extension }))
}
