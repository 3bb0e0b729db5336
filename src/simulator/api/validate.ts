import { isDeepStrictEqual } from 'node:util'
import type { KubeObject } from '../../kube/object.ts'
import type { Kind } from './kinds.ts'
import { amountOf } from './quantity.ts'
import type { FieldProblem } from './refusal.ts'
import { matches } from './selectors.ts'

const LABEL = '[a-z0-9]([-a-z0-9]*[a-z0-9])?'
const RULES = {
  subdomain: {
    test: new RegExp(`^${LABEL}(\\.${LABEL})*$`),
    limit: 253,
    text: `a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '${LABEL}(\\.${LABEL})*')`,
  },
  label: {
    test: new RegExp(`^${LABEL}$`),
    limit: 63,
    text: `a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '${LABEL}')`,
  },
  service: {
    test: /^[a-z]([-a-z0-9]*[a-z0-9])?$/,
    limit: 63,
    text: "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character (e.g. 'my-name',  or 'abc-123', regex used for validation is '[a-z]([-a-z0-9]*[a-z0-9])?')",
  },
} as const

const LABEL_VALUE = /^(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?$/
const LABEL_TEXT =
  "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')"

const NAME_RULES: Readonly<Record<string, keyof typeof RULES>> = { Namespace: 'label', Service: 'service' }
const ANY_NAME = /^(Role|ClusterRole|RoleBinding|ClusterRoleBinding)$/

/** "Invalid value: …: text", with the value as the API server prints it. */
export const bad = (field: string, value: unknown, text: string): FieldProblem => ({
  field,
  problem: `Invalid value: ${JSON.stringify(value)}: ${text}`,
})

function* metadataProblems(kind: Kind, { metadata }: KubeObject): Generator<FieldProblem> {
  const rule = RULES[NAME_RULES[kind.kind] ?? 'subdomain']
  if (!ANY_NAME.test(kind.kind)) {
    if (metadata.name.length > rule.limit)
      yield bad('metadata.name', metadata.name, `must be no more than ${rule.limit} characters`)
    if (!rule.test.test(metadata.name)) yield bad('metadata.name', metadata.name, rule.text)
  }
  for (const value of Object.values(metadata.labels ?? {}))
    if (!LABEL_VALUE.test(value)) yield bad('metadata.labels', value, LABEL_TEXT)
    else if (value.length > 63) yield bad('metadata.labels', value, 'must be no more than 63 characters')
}

function* podProblems(spec: KubeObject['spec'], path: string): Generator<FieldProblem> {
  if (!spec.containers?.length) yield { field: `${path}.containers`, problem: 'Required value' }
  for (const [index, container] of (spec.containers ?? []).entries()) {
    const here = `${path}.containers[${index}]`
    if (!container.image) yield { field: `${here}.image`, problem: 'Required value' }
    for (const [at, { containerPort }] of (container.ports ?? []).entries())
      if (!containerPort) yield { field: `${here}.ports[${at}].containerPort`, problem: 'Required value' }
      else if (!isPort(containerPort)) yield bad(`${here}.ports[${at}].containerPort`, containerPort, PORT)
    for (const [name, amount] of Object.entries(container.resources?.requests ?? {})) {
      const limit = container.resources?.limits?.[name]
      if (limit !== undefined && amountOf(amount) > amountOf(limit))
        yield bad(`${here}.resources.requests`, amount, `must be less than or equal to ${name} limit of ${limit}`)
    }
  }
}

const PORT = 'must be between 1 and 65535, inclusive'
const isPort = (port: unknown) => Number.isInteger(port) && (port as number) >= 1 && (port as number) <= 65_535

function* workloadProblems({ spec }: KubeObject): Generator<FieldProblem> {
  if (!Number.isInteger(spec.replicas) || spec.replicas < 0)
    yield bad('spec.replicas', spec.replicas, 'must be greater than or equal to 0')
  if (!spec.selector) yield { field: 'spec.selector', problem: 'Required value' }
  const labels = spec.template?.metadata?.labels
  if (spec.selector && !matches(spec.selector, labels))
    yield bad('spec.template.metadata.labels', labels ?? null, '`selector` does not match template `labels`')
  yield* podProblems(spec.template?.spec ?? {}, 'spec.template.spec')
}

function* serviceProblems(object: KubeObject): Generator<FieldProblem> {
  const { spec } = object
  yield* sourceRangeProblems(object)
  const ports = spec.ports ?? []
  if (ports.length === 0 && spec.clusterIP !== 'None' && spec.type !== 'ExternalName')
    yield { field: 'spec.ports', problem: 'Required value' }
  if (!['ClusterIP', 'NodePort', 'LoadBalancer', 'ExternalName'].includes(spec.type))
    yield {
      field: 'spec.type',
      problem: `Unsupported value: ${JSON.stringify(spec.type)}: supported values: "ClusterIP", "ExternalName", "LoadBalancer", "NodePort"`,
    }
  for (const [index, { name, port, protocol, targetPort }] of ports.entries()) {
    if (ports.length > 1 && !name) yield { field: `spec.ports[${index}].name`, problem: 'Required value' }
    if (!isPort(port)) yield bad(`spec.ports[${index}].port`, port, PORT)
    if (typeof targetPort === 'number' && !isPort(targetPort))
      yield bad(`spec.ports[${index}].targetPort`, targetPort, PORT)
    if (
      ports
        .slice(0, index)
        .some((each: { port: number; protocol: string }) => each.port === port && each.protocol === protocol)
    )
      yield {
        field: `spec.ports[${index}]`,
        problem: `Duplicate value: {"Name":"","Protocol":"${protocol}","AppProtocol":null,"Port":${port},"TargetPort":0,"NodePort":0}`,
      }
  }
}

const CIDR = /^(\d+\.\d+\.\d+\.\d+\/\d+|[\da-f:]+\/\d+)$/

function* sourceRangeProblems({ spec }: KubeObject): Generator<FieldProblem> {
  const field = 'spec.LoadBalancerSourceRanges'
  const ranges: string[] = spec.loadBalancerSourceRanges ?? []
  if (ranges.length > 0 && spec.type !== 'LoadBalancer')
    yield { field, problem: "Forbidden: may only be used when `type` is 'LoadBalancer'" }
  else
    for (const [index, range] of ranges.entries())
      if (!CIDR.test(range))
        yield bad(`${field}[${index}]`, range, 'must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)')
}

/** By kind: what is wrong with an object. */
const PROBLEMS: Readonly<Record<string, (object: KubeObject) => Generator<FieldProblem>>> = {
  Deployment: workloadProblems,
  StatefulSet: workloadProblems,
  ReplicaSet: workloadProblems,
  Pod: ({ spec }) => podProblems(spec, 'spec'),
  Service: serviceProblems,
}

const STATEFUL = ['replicas', 'ordinals', 'template', 'updateStrategy', 'revisionHistoryLimit', 'minReadySeconds']
const STATEFUL_TEXT =
  "Forbidden: updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template', 'updateStrategy', 'revisionHistoryLimit', 'persistentVolumeClaimRetentionPolicy' and 'minReadySeconds' are forbidden"

const without = (object: object, keys: readonly string[]) =>
  Object.fromEntries(Object.entries(object).filter(([key]) => !keys.includes(key)))

/** By kind: what may not be changed. */
const CHANGES: Readonly<Record<string, (live: KubeObject, next: KubeObject) => FieldProblem[]>> = {
  Deployment: fixedSelector,
  ReplicaSet: fixedSelector,
  StatefulSet: (live, next) => {
    const free = [...STATEFUL, 'persistentVolumeClaimRetentionPolicy']
    const same = isDeepStrictEqual(without(live['spec'], free), without(next['spec'], free))
    return same ? [] : [{ field: 'spec', problem: STATEFUL_TEXT }]
  },
  PersistentVolumeClaim: (live, next) => {
    const free = live['spec'].volumeName ? ['resources', 'volumeAttributesClassName'] : ['volumeName']
    const text =
      'Forbidden: spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims'
    const same = isDeepStrictEqual(without(live['spec'], free), without(next['spec'], free))
    return same ? [] : [{ field: 'spec', problem: text }]
  },
  RoleBinding: fixedRole,
  ClusterRoleBinding: fixedRole,
}

function fixedSelector(live: KubeObject, next: KubeObject): FieldProblem[] {
  const same = isDeepStrictEqual(live['spec'].selector, next['spec'].selector)
  return same ? [] : [bad('spec.selector', next['spec'].selector, 'field is immutable')]
}

function fixedRole(live: KubeObject, next: KubeObject): FieldProblem[] {
  const same = isDeepStrictEqual(live['roleRef'], next['roleRef'])
  const { apiGroup: APIGroup, kind: Kind, name: Name } = next['roleRef']
  return same ? [] : [bad('roleRef', { APIGroup, Kind, Name }, 'cannot change roleRef')]
}

/** What the API server would say with 422 to this object; `live` is what it replaces. */
export function problemsOf(kind: Kind, live: KubeObject | undefined, next: KubeObject): FieldProblem[] {
  const own = kind.schema ? [] : [...(PROBLEMS[kind.kind]?.(next) ?? [])]
  const changes = live && !kind.schema ? (CHANGES[kind.kind]?.(live, next) ?? []) : []
  return [...metadataProblems(kind, next), ...own, ...changes]
}
