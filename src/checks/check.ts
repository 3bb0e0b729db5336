import type { ClusterFacts } from '../cluster/facts.ts'
import type { Finding as Recorded } from '../engines/verify-recorded.ts'
import type { Trouble } from '../errors.ts'
import type { KubeObject, Ref } from '../kube/object.ts'
import type { Release } from '../names.ts'
import type { Plan } from '../plan/plan.ts'
import type { InstallRecord } from '../record/record.ts'
import type { Change } from './changes.ts'
import type { Survey } from './survey.ts'

/** The plan and its context, as the checks read them. */
export type Intended = {
  plan: Plan
  survey: Survey
  records: Readonly<Record<Release, InstallRecord>>
  existing: readonly KubeObject[]
  /** Volumes of an earlier etcd that the new one reuses. */
  reused: readonly Ref[]
  /** Objects of an earlier plan that this one no longer contains. */
  removed: readonly Recorded[]
  /** Problems found while planning, by the id of their check. */
  troubles: Readonly<Record<string, Trouble>>
}

/** A right, as a SelfSubjectAccessReview asks for it; without a namespace it is one of the cluster. */
export type Right = { verb: string; group: string; resource: string; namespace?: string }

/** What the checks look at, read once. undefined: it could not be looked at. */
export type CheckFacts = Intended & {
  cluster: ClusterFacts
  /** How far the server's clock is ahead of this machine's, in ms. */
  clockAheadMs: number | undefined
  /** Permissions that the plan needs and the user doesn't have. */
  missing: readonly Right[] | undefined
  storageClasses: readonly KubeObject[] | undefined
  quotas: readonly KubeObject[] | undefined
  limitRanges: readonly KubeObject[] | undefined
  /** Of all namespaces, or of the plan's alone. */
  pods: { everywhere: boolean; items: readonly KubeObject[] } | undefined
  /** CoreDNS's configuration; null where there is none. */
  corefile: string | null | undefined
  /** Helm releases with the same names as eg-setup's. */
  helmReleases: readonly string[] | undefined
  /** What the server says that applying the plan would do. */
  changes: readonly Change[]
}

/** The answer to a check's question. */
export type Verdict = { ok: string } | { unknown: string } | Trouble

/** The headings of the checks, in the order in which they are shown. */
export const CHECK_GROUPS = [
  'Cluster',
  'Permissions',
  'Namespace',
  'Storage',
  'Network',
  'Existing installation',
] as const

type CheckGroup = (typeof CHECK_GROUPS)[number]

/** A precondition of the plan; `question` is pure. */
export type Check = {
  /** Part of the JSON output: never renamed without a line in CHANGELOG.md. */
  id: string
  /** The heading that it is shown under. */
  group: CheckGroup
  title: string
  /** fatal: setup can't succeed; warning: setup works, but perhaps not as expected. */
  severity: 'fatal' | 'warning'
  question: (facts: CheckFacts) => Verdict
}

/** A check's outcome, as `check -o json` prints it. `unknown`: it could not be looked at. */
export type Finding = {
  id: string
  title: string
  status: 'ok' | 'warning' | 'fatal' | 'unknown'
  message: string
  fix: string | null
}

/** Asks each check its question. */
export const runChecks = (checks: readonly Check[], facts: CheckFacts): Finding[] =>
  checks.map(({ id, title, severity, question }) => {
    const verdict = question(facts)
    if ('ok' in verdict) return { id, title, status: 'ok', message: verdict.ok, fix: null }
    if ('unknown' in verdict) return { id, title, status: 'unknown', message: verdict.unknown, fix: null }
    return { id, title, status: severity, message: verdict.message, fix: verdict.fix }
  })
