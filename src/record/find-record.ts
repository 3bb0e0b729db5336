import { EXIT, UserError } from '../errors.ts'
import { kubectlName } from '../kube/kinds.ts'
import type { KubeObject } from '../kube/object.ts'
import type { Kube } from '../kube/request/client.ts'
import { unlessForbidden } from '../kube/request/unless-forbidden.ts'
import { MANAGED_BY, MANAGER, type Release } from '../names.ts'
import { PROGRAM } from '../text/program.ts'
import { sh } from '../text/shell-words.ts'
import { type InstallRecord, recordRef } from './record.ts'
import { readContents } from './record-schema.ts'

/**
 * The record of a release in a namespace, or undefined. Throws UserError (exit 3) for a ConfigMap of that name that is not
 * eg-setup's or is damaged.
 */
export async function readRecord(kube: Kube, release: Release, namespace: string): Promise<InstallRecord | undefined> {
  const found = await kube.read(recordRef(release, namespace))
  return found === undefined ? undefined : parseRecord(found, release, namespace)
}

function parseRecord({ metadata, data }: KubeObject, release: Release, namespace: string): InstallRecord {
  const place = recordRef(release, namespace)
  const where = kubectlName(place)
  if (metadata.labels?.[MANAGED_BY] !== MANAGER)
    throw new UserError(
      `${where} has the name that eg-setup uses for its installation record, but eg-setup did not create it.`,
      {
        fix: 'Choose another namespace with -n, or delete the ConfigMap if nothing uses it.',
        code: EXIT.precondition,
      },
    )
  const contents = readContents(data?.['record'])
  if ('damaged' in contents)
    throw new UserError(`The record of the installation in ${where} is damaged: ${contents.damaged}.`, {
      fix: `Inspect the record:\nkubectl get ${where} -o yaml\nOr replace the record, which keeps the installation. Add your settings to the second command:\nkubectl delete ${where}\n${sh`${PROGRAM} -n ${namespace}`}`,
      code: EXIT.precondition,
    })
  const since = metadata.creationTimestamp
  return { ...contents, release, namespace: place.namespace ?? '', ...(since !== undefined && { since }) }
}

/**
 * The record of the installation in the namespace given, else in the context's. An installation in another namespace is
 * never chosen silently: anyone who can create ConfigMaps there can claim to be one, and nothing in the cluster proves who
 * installed it. Throws UserError: exit 2 naming the namespaces to choose from, exit 3 where there are none.
 */
export async function requireRecord(
  kube: Kube,
  given: string | undefined,
  warn: (text: string, fix: string) => void,
): Promise<InstallRecord> {
  const { namespace: usual, context } = kube.connection
  const namespace = given ?? usual
  const here = await readRecord(kube, 'eg', namespace)
  if (here !== undefined) return here
  // Loaded only now: `env` starts faster without the templates.
  const { missingRecord, findUnrecorded } = await import('./find-unrecorded.ts')
  const found = await findUnrecorded(kube, namespace, '')
  if (found !== undefined) {
    warn(missingRecord(found), sh`Recreate the record:\n${PROGRAM} -n ${namespace}`)
    return found
  }
  const elsewhere = given === undefined ? await installedIn(kube) : []
  if (elsewhere.length > 0)
    throw new UserError(`No eg-setup installation in namespace ${namespace}. Installed in: ${elsewhere.join(', ')}.`, {
      fix: `Choose a namespace: -n ${elsewhere[0]}`,
      code: EXIT.usage,
    })
  throw new UserError(`No eg-setup installation in namespace ${namespace} of context ${context}.`, {
    fix: sh`Choose another namespace or context with -n NAMESPACE or --context NAME, or install:\n${PROGRAM}`,
    code: EXIT.precondition,
  })
}

/** So many namespaces are named. */
const MOST_NAMED = 50

/**
 * The namespaces with a record, as far as this kubeconfig may see them. Only names are read: what others have written into
 * theirs cannot get in the way.
 */
export async function installedIn(kube: Kube): Promise<string[]> {
  const fields = `metadata.name=${recordRef('eg', '').name}`
  const listing = { labels: { [MANAGED_BY]: MANAGER }, fields, limit: MOST_NAMED }
  const found = (await unlessForbidden(kube.list('ConfigMap', listing))) ?? []
  return found.flatMap(({ metadata }) => metadata.namespace ?? [])
}
