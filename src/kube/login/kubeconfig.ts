import { existsSync } from 'node:fs'
import { delimiter, join, resolve } from 'node:path'
import { oneLine } from '../../text/sanitize.ts'
import { NoCluster, preconditionError } from '../precondition-error.ts'
import { inCluster } from './in-cluster.ts'
import { fields, type Kubeconfig, readKubeconfigFile, text } from './kubeconfig-file.ts'

export type ContextRow = { name: string; cluster: string; server: string; namespace: string; current: boolean }

type Env = Readonly<Record<string, string | undefined>>

/**
 * The kubeconfig as kubectl sees it: `--kubeconfig`, else the files of KUBECONFIG, else ~/.kube/config; the first file
 * that has a name wins, whole entries at a time (client-go's ClientConfigLoadingRules). Where none says anything, the
 * service account of the pod. Throws UserError (exit 3) when there is nothing, or a file is no kubeconfig.
 */
export async function loadKubeconfig(explicit: string | undefined, env: Env): Promise<Kubeconfig> {
  const places = explicit ? [resolve(explicit)] : defaultPlaces(env)
  if (explicit && !existsSync(resolve(explicit)))
    throw preconditionError(
      `The kubeconfig ${oneLine(explicit)} (--kubeconfig) does not exist.`,
      'Use an existing file, or remove --kubeconfig to use KUBECONFIG or ~/.kube/config.',
    )
  const merged = await merge(places)
  if (merged.contexts.size > 0 || explicit) return merged
  const pod = await inCluster(env)
  if (pod) return pod
  if (merged.files.length > 0) return merged
  throw new NoCluster(
    `No kubeconfig was found. Searched: ${places.map(place => oneLine(place)).join(', ') || 'KUBECONFIG'}.`,
    'Set KUBECONFIG or --kubeconfig FILE, or start a cluster:\nminikube start',
  )
}

function defaultPlaces(env: Env): string[] {
  const listed = env['KUBECONFIG']
  if (listed) return [...new Set(listed.split(delimiter).filter(Boolean))].map(file => resolve(file))
  const home = env['HOME'] || env['USERPROFILE']
  return home ? [join(home, '.kube', 'config')] : []
}

async function merge(places: readonly string[]): Promise<Kubeconfig> {
  const all = await Promise.all(places.map(async file => ({ file, parts: await readKubeconfigFile(file) })))
  const read = all.filter(({ parts }) => parts)
  const parts = read.map(one => one.parts!)
  // Later entries of a Map replace earlier ones: hence the last file first.
  const merged = (list: 'clusters' | 'users' | 'contexts') => new Map(parts.toReversed().flatMap(one => [...one[list]]))
  return {
    files: read.map(({ file }) => file),
    currentContext: parts.find(one => one.currentContext)?.currentContext ?? '',
    clusters: merged('clusters'),
    users: merged('users'),
    contexts: merged('contexts'),
  }
}

/** The contexts there are, by name, for people to choose from. */
export function listContexts({ contexts, clusters, currentContext }: Kubeconfig): ContextRow[] {
  return [...contexts]
    .map(([name, context]) => {
      const cluster = text(context['cluster'])
      return {
        name,
        cluster,
        server: text(fields(clusters.get(cluster))['server']),
        namespace: text(context['namespace']) || 'default',
        current: name === currentContext,
      }
    })
    .sort((one, other) => (one.name < other.name ? -1 : 1))
}
