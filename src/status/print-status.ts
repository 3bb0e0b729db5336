import { exposureRow } from '../cluster/exposures.ts'
import { urlAt } from '../gateway/endpoint.ts'
import { oneLine } from '../text/sanitize.ts'
import { block, command, problem, type Style, table } from '../ui/layout.ts'
import type { EndpointStatus, Status, WorkloadStatus } from './status.ts'

type Row = readonly [label: string, text: string]

/** More than a problem or an image needs. */
const MOST = 1000

/** The status for a person: verdict, addresses, components, problems, warnings, details. `next` is the command that uses it. */
export function statusLines(status: Status, style: Style, next: string): string[] {
  const { paint, signs } = style
  const { namespace, context, healthy, problems, warnings } = status
  const verdict = healthy ? paint.green(`${signs.done} Healthy`) : paint.red(`${signs.failed} Unhealthy`)
  return [
    block(style, `${verdict}  `, oneLine(`namespace ${namespace}, context ${context}`, MOST)),
    '',
    ...table(style, addressRows(status)),
    ...(isAnswering(status) ? [`  ${command(style, next)}`] : []),
    '',
    ...table(style, componentRows(status)),
    ...(problems.length + warnings.length > 0 ? [''] : []),
    ...problems.flatMap(({ about, reason, fix }) =>
      problem(style, `${paint.red(signs.failed)} `, { message: oneLine(`${about}: ${reason}`, MOST), fix }),
    ),
    ...warnings.flatMap(warning => {
      const [message = '', ...fix] = warning.split('\n')
      return problem(style, `${paint.yellow(signs.warning)} `, { message, fix: fix.join('\n') })
    }),
    '',
    ...table(style, detailRows(status)),
  ]
}

/** Whether there is an address that is not known to be silent, or none is expected. */
const isAnswering = ({ endpoints }: Status): boolean =>
  endpoints.length === 0 || endpoints.some(({ answers }) => answers !== false)

function addressRows({ exposure, endpoints }: Status): Row[] {
  if (endpoints.length === 0) return [['Address', exposure === 'cluster-ip' ? exposureRow(exposure).label : 'none yet']]
  return endpoints.flatMap(endpoint => [
    ...(endpoint.config === undefined
      ? []
      : [['Config API', `${urlAt(endpoint, endpoint.config)}${answerText(endpoint)}`] as const]),
    ['Events API', `${urlAt(endpoint, endpoint.events)}${answerText(endpoint)}`] as const,
  ])
}

const answerText = ({ answers }: Pick<EndpointStatus, 'answers'>): string =>
  answers === null ? '' : answers ? ' (answers)' : ' (does not answer from this machine)'

const componentRows = ({ gateway, etcd, operator }: Status): Row[] => [
  ['Event Gateway', workloadText(gateway)],
  [
    'etcd',
    etcd.mode === 'external'
      ? `external: ${etcd.hosts.join(', ')}`
      : `${etcd.ready}/${etcd.wanted} ready, ${etcd.version}, ${etcd.mode}`,
  ],
  ...(operator ? [['etcd operator', workloadText(operator)] as const] : []),
]

const workloadText = (workload: WorkloadStatus | null): string =>
  workload === null
    ? 'missing'
    : `${workload.ready}/${workload.wanted} ready, ${versionOf(workload.image)}, ${oneLine(workload.image, MOST)}`

/** The tag of an image, or its digest. */
const versionOf = (image: string): string => oneLine(/[:@]([^:/@]+(?::[^:/@]+)?)$/.exec(image)?.[1] ?? 'no tag', MOST)

const detailRows = ({ etcd, engine, exposure }: Status): Row[] => [
  ...etcd.members.map(
    ({ name, healthy }, index) => [index === 0 ? 'Members' : '', `${name} ${MEMBER[String(healthy)]}`] as const,
  ),
  ...etcd.volumes.map(
    ({ name, phase, size, storageClass }, index) =>
      [index === 0 ? 'Volumes' : '', `${name} ${phase} ${size} ${storageClass}`] as const,
  ),
  ['Exposed by', exposureRow(exposure).label],
  ['Installer', engine],
]

const MEMBER: Readonly<Record<string, string>> = {
  true: 'answers',
  false: 'does not answer',
  null: 'is running, but its health is unknown',
}
