import { matching, type Read, show, type Type } from './types.ts'

/** The names of Kubernetes have neither capitals nor "_". */
const asName = { likely: (text: string) => text.toLowerCase().replaceAll('_', '-') }

/** RFC 1123, as Kubernetes asks of a namespace. */
export const namespaceName = matching(
  'a DNS label (at most 63 characters: a-z, 0-9 and "-", starting and ending with a letter or digit)',
  /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/,
  63,
  asName,
)

/** The etcd, as the guide names it. */
export const ETCD_NAME = 'eg-etcd-cluster'

/** RFC 1035, as Kubernetes asks of a Service; short enough for what the StatefulSet controller appends in a label. */
export const clusterName = matching(
  'a DNS label of at most 52 characters (a-z, 0-9 and "-", starting with a letter, not ending with "-")',
  /^[a-z]([-a-z0-9]*[a-z0-9])?$/,
  52,
  asName,
)

const SUBDOMAIN = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/

/** The name of a Secret. */
export const objectName = matching('a name that contains only a-z, 0-9, "-" and "."', SUBDOMAIN, 253, asName)

/** The name of a Secret, or none. */
export const secretName = matching(
  'the name of a Secret (a-z, 0-9, "-" and "."), or empty',
  new RegExp(`^$|${SUBDOMAIN.source}`),
  253,
  asName,
)

export const className = matching(
  'the name of a StorageClass (a-z, 0-9, "-" and "."), or empty for the default class',
  new RegExp(`^$|${SUBDOMAIN.source}`),
  253,
  asName,
)

/** A label-style name, as Kubernetes asks of spec.loadBalancerClass: [PREFIX/]NAME. */
const LABEL_NAME = /[A-Za-z0-9]([-\w.]{0,61}[A-Za-z0-9])?/
export const balancerClass = matching(
  'a class as [DNS-PREFIX/]NAME such as example.com/internal, or empty',
  new RegExp(`^$|^(${SUBDOMAIN.source.slice(1, -1)}/)?${LABEL_NAME.source}$`),
  317,
)

/** Why Kubernetes would refuse the key of an annotation; undefined if it takes it (case counts for nothing there). */
function keyProblem(key: string): string | undefined {
  const [name = '', prefix, ...more] = key.split('/').reverse()
  const named = name.length <= 63 && /^[a-z0-9]([-\w.]*[a-z0-9])?$/i.test(name)
  const placed = prefix === undefined || (prefix.length <= 253 && SUBDOMAIN.test(prefix.toLowerCase()))
  return named && placed && more.length === 0
    ? undefined
    : `has the key ${show(key)}, which is not a valid annotation key`
}

/** A number with a fraction or an exponent would not keep its digits. */
const ANNOTATION = { type: ['string', 'boolean', 'integer', 'null'] }

/**
 * A mapping of texts, or the guide's list of "key: value", split at the first ": ". A list entry written without
 * quotes is a mapping of one key to YAML and means the same. Values are always texts; a key set to null is left out.
 */
export const annotations: Type<Readonly<Record<string, string>>> = {
  keyed: true,
  schema: {
    type: ['object', 'array', 'null'],
    additionalProperties: ANNOTATION,
    items: { type: ['string', 'object'], pattern: '^[^:\\s]+:\\s', additionalProperties: ANNOTATION },
  },
  read: (value): Read<Record<string, string>> => {
    const found: Record<string, string> = {}
    for (const entry of Array.isArray(value) ? value : [value]) {
      const pairs = pairsOf(entry)
      if (!pairs)
        return Array.isArray(value)
          ? {
              problem: `has the entry ${show(entry)}, which is not "key: value"`,
              fix: 'Write a mapping, key: value.',
            }
          : { problem: `must be a mapping of strings or a list of "key: value"; got ${show(value)}` }
      for (const [key, text] of pairs) {
        const problem = keyProblem(key)
        if (problem)
          return { problem, fix: 'Use keys such as example.com/name, with letters, digits, "-", "_" and ".".' }
        if (text === null) continue
        if (typeof text === 'object') return { problem: `has ${show(text)} under ${key}, which must be a string` }
        found[key] = String(text)
      }
    }
    return { value: found }
  },
}

function pairsOf(entry: unknown): [string, unknown][] | undefined {
  if (entry !== null && typeof entry === 'object' && !Array.isArray(entry)) return Object.entries(entry)
  const [, key, text = ''] = (typeof entry === 'string' && /^([^:\s]+):\s+(.*)$/s.exec(entry)) || []
  // The guide's chart printed the entry into YAML, so quotes around the value belonged to YAML.
  return key === undefined ? undefined : [[key, text.trim().replace(/^(["'])(.*)\1$/s, '$2')]]
}
