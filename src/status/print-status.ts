import { hostPort } from '../endpoints/endpoint.ts'
import { exposureRow } from '../endpoints/exposures.ts'
import { oneLine } from '../ui/sanitize.ts'
import { wrap } from '../ui/wrap.ts'
import type { EndpointStatus, Status, WorkloadStatus } from './status.ts'

const LABEL = 10

/** The status for people: a label and a value a line, broken at `columns`. */
export function statusText(status: Status, columns: number): string {
  const { namespace, context, healthy, engine, gateway, etcd, operator, exposure, endpoints, problems, warnings } =
    status
  const rows: [label: string, text: string][] = [
    ['gateway', `${healthy ? 'healthy' : 'NOT healthy'}, in namespace ${namespace} of context ${context}`],
    ['replicas', ready(gateway)],
    ['image', gateway?.image ?? '-'],
    [
      'etcd',
      etcd.mode === 'external'
        ? `external: ${etcd.hosts.join(', ')}`
        : `${etcd.ready} of ${etcd.wanted} members answer`,
    ],
    ...(etcd.mode === 'external' ? [] : [['', `${etcd.version}, by ${etcd.mode}`] as [string, string]]),
    ...etcd.members.map(({ name, healthy }) => ['member', `${name} ${MEMBER[String(healthy)]}`] as [string, string]),
    ...etcd.volumes.map(
      ({ name, phase, size, storageClass }) =>
        ['volume', `${name} ${phase} ${size} ${storageClass}`] as [string, string],
    ),
    ...(operator ? [['operator', ready(operator)] as [string, string]] : []),
    ['engine', engine],
    ['exposed', `by ${exposureRow(exposure).label}`],
    ...endpoints.map(endpoint => ['address', addressText(endpoint)] as [string, string]),
    ...warnings.map(warning => ['warning', warning] as [string, string]),
    ...problems.flatMap(({ about, reason, fix }) => [
      ['problem', `${about}: ${reason}`] as [string, string],
      ['fix', fix] as [string, string],
    ]),
  ]
  return rows.map(([label, text]) => row(label, text, columns)).join('')
}

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

const row = (label: string, text: string, columns: number): string =>
  `${label.padEnd(LABEL)}${wrap(oneLine(text, 1000), Math.max(columns - LABEL, 20)).join(`\n${' '.repeat(LABEL)}`)}\n`
