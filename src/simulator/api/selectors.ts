import type { KubeObject } from '../../kube/object.ts'
import type { Kind } from './kinds.ts'
import { badRequest } from './refusal.ts'

type Labels = Readonly<Record<string, string>> | undefined
type Test = (object: KubeObject) => boolean

const REQUIREMENT =
  /^\s*(?:(!)\s*([^\s!=,()]+)|([^\s!=,()]+)\s*(?:(==?|!=)\s*([^\s,()=!]*)|(in|notin)\s*\(([^)]*)\))?)\s*$/

/** What ?labelSelector= asks for: `a=b`, `a!=b`, `a`, `!a`, `a in (b,c)`, `a notin (b)`, joined by commas. */
export function labelTest(selector: string | undefined): Test {
  if (!selector) return () => true
  const tests = selector.split(/,(?![^(]*\))/).map(text => {
    const [, not, absent, key = '', sign, value = '', word, values = ''] = REQUIREMENT.exec(text) ?? []
    if (absent === undefined && key === '')
      throw badRequest(`unable to parse requirement: found '=', expected: identifier`)
    const list = word ? values.split(',').map(each => each.trim()) : [value]
    return (labels: Labels) => {
      const found = labels?.[absent ?? key]
      if (not) return found === undefined
      if (sign === undefined && word === undefined) return found !== undefined
      if (sign === '!=' || word === 'notin') return found === undefined || !list.includes(found)
      return found !== undefined && list.includes(found)
    }
  })
  return ({ metadata }) => tests.every(test => test(metadata.labels))
}

/** Fields besides the name that can be selected by. */
const FIELDS: Readonly<Record<string, readonly string[]>> = {
  Pod: [
    'spec.nodeName',
    'spec.restartPolicy',
    'spec.schedulerName',
    'spec.serviceAccountName',
    'status.phase',
    'status.podIP',
  ],
  Event: ['reason', 'reportingComponent', 'source', 'type'],
  Namespace: ['status.phase'],
  Node: ['spec.unschedulable'],
  Secret: ['type'],
  ReplicaSet: ['status.replicas'],
  Service: ['spec.clusterIP', 'spec.type'],
}

/** What ?fieldSelector= asks for: `a.b=c`, `a.b!=c`, joined by commas. */
export function fieldTest(selector: string | undefined, kind: Kind): Test {
  if (!selector) return () => true
  const tests = selector.split(',').map(text => {
    const [, path = '', sign = '', value = ''] = /^([^=!]+)(==?|!=)(.*)$/.exec(text) ?? []
    const known = ['metadata.name', 'metadata.namespace', ...(FIELDS[kind.kind] ?? [])]
    if (!known.includes(path) && !path.startsWith('involvedObject.')) {
      const names = known
        .slice(0, 2)
        .map(name => JSON.stringify(name))
        .join(', ')
      throw badRequest(`"${path || text}" is not a known field selector: only ${names}`)
    }
    const read = (object: KubeObject) =>
      // biome-ignore lint/suspicious/noExplicitAny: any field of any kind
      String(path.split('.').reduce<any>((node, key) => node?.[key], object) ?? '')
    return (object: KubeObject) => (read(object) === value) === (sign !== '!=')
  })
  return object => tests.every(test => test(object))
}

/** Whether a LabelSelector, or a Service's plain map of labels, takes these labels. An absent selector takes nothing. */
export function matches(
  selector:
    | { matchLabels?: Labels; matchExpressions?: { key: string; operator: string; values?: string[] }[] }
    | undefined,
  labels: Labels,
): boolean {
  if (!selector) return false
  const equal = Object.entries(selector.matchLabels ?? {}).every(([key, value]) => labels?.[key] === value)
  const expressions = selector.matchExpressions ?? []
  return (
    equal &&
    expressions.every(({ key, operator, values = [] }) => {
      const found = labels?.[key]
      if (operator === 'Exists') return found !== undefined
      if (operator === 'DoesNotExist') return found === undefined
      return (found !== undefined && values.includes(found)) === (operator === 'In')
    })
  )
}
