import type { Exposure } from '../cluster/exposures.ts'
import type { InstallRecord } from '../record/record.ts'
import type { Given } from '../settings/given.ts'
import { type Path, SETTINGS } from '../settings/setting-rows.ts'

/** A setting that differs from the existing installation. */
export type ChangedSetting = { path: Path; what: string; from: unknown; to: unknown }

/** What a person calls a setting, where its path doesn't say it. */
const NAMES: { readonly [P in Path]?: string } = { replicaCount: 'replicas', allowFrom: 'allowed networks' }

type Planned = { given: Given; exposure: Exposure; etcdSize: number }

/** The settings whose record differs from the plan; none before the first installation. Pure. */
export function changedSettings(record: InstallRecord, { given, exposure, etcdSize }: Planned): ChangedSetting[] {
  if (record.objects.length === 0) return []
  const differs = (path: Path, what: string, from: unknown, to: unknown): ChangedSetting[] =>
    JSON.stringify(from) === JSON.stringify(to) ? [] : [{ path, what, from, to }]
  return SETTINGS.flatMap(({ path, default: usual, release }) => {
    // The settings may say auto: compare the exposure and the number of members that were chosen.
    if (path === 'expose') return differs(path, 'access', record.exposure ?? exposure, exposure)
    if (path === 'etcd.size') return differs(path, 'etcd members', record.etcdSize ?? etcdSize, etcdSize)
    if (path === 'service.type' || release === 'ego') return []
    return differs(path, NAMES[path] ?? path, record.settings[path] ?? usual, given[path]?.value ?? usual)
  })
}
