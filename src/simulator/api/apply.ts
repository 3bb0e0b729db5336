import { isDeepStrictEqual } from 'node:util'
import type { KubeObject } from '../../kube/object.ts'
import { fromFieldsV1, isObject, itemElement, leavesOf, listType, SEPARATOR, showPath, toFieldsV1 } from './fields.ts'
import type { Kind } from './kinds.ts'
import { apiVersionOf } from './kinds.ts'
import { mergeApplied } from './merge.ts'
import { Refusal } from './refusal.ts'

/** One entry of metadata.managedFields. */
type Manager = {
  manager: string
  operation: 'Apply' | 'Update'
  apiVersion: string
  time?: string | undefined
  fieldsType: 'FieldsV1'
  fieldsV1: object
  subresource?: string
}

/** Who writes, and when: an RFC 3339 time in seconds. */
export type Writer = { manager: string; operation: 'Apply' | 'Update'; subresource?: string; time: string | undefined }

const managersOf = (object: KubeObject | undefined) => (object?.metadata.managedFields ?? []) as Manager[]

const isSame = (entry: Manager, { manager, operation, subresource }: Writer, apiVersion: string) =>
  entry.manager === manager &&
  entry.operation === operation &&
  entry.subresource === subresource &&
  (operation === 'Apply' || entry.apiVersion === apiVersion)

function withManagers(object: KubeObject, managers: readonly Manager[]): KubeObject {
  const { managedFields: _, ...metadata } = object.metadata
  const kept = managers.filter(({ fieldsV1 }) => Object.keys(fieldsV1).length > 0)
  return { ...object, metadata: kept.length > 0 ? { ...metadata, managedFields: kept } : metadata } as KubeObject
}

function withFields(entry: Manager, paths: Set<string>, time: string | undefined): Manager {
  const same = isDeepStrictEqual(fromFieldsV1(entry.fieldsV1), paths)
  return same ? entry : { ...entry, fieldsV1: toFieldsV1(paths), ...(time ? { time } : {}) }
}

/** Notes who owns what after a write that is no apply: the writer owns what it changed, and nobody what is gone. */
export function trackUpdate(kind: Kind, live: KubeObject | undefined, next: KubeObject, writer: Writer): KubeObject {
  const before = live ? leavesOf(kind, live) : new Map<string, string>()
  const after = leavesOf(kind, next)
  const changed = new Set([...after].filter(([path, value]) => before.get(path) !== value).map(([path]) => path))
  const isGone = (path: string) => before.has(path) && !after.has(path)
  const entries = managersOf(live).map(entry => {
    const mine = isSame(entry, writer, apiVersionOf(kind))
    const kept = [...fromFieldsV1(entry.fieldsV1)].filter(path => !isGone(path) && (mine || !changed.has(path)))
    return withFields(entry, new Set(mine ? [...kept, ...changed] : kept), mine ? writer.time : entry.time)
  })
  if (changed.size > 0 && !entries.some(entry => isSame(entry, writer, apiVersionOf(kind))))
    entries.push(newEntry(kind, writer, changed))
  return withManagers(next, entries)
}

function newEntry(kind: Kind, { manager, operation, subresource, time }: Writer, paths: Iterable<string>): Manager {
  const fields = { fieldsType: 'FieldsV1' as const, fieldsV1: toFieldsV1(paths) }
  return {
    manager,
    operation,
    apiVersion: apiVersionOf(kind),
    time,
    ...fields,
    ...(subresource ? { subresource } : {}),
  }
}

/**
 * Server-side apply: `config` over `live`, fields that this manager has given up removed. Throws a Refusal with the causes
 * FieldManagerConflict where another manager owns a field with another value, unless `force`.
 */
export function applyConfig(
  kind: Kind,
  live: KubeObject,
  config: KubeObject,
  { writer, force }: { writer: Writer; force: boolean },
): KubeObject {
  const wanted = new Set(leavesOf(kind, config).keys())
  const managers = managersOf(live)
  const mine = managers.find(entry => isSame(entry, writer, apiVersionOf(kind)))
  const others = managers.filter(entry => entry !== mine)
  const owned = others.map(entry => [...fromFieldsV1(entry.fieldsV1)])
  const merged = structuredClone(mergeApplied(kind, live, config)) as KubeObject
  for (const path of givenUp(fromFieldsV1(mine?.fieldsV1), wanted))
    if (!owned.some(paths => paths.some(other => isWithin(other, path)))) removeAt(kind, merged, path)

  const before = leavesOf(kind, live)
  const after = leavesOf(kind, merged)
  const clashes = others.map((_, index) =>
    owned[index]!.filter(path => after.has(path) && before.get(path) !== after.get(path)),
  )
  if (!force && clashes.some(paths => paths.length > 0)) throw fieldConflict(others, clashes)
  const kept = others.map((entry, index) => {
    const paths = owned[index]!.filter(
      path => !clashes[index]!.includes(path) && !(before.has(path) && !after.has(path)),
    )
    return withFields(entry, new Set(paths), entry.time)
  })
  // Where nothing changes, the time of the last change stays; a new owner of the same values has none.
  const isSameObject = isDeepStrictEqual([...before].sort(), [...after].sort())
  const own = mine
    ? withFields(mine, wanted, isSameObject ? mine.time : writer.time)
    : newEntry(kind, isSameObject ? { ...writer, time: undefined } : writer, wanted)
  return withManagers(merged, [own, ...kept])
}

const isWithin = (path: string, parent: string) => path === parent || path.startsWith(parent + SEPARATOR)

/** Fields and their parents that were owned and are no longer asked for, parents first. */
function givenUp(before: Set<string>, wanted: Set<string>): string[] {
  const withParents = (paths: Set<string>) =>
    new Set([...paths].flatMap(path => path.split(SEPARATOR).map((_, i, all) => all.slice(0, i + 1).join(SEPARATOR))))
  const still = withParents(wanted)
  return [...withParents(before)].filter(path => !still.has(path)).sort((one, other) => one.length - other.length)
}

function removeAt(kind: Kind, object: KubeObject, path: string): void {
  const elements = path.split(SEPARATOR)
  let node: unknown = object
  let names = ''
  for (const [index, element] of elements.entries()) {
    const last = index === elements.length - 1
    if (element.startsWith('f:')) {
      if (!isObject(node)) return
      const key = element.slice(2)
      names = names === '' ? key : `${names}.${key}`
      if (last) delete node[key]
      else node = node[key]
    } else {
      const keys = listType(kind, names)
      if (!Array.isArray(node) || keys === undefined) return
      const at = node.findIndex(item => itemElement(keys, item) === element)
      if (last && at >= 0) node.splice(at, 1)
      else node = node[at]
    }
  }
}

const byShown = (one: string, other: string) => (showPath(one) < showPath(other) ? -1 : 1)

function fieldConflict(others: readonly Manager[], clashes: readonly (readonly string[])[]): Refusal {
  const shown = others.map(({ manager, operation, apiVersion, subresource }) => {
    const name = `${JSON.stringify(manager)}${subresource ? ` with subresource "${subresource}"` : ''}`
    return operation === 'Update' ? `${name} using ${apiVersion}` : name
  })
  const causes = clashes.flatMap((paths, index) =>
    [...paths].sort(byShown).map(path => ({
      reason: 'FieldManagerConflict',
      message: `conflict with ${shown[index]}`,
      field: showPath(path),
    })),
  )
  return new Refusal(
    409,
    'Conflict',
    `Apply failed with ${causes.length} conflicts: ${causes.map(({ message }) => message).join(', ')}`,
    { causes },
  )
}
