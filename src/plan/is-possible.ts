import templates from 'templates'
import type { KubeObject, Ref } from '../kube/object.ts'
import { OPERATOR_NAMESPACE, type Release } from '../names.ts'
import { clusterName } from '../settings/names.ts'
import { STAGES } from './plan.ts'

/**
 * Whether a plan for this namespace can contain the object in that release, whatever its settings: by its kind, its name and
 * its place. Cluster-wide objects belong to the operator's release alone.
 */
export function isPossible({ kind, name, namespace }: Ref, release: Release, place: string): boolean {
  return STAGES.filter(stage => stage.release === release)
    .flatMap(stage => stage.templates.map(([file]) => templates[file] as KubeObject))
    .some(
      ({ kind: planned, metadata }) =>
        planned === kind &&
        fits(metadata.name, name, place) &&
        (metadata.namespace === undefined ? namespace === undefined : fits(metadata.namespace, namespace ?? '', place)),
    )
}

/** What the placeholders in a name may stand for. */
const PLACEHOLDERS: Readonly<Record<string, (text: string, place: string) => boolean>> = {
  namespace: (text, place) => text === place,
  'operator.namespace': text => text === OPERATOR_NAMESPACE,
  etcd_cluster_name: text => 'value' in clusterName.read(text),
}

function fits(template: string, text: string, place: string): boolean {
  const [before = '', placeholder, after = ''] = template.split(/\$\{([\w.]+)\}/)
  if (placeholder === undefined) return text === template
  const isLong = text.length > before.length + after.length
  const value = text.slice(before.length, text.length - after.length)
  return isLong && text === before + value + after && (PLACEHOLDERS[placeholder]?.(value, place) ?? false)
}
