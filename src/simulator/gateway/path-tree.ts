/** A tree of paths with `:name` parameters and a last `*name`, as the gateway routes synchronous subscriptions by. */
export type PathTree<T> = {
  /** Undefined when added, else why the route clashes, in the gateway's words. */
  readonly add: (path: string, value: T) => string | undefined
  readonly remove: (path: string) => void
  readonly find: (path: string) => { value: T; params: Record<string, string> } | undefined
}

type Node<T> = { segment: string; children: Map<string, Node<T>>; value?: T }

const isParam = (segment: string) => segment.startsWith(':')
const isWildcard = (segment: string) => segment.startsWith('*')
const segmentsOf = (path: string) => path.split('/').slice(1)
const goQuote = (text: string) => JSON.stringify(text)

export function makePathTree<T>(): PathTree<T> {
  const root: Node<T> = { segment: '', children: new Map() }
  return {
    add: (path, value) => {
      let node = root
      const segments = segmentsOf(path)
      for (const [index, segment] of segments.entries()) {
        if (isWildcard(node.segment)) return 'wildcard must be the last parameter'
        const child = node.children.get(segment) ?? [...node.children.values()][0]
        if (child) {
          const name = child.segment.slice(1)
          const known = `with different name (${goQuote(name)}) already defined: for route: ${path}`
          if (isWildcard(child.segment) || isWildcard(segment)) return `wildcard ${known}`
          if (isParam(child.segment) && child.segment !== segment) return `parameter ${known}`
          if (!isParam(child.segment) && isParam(segment)) return `static route already defined for route: ${path}`
        }
        const next = node.children.get(segment) ?? { segment, children: new Map() }
        node.children.set(segment, next)
        node = next
        if (index === segments.length - 1) {
          if (node.value !== undefined) return `route ${path} conflicts with existing route`
          node.value = value
        }
      }
      return undefined
    },
    remove: path => {
      const trail = [root]
      for (const segment of segmentsOf(path)) {
        const next = trail.at(-1)!.children.get(segment)
        if (!next) return
        trail.push(next)
      }
      delete trail.at(-1)!.value
      for (let at = trail.length - 1; at > 0; at--) {
        const node = trail[at]!
        if (node.value === undefined && node.children.size === 0) trail[at - 1]!.children.delete(node.segment)
      }
    },
    find: path => {
      let node = root
      const params: Record<string, string> = {}
      const segments = segmentsOf(path)
      for (const [index, segment] of segments.entries()) {
        const child = node.children.get(segment) ?? [...node.children.values()].find(each => /^[:*]/.test(each.segment))
        if (!child) return undefined
        node = child
        if (isParam(child.segment)) params[child.segment.slice(1)] = segment
        if (isWildcard(child.segment)) {
          params[child.segment.slice(1)] = segments.slice(index).join('/')
          break
        }
      }
      return node.value === undefined ? undefined : { value: node.value, params }
    },
  }
}
