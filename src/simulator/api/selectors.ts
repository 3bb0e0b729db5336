import type { KubeObject } from '../../kube/object.ts'

type Labels = Readonly<Record<string, string>> | undefined
type Test = (object: KubeObject) => boolean

/** The parts of a selector, `a=b`, `a!=b`, `a in (b,c)` or `a` each, tested against what `read` finds under `a`. */
function testAll(selector: string | null, read: (object: KubeObject, key: string) => string | undefined): Test {
  const parts = (selector ?? '').split(/,(?![^(]*\))/).filter(Boolean)
  const tests = parts.map(part => {
    const [, key = '', sign, one = '', several = one] =
      /^([^=! ]+)(?:(==?|!=| in )(?:([^(]*)$|\((.*)\)$))?/.exec(part) ?? []
    return (object: KubeObject) => {
      const found = read(object, key)
      if (found === undefined || sign === undefined) return (sign === '!=') === (found === undefined)
      return several.split(',').includes(found) === (sign !== '!=')
    }
  })
  return object => tests.every(test => test(object))
}

/** What ?labelSelector= asks for. */
export const labelTest = (selector: string | null): Test =>
  testAll(selector, ({ metadata }, key) => metadata.labels?.[key])

/** What ?fieldSelector= asks for. */
export const fieldTest = (selector: string | null): Test =>
  // biome-ignore lint/suspicious/noExplicitAny: any field of any kind
  testAll(selector, (object, path) => String(path.split('.').reduce<any>((node, key) => node?.[key], object) ?? ''))

/** Whether the matchLabels of a selector, or a Service's plain map of labels, take these labels. */
export const matches = (selector: Labels, labels: Labels): boolean =>
  Object.entries(selector ?? {}).every(([key, value]) => labels?.[key] === value)
