import type { Release } from '../names.ts'
import type { Choices } from '../plan/derived-row.ts'
import { DERIVED } from '../plan/values.ts'
import { SETTINGS } from '../settings/setting-rows.ts'
import { anyText, type Schema, type Type, yesOrNo } from '../settings/types.ts'

/** A value of a chart. */
export type ChartValue = {
  path: string
  aliases?: readonly string[]
  type: Pick<Type<unknown>, 'schema'>
  default: unknown
  text: string
}

/** Values for what eg-setup detects in the cluster and a chart can't. */
const OF_CHARTS: readonly ChartValue[] = [
  {
    path: 'operator.namespace',
    type: anyText,
    default: '',
    text: 'Namespace of the etcd operator, from which the network policy allows traffic to etcd (default: the release namespace)',
  },
  {
    path: 'crds.enabled',
    type: yesOrNo,
    default: true,
    text: 'Install the EtcdCluster CustomResourceDefinition (kept by helm uninstall)',
  },
]

/** Texts of settings whose `auto` means something else in a chart, which can't inspect the cluster. */
const AUTO: Readonly<Record<string, string>> = {
  expose: 'How clients reach the gateway (auto: follow service.type)',
  'etcd.size': 'Number of etcd members (auto: 1)',
}

const ROWS: readonly ChartValue[] = [
  ...SETTINGS.map(row => ({
    ...row,
    text: AUTO[row.path] ?? row.text,
    // null, because Helm warns if the user's value is a list and the default a mapping, or the reverse.
    default: row.type.keyed ? null : row.default,
  })),
  ...OF_CHARTS,
]

/** The values that these templates ask for. */
export const valuesAskedFor = (templates: readonly string[]): ChartValue[] => {
  const asked = new Set(templates.flatMap(text => [...text.matchAll(/\.Values\.([\w.]+)/g)].map(([, path]) => path)))
  return ROWS.filter(({ path }) => asked.has(path))
}

/** Values that a plan decides beyond their setting. */
const DECIDED: Readonly<Record<string, (choices: Choices) => unknown>> = {
  expose: ({ exposure }) => exposure,
  'etcd.size': ({ etcdSize }) => etcdSize,
  'service.annotations': DERIVED['service.annotations']!.value,
  'operator.namespace': ({ operatorNamespace }) => operatorNamespace,
  'crds.enabled': DERIVED['install.definition']!.value,
}

/** The values that make a chart render the same objects as the plan; defaults are omitted. */
export function valuesFor(rows: readonly ChartValue[], choices: Choices): Tree {
  const settings: Readonly<Record<string, unknown>> = choices.settings
  const chosen = rows.map(row => [row, DECIDED[row.path]?.(choices) ?? settings[row.path]] as const)
  return nested(
    chosen
      .filter(([row, value]) => JSON.stringify(value) !== JSON.stringify(row.default))
      .map(([{ path }, value]) => [path, value]),
  )
}

export type Tree = { [name: string]: unknown }

/** Dotted paths as mappings in mappings. */
function nested(entries: readonly (readonly [path: string, value: unknown])[]): Tree {
  const tree: Tree = {}
  for (const [path, value] of entries) {
    const names = path.split('.')
    const last = names.pop()!
    let parent = tree
    for (const name of names) {
      parent[name] ??= {}
      parent = parent[name] as Tree
    }
    parent[last] = value
  }
  return tree
}

/** A row as the leaf of a tree. */
class Leaf {
  readonly row: ChartValue
  constructor(row: ChartValue) {
    this.row = row
  }
}

/** values.yaml: each value with its default and what it is. */
export function valuesYaml(rows: readonly ChartValue[], release: Release): string {
  const lines = (tree: Tree, indent: string): string[] =>
    Object.entries(tree).flatMap(([name, node]) =>
      node instanceof Leaf
        ? [`${indent}# ${node.row.text}`, `${indent}${name}: ${JSON.stringify(node.row.default)}`]
        : [`${indent}${name}:`, ...lines(node as Tree, `${indent}  `)],
    )
  const tree = nested(rows.map(row => [row.path, new Leaf(row)]))
  return [
    `# Values for release ${release}. The same settings are listed by: eg-setup help settings`,
    ...lines(tree, ''),
    '',
  ].join('\n')
}

/** values.schema.json: refuses what no template asks for; the aliases are accepted. */
export function valuesSchema(rows: readonly ChartValue[]): string {
  const schemaOf = (node: unknown): Schema => {
    if (node instanceof Leaf) return { description: node.row.text, ...node.row.type.schema }
    const properties = Object.fromEntries(Object.entries(node as Tree).map(([name, child]) => [name, schemaOf(child)]))
    return { type: 'object', additionalProperties: false, properties }
  }
  const paths = rows.flatMap(row => [row.path, ...(row.aliases ?? [])].map(path => [path, new Leaf(row)] as const))
  const schema = schemaOf({ ...nested(paths), global: {} })
  return `${JSON.stringify({ $schema: 'http://json-schema.org/draft-07/schema#', ...schema }, undefined, 2)}\n`
}
