import type { Exposure } from '../cluster/exposures.ts'
import type { InstallRecord } from '../record/record.ts'
import type { Given } from '../settings/given.ts'
import { type Path, SETTINGS } from '../settings/rows.ts'

/** Something that differs from the installation that exists. */
export type Changed = { path: Path; what: string; from: unknown; to: unknown }

/** What a person calls a setting, where its path doesn't say it. */
const NAMES: { readonly [P in Path]?: string } = { replicaCount: 'replicas', allowFrom: 'allowed networks' }

type Next = { given: Given; exposure: Exposure; etcdSize: number }

/** What an installation gets otherwise than its record says; nothing where there is no installation yet. Pure. */
export function changedFrom(record: InstallRecord, { given, exposure, etcdSize }: Next): Changed[] {
  if (record.objects.length === 0) return []
  const differs = (path: Path, what: string, from: unknown, to: unknown): Changed[] =>
    JSON.stringify(from) === JSON.stringify(to) ? [] : [{ path, what, from, to }]
  return SETTINGS.flatMap(({ path, default: usual, release }) => {
    // What these are decides once what is compared: the exposure and the number of members.
    if (path === 'expose') return differs(path, 'access', record.exposure ?? exposure, exposure)
    if (path === 'etcd.size') return differs(path, 'etcd members', record.etcdSize ?? etcdSize, etcdSize)
    if (path === 'service.type' || release === 'ego') return []
    return differs(path, NAMES[path] ?? path, record.settings[path] ?? usual, given[path]?.value ?? usual)
  })
}
