import type { KubeObject } from '../kube/object.ts'
import { type Given, RECORDED } from '../settings/given.ts'
import { type Path, SETTINGS, type Settings } from '../settings/setting-rows.ts'
import type { Plan } from './plan.ts'

/**
 * The sensitive settings that only a record asks for and that the cluster does not have yet. Whoever may write ConfigMaps in
 * the namespace can write the record, so it is believed silently only where it changes nothing: anyone who could have changed
 * the live object as well needs no record to do so.
 */
export function findUnconfirmed(
  given: Given,
  settings: Settings,
  planOf: (settings: Settings) => Plan,
  existing: readonly KubeObject[],
): Path[] {
  const planned = objectsOf(planOf(settings))
  const find = (objects: readonly KubeObject[], { kind, metadata: { name, namespace } }: KubeObject) =>
    objects.find(
      ({ kind: other, metadata }) => other === kind && metadata.name === name && metadata.namespace === namespace,
    )
  return SETTINGS.filter(({ path, sensitive }) => sensitive && given[path]?.from === RECORDED)
    .filter(({ path, default: usual }) => {
      const otherwise = objectsOf(planOf({ ...settings, [path]: usual }))
      return planned.some(object => asksForMore(object, find(otherwise, object), find(existing, object)))
    })
    .map(({ path }) => path)
}

const objectsOf = ({ stages }: Plan): readonly KubeObject[] => stages.flatMap(({ objects }) => objects)

type Tree = Readonly<Record<string, unknown>> | undefined

/** Whether what is planned differs from the usual in a field that the live object has otherwise. */
function asksForMore(planned: unknown, usual: unknown, live: unknown): boolean {
  if (same(planned, usual)) return false
  const isTree = typeof planned === 'object' && planned !== null
  const hasTrees = isTree && (!Array.isArray(planned) || planned.some(item => typeof item === 'object'))
  return hasTrees
    ? Object.entries(planned).some(([key, field]) => asksForMore(field, (usual as Tree)?.[key], (live as Tree)?.[key]))
    : !same(planned, live)
}

const same = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b)
