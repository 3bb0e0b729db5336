import type { KubeObject } from '../../kube/object.ts'
import type { Kind } from './kinds.ts'

/**
 * Fields of an object by path, for server-side apply. A path is a list of elements as in metadata.managedFields:
 * "f:name" a field, 'k:{"name":"x"}' an item of a list with keys, 'v:"x"' an item of a set. Paths are joined by SEPARATOR.
 */
export const SEPARATOR = '\u0000'

/** How the items of a list are told apart: by these fields, by their value, or not at all (undefined: all or nothing). */
type ListType = readonly string[] | 'set' | undefined

const POD_LISTS: Readonly<Record<string, readonly string[]>> = {
  containers: ['name'],
  initContainers: ['name'],
  'containers.env': ['name'],
  'initContainers.env': ['name'],
  'containers.ports': ['containerPort', 'protocol'],
  'initContainers.ports': ['containerPort', 'protocol'],
  'containers.volumeMounts': ['mountPath'],
  'initContainers.volumeMounts': ['mountPath'],
  volumes: ['name'],
  imagePullSecrets: ['name'],
  hostAliases: ['ip'],
  topologySpreadConstraints: ['topologyKey', 'whenUnsatisfiable'],
}

/** Lists that are no pod's: "<kind> <path>", and "* <path>" for any kind of Kubernetes' own. */
const LISTS: Readonly<Record<string, ListType>> = {
  '* metadata.ownerReferences': ['uid'],
  '* metadata.finalizers': 'set',
  '* status.conditions': ['type'],
  'Service spec.ports': ['port', 'protocol'],
  'ServiceAccount secrets': ['name'],
  'Node status.addresses': ['type'],
}

const POD_SPECS: Readonly<Record<string, string>> = {
  Pod: 'spec.',
  Deployment: 'spec.template.spec.',
  ReplicaSet: 'spec.template.spec.',
  StatefulSet: 'spec.template.spec.',
}

/** Maps and structs marked "atomic" in Kubernetes' types: they have one owner as a whole. */
const ATOMIC =
  /(^|\.)(selector|podSelector|namespaceSelector|labelSelector|nodeSelector|roleRef|fieldRef|secretKeyRef|configMapKeyRef|resourceFieldRef|involvedObject|ownerReferences|imagePullSecrets)$/

export function listType({ kind, custom }: Kind, path: string): ListType {
  const pod = POD_SPECS[kind]
  if (pod && path.startsWith(pod) && !custom) return POD_LISTS[path.slice(pod.length)]
  return LISTS[`${kind} ${path}`] ?? LISTS[`* ${path}`]
}

export const isAtomic = ({ custom }: Kind, path: string) =>
  ATOMIC.test(path) && (!custom || path.startsWith('metadata.'))

export const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** The path element of a list's item. */
export function itemElement(keys: readonly string[] | 'set', item: unknown): string {
  if (keys === 'set') return `v:${JSON.stringify(item)}`
  const fields = isObject(item) ? item : {}
  return `k:${JSON.stringify(Object.fromEntries(keys.map(key => [key, fields[key] ?? (key === 'protocol' ? 'TCP' : null)])))}`
}

/** Fields that nobody owns. */
const UNOWNED =
  /^(apiVersion|kind|metadata\.(name|namespace|creationTimestamp|selfLink|uid|generation|managedFields|resourceVersion|deletionTimestamp|deletionGracePeriodSeconds))$/

/** Every field of an object that can be owned, with its value as JSON. */
export function leavesOf(kind: Kind, object: KubeObject): Map<string, string> {
  const leaves = new Map<string, string>()
  const visit = (value: unknown, elements: readonly string[], path: string): void => {
    const add = () => leaves.set(elements.join(SEPARATOR), JSON.stringify(value))
    if (Array.isArray(value)) {
      const keys = listType(kind, path)
      if (keys === undefined) add()
      else
        for (const item of value) {
          const below = [...elements, itemElement(keys, item)]
          leaves.set(below.join(SEPARATOR), keys !== 'set' && isAtomic(kind, path) ? JSON.stringify(item) : '')
          if (keys !== 'set' && !isAtomic(kind, path)) fields(item, below, path)
        }
    } else if (isObject(value) && Object.keys(value).length > 0 && !isAtomic(kind, path)) fields(value, elements, path)
    else add()
  }
  const fields = (value: unknown, elements: readonly string[], path: string): void => {
    for (const [key, below] of Object.entries(value as object)) {
      const name = path === '' ? key : `${path}.${key}`
      if (below !== undefined && below !== null && !UNOWNED.test(name)) visit(below, [...elements, `f:${key}`], name)
    }
  }
  fields(object, [], '')
  return leaves
}

type Tree = { [element: string]: Tree }

/** As metadata.managedFields[].fieldsV1 has it. */
export function toFieldsV1(paths: Iterable<string>): Tree {
  const all = [...paths]
  const root: Tree = {}
  const members = new Set(all)
  for (const path of all) {
    let node = root
    const elements = path.split(SEPARATOR)
    for (const [index, element] of elements.entries()) {
      if (!node[element]) node[element] = {}
      node = node[element]
      const here = elements.slice(0, index + 1).join(SEPARATOR)
      if (index < elements.length - 1 && members.has(here)) node['.'] = {}
    }
  }
  return root
}

/** The opposite of toFieldsV1. */
export function fromFieldsV1(tree: object | undefined): Set<string> {
  const paths = new Set<string>()
  const visit = (node: Tree, elements: readonly string[]) => {
    const names = Object.keys(node).filter(name => name !== '.')
    if (elements.length > 0 && (names.length === 0 || node['.'])) paths.add(elements.join(SEPARATOR))
    for (const name of names) visit(node[name]!, [...elements, name])
  }
  visit((tree ?? {}) as Tree, [])
  return paths
}

/** A path as error messages show it: .spec.ports[port=80,protocol="TCP"].name */
export function showPath(path: string): string {
  return path
    .split(SEPARATOR)
    .map(element => {
      if (element.startsWith('f:')) return `.${element.slice(2)}`
      if (element.startsWith('v:')) return `[=${element.slice(2)}]`
      const keys = Object.entries(JSON.parse(element.slice(2)) as object)
      return `[${keys.map(([key, value]) => `${key}=${JSON.stringify(value)}`).join(',')}]`
    })
    .join('')
}
