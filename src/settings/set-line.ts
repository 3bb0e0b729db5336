import { type Read, show } from './types.ts'

type Pair = readonly [key: string, value: string | readonly string[] | null]

/**
 * The pairs of one --set, as helm reads them (helm/helm: pkg/strvals): `a.b=c,d=2`, lists as `a={b,c}`, `a=null` for
 * the default, a backslash before "," and "." that belong to a value or a key.
 */
export function readSetLine(line: string): Read<readonly Pair[]> {
  const pairs: Pair[] = []
  const part = /((?:\\.|[^\\=,])+)=(?:\{((?:\\.|[^\\}])*)\}|((?!\{)(?:\\.|[^\\,])*))(?:,|$)/sy
  while (part.lastIndex < line.length) {
    const start = part.lastIndex
    const [, key, list, text = ''] = part.exec(line) ?? []
    if (key === undefined) return problemAt(line.slice(start))
    pairs.push([plain(key), list !== undefined ? itemsOf(list) : text === 'null' ? null : plain(text)])
  }
  return pairs.length > 0 ? { value: pairs } : problemAt(line)
}

/** The arguments of --set that give a setting a value: several for a mapping. */
export function setLinesOf(path: string, value: unknown): string[] {
  if (Array.isArray(value)) return [`${path}={${value.map(item => escaped(String(item))).join(',')}}`]
  if (typeof value === 'object' && value !== null)
    return Object.entries(value).flatMap(([key, item]) => setLinesOf(`${path}.${key}`, item))
  const text = escaped(String(value))
  return [`${path}=${text === 'null' ? '\\null' : text}`]
}

const escaped = (text: string) => text.replace(/[\\,{}]/g, '\\$&')
const plain = (text: string) => text.replace(/\\(.)/gs, '$1')
const itemsOf = (list: string) => (list.match(/(?:\\.|[^\\,])+/gs) ?? []).map(plain)

function problemAt(rest: string): Read<never> {
  const problem = `has a syntax error at ${show(rest)}`
  if (/^[^=]+=\{/.test(rest)) return { problem, fix: 'Close the list with "}": --set \'command={-log-level=info}\'' }
  return { problem, fix: 'Write key=value; put a backslash before a comma that belongs to the value.' }
}
