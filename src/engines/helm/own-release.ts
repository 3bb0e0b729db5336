import { CORE_SCHEMA, loadAll, mergeTag, YAMLException } from 'js-yaml'
import { EXIT, UserError } from '../../errors.ts'
import { isKind, kubectlName, ref } from '../../kube/kinds.ts'
import { isPossible } from '../../plan/is-possible.ts'
import { oneLine } from '../../text/sanitize.ts'
import type { Helm } from './program.ts'
import { findRelease, type Listed, type ReleaseRef } from './releases.ts'

/** A plan has about 25 objects in some 20 kB. */
const MOST_TEXT = 500_000
/** So many objects are named. */
const MOST_NAMED = 5

/**
 * The release of that name, or undefined. helm deletes what the stored manifests of a release name, with the permissions of
 * the user who runs it, and anyone who can write Secrets in the namespace can write those: so each revision may hold only what a plan
 * of this namespace can contain. Throws UserError (exit 3) where one does not, or where the release is of another chart.
 */
export async function findOwnRelease(helm: Helm, target: ReleaseRef): Promise<Listed | undefined> {
  const found = await findRelease(helm, target)
  if (found === undefined) return undefined
  const { release, namespace } = target
  const what = `read the manifests of the release ${release}`
  const of = [release, '-n', namespace]
  const history: { revision: number }[] = JSON.parse(
    await helm.run({ what, args: ['history', ...of, '-o', 'json', '--max', '20'] }),
  )
  const texts = await Promise.all(
    history.map(({ revision }) => helm.run({ what, args: ['get', 'manifest', ...of, '--revision', String(revision)] })),
  )
  const beyond = [...new Set(texts.flatMap(text => objectsBeyond(text, target)))]
  if (beyond.length === 0) return found
  throw new UserError(
    `The Helm release ${release} in namespace ${namespace} contains objects that eg-setup's chart doesn't: ${beyond.slice(0, MOST_NAMED).join(', ')}.`,
    {
      fix: `Find out who created it before you remove it:\nhelm get manifest ${release} -n ${namespace}`,
      code: EXIT.precondition,
    },
  )
}

type Document = { apiVersion?: unknown; kind?: unknown; metadata?: { name?: unknown; namespace?: unknown } } | null

/** The objects of a manifest that eg-setup's chart does not contain, as text for people. */
function objectsBeyond(text: string, { release, namespace }: ReleaseRef): string[] {
  if (text.length > MOST_TEXT) return [`more than ${MOST_TEXT} characters`]
  return documentsIn(text).flatMap(document => {
    const { apiVersion, kind, metadata } = document ?? {}
    const name = metadata?.name
    const place = metadata?.namespace ?? namespace
    const shown = oneLine(`${kind} ${place}/${name}`, 100)
    if (typeof kind !== 'string' || typeof name !== 'string' || typeof place !== 'string') return [shown]
    // Namespaces are created without Helm.
    if (!isKind(kind) || kind === 'Namespace') return [shown]
    const object = ref(kind, name, place)
    const isOurs = object.apiVersion === apiVersion && isPossible(object, release, namespace)
    return isOurs ? [] : [oneLine(kubectlName(object), 100)]
  })
}

/** As helm reads it: with merge keys, and a new document at every line that begins with "---". */
const SCHEMA = CORE_SCHEMA.withTags(mergeTag)

function documentsIn(text: string): Document[] {
  if (/^---\S/m.test(text)) return [{ kind: 'a document after "---"' }]
  try {
    return (loadAll(text, { schema: SCHEMA }) as Document[]).filter(document => document !== null)
  } catch (error) {
    if (error instanceof YAMLException) return [{ kind: 'invalid YAML' }]
    throw error
  }
}
