import { exposureRow } from '../cluster/exposures.ts'
import { hostPort } from '../gateway/endpoint.ts'
import { hang, oneLine } from '../text/sanitize.ts'
import { wrap } from '../text/wrap.ts'
import type { EndpointStatus, Status, WorkloadStatus } from './status.ts'

const LABEL = 10

type Row = readonly [label: string, text: string]

/** The status for people: a label and a value each, broken at `columns`. */
export const statusEntries = (status: Status, columns: number): string[] =>
  rowsOf(status).map(([label, text]) => {
    const lines = wrap(oneLine(text, 1000), Math.max(columns - LABEL, 20))
    return `${label.padEnd(LABEL)}${hang(lines.join('\n'), LABEL - 2)}`
  })

function rowsOf({ namespace, context, healthy, gateway, operator, etcd, ...status }: Status): Row[] {
  return [
    ['gateway', `${healthy ? 'healthy' : 'NOT healthy'}, in namespace ${namespace} of context ${context}`],
    ['replicas', ready(gateway)],
    ['image', gateway?.image ?? '-'],
    ...etcdRows(etcd),
    ...(operator ? [['operator', ready(operator)] as const] : []),
    ['engine', status.engine],
    ['exposed', exposureRow(status.exposure).label],
    ...status.endpoints.map(endpoint => ['address', addressText(endpoint)] as const),
    ...status.warnings.map(warning => ['warning', warning] as const),
    ...status.problems.flatMap(({ about, reason, fix }): Row[] => [
      ['problem', `${about}: ${reason}`],
      ['fix', fix],
    ]),
  ]
}

const etcdRows = ({ mode, version, hosts, wanted, ready, members, volumes }: Status['etcd']): Row[] =>
  mode === 'external'
    ? [['etcd', `external: ${hosts.join(', ')}`]]
    : [
        ['etcd', `${ready} of ${wanted} members ready`],
        ['', `${version}, by ${mode}`],
        ...members.map(({ name, healthy }) => ['member', `${name} ${MEMBER[String(healthy)]}`] as const),
        ...volumes.map(({ name, phase, size, storageClass }) => {
          return ['volume', `${name} ${phase} ${size} ${storageClass}`] as const
        }),
      ]

const MEMBER: Readonly<Record<string, string>> = {
  true: 'answers',
  false: 'does not answer',
  null: 'runs; it could not be asked',
}

const ready = (workload: WorkloadStatus | null): string =>
  workload === null ? 'gone' : `${workload.ready} of ${workload.wanted} ready`

function addressText({ host, config, events, answers }: EndpointStatus): string {
  const ports = [
    ...(config === undefined ? [] : [`config ${hostPort(host, config)}`]),
    `events ${hostPort(host, events)}`,
  ]
  const how = answers === null ? '' : answers ? ': answers from here' : ': does not answer from here'
  return `${ports.join(', ')}${how}`
}
