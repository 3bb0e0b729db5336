/** The tree of paths by which Event Gateway 0.9.0 routes sync subscriptions: `:name` parameters and a last `*name`. */
export type PathTree<T> = {
  /** Undefined when added, else why the route clashes, in the gateway's words. */
  readonly add: (path: string, value: T) => string | undefined
  /** Undefined when removed, no matter who added it; otherwise why not. Throws Crash where the gateway dereferences nil. */
  readonly remove: (path: string) => string | undefined
  readonly find: (path: string) => { value: T; params: Record<string, string> } | undefined
}

/** What ends the whole process of the gateway, on every replica. */
export class Crash extends Error {}

type Node<T> = { segment: string; children: Map<string, Node<T>>; value?: T }

const isParam = (segment: string) => segment.startsWith(':')
const isWildcard = (segment: string) => segment.startsWith('*')
const isDynamic = (segment: string) => isParam(segment) || isWildcard(segment)
const segmentsOf = (path: string) => path.split('/').slice(1)
const goQuote = (text: string) => JSON.stringify(text)
const node = <T>(segment: string): Node<T> => ({ segment, children: new Map() })

/** Why a segment cannot stand beside what is there, in the gateway's words. */
function clash(there: string, segment: string, path: string): string | undefined {
  const named = `with different name (${goQuote(isDynamic(there) ? there.slice(1) : '')}) already defined: for route: ${path}`
  if (isWildcard(there) || isWildcard(segment)) return `wildcard ${named}`
  if (isParam(there) && there !== segment) return `parameter ${named}`
  return !isParam(there) && isParam(segment) ? `static route already defined for route: ${path}` : undefined
}

export function makePathTree<T>(): PathTree<T> {
  const root = node<T>('')

  function setAt(at: Node<T>, path: string, value: T): string | undefined {
    if (at.value !== undefined) return `route ${path} conflicts with existing route`
    at.value = value
    return undefined
  }

  return {
    add: (path, value) => {
      // "/" is the root itself, which no wildcard shadows.
      if (path === '/') return setAt(root, path, value)
      let at = root
      for (const segment of segmentsOf(path)) {
        if (isWildcard(at.segment)) return 'wildcard must be the last parameter'
        const there = at.children.get(segment) ?? [...at.children.values()][0]
        const why = there && clash(there.segment, segment, path)
        if (why !== undefined) return why
        const next = at.children.get(segment) ?? node<T>(segment)
        at.children.set(segment, next)
        at = next
      }
      return setAt(at, path, value)
    },

    remove: path => {
      if (path === '/') {
        delete root.value
        return undefined
      }
      const segments = segmentsOf(path)
      const last = segments.pop()!
      let at: Node<T> | undefined = root
      for (const segment of segments) {
        if (at === undefined) break
        at = at.children.get(segment)
      }
      if (at === undefined) throw new Crash('runtime error: invalid memory address or nil pointer dereference')
      const found = at.children.get(last)
      if (found === undefined) return 'unable to delete node non existing node'
      // Nodes on the way stay, which keeps a later wildcard out.
      if (found.children.size === 0) at.children.delete(last)
      else delete found.value
      return undefined
    },

    find: path => {
      if (path === '/') return root.value === undefined ? undefined : { value: root.value, params: {} }
      let at = root
      const params: Record<string, string> = {}
      const segments = segmentsOf(path)
      for (const [index, segment] of segments.entries()) {
        const next = at.children.get(segment) ?? [...at.children.values()].find(each => isDynamic(each.segment))
        if (next === undefined) return undefined
        at = next
        if (isParam(at.segment)) params[at.segment.slice(1)] = segment
        if (!isWildcard(at.segment)) continue
        params[at.segment.slice(1)] = segments.slice(index).join('/')
        break
      }
      return at.value === undefined ? undefined : { value: at.value, params }
    },
  }
}
