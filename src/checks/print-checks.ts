import { block, problem, type Style } from '../ui/layout.ts'
import { CHECKS } from './all-checks.ts'
import { CHECK_GROUPS, type Finding } from './check.ts'

type Status = Finding['status']

/** From the worst: a group is as bad as the worst of its checks. */
const STATUSES: readonly Status[] = ['fatal', 'warning', 'unknown', 'ok']

/** The findings for a person: a line for each group that passes, all of its problems for one that doesn't, the verdict last. */
export function checkLines(findings: readonly Finding[], style: Style, isVerbose: boolean): string[] {
  const groups = CHECK_GROUPS.map(group => ({
    group,
    // A cluster that can't be reached is a finding without a check.
    found: findings.filter(({ id }) => (CHECKS.find(check => check.id === id)?.group ?? 'Cluster') === group),
  }))
  return [
    ...groups.filter(({ found }) => found.length > 0).flatMap(each => groupLines(each, style, isVerbose)),
    block(style, '', verdict(findings)),
  ]
}

function groupLines({ group, found }: { group: string; found: readonly Finding[] }, style: Style, isVerbose: boolean) {
  const worst = STATUSES.find(status => found.some(finding => finding.status === status)) ?? 'ok'
  const passed = found.filter(({ status }) => status === 'ok').length
  const checks = `check${found.length === 1 ? '' : 's'}`
  const count = passed === found.length ? `${passed} ${checks}` : `${passed} of ${found.length} ${checks} passed`
  const shown = found.filter(({ status }) => isVerbose || status !== 'ok')
  return [
    `${sign(worst, style)} ${style.paint.bold(group)}  ${style.paint.dim(count)}`,
    ...shown.flatMap(({ status, title, message, fix }) =>
      problem(style, `  ${sign(status, style)} `, { message: `${title}: ${message}`, fix: fix ?? '' }),
    ),
  ]
}

function sign(status: Status, { paint, signs }: Style): string {
  switch (status) {
    case 'ok':
      return paint.green(signs.done)
    case 'warning':
      return paint.yellow(signs.warning)
    case 'fatal':
      return paint.red(signs.failed)
    case 'unknown':
      return paint.dim(signs.unknown)
  }
}

const number = (findings: readonly Finding[], wanted: Status) =>
  findings.filter(({ status }) => status === wanted).length

/** "24 passed, 1 warning, 1 failed", without the counts that are 0. */
function verdict(findings: readonly Finding[]): string {
  const [warnings, failed, unknown] = (['warning', 'fatal', 'unknown'] as const).map(status => number(findings, status))
  return [
    `${number(findings, 'ok')} passed`,
    ...(warnings ? [`${warnings} warning${warnings === 1 ? '' : 's'}`] : []),
    ...(failed ? [`${failed} failed`] : []),
    ...(unknown ? [`${unknown} not checked`] : []),
  ].join(', ')
}
