import type { ClusterFacts } from './facts.ts'
import type { Common, FlavourRow } from './flavour-row.ts'
import { FLAVOURS } from './flavour-rows.ts'
import type { Platform } from './platform.ts'
import { whyPublic } from './public-cluster.ts'

/** What a cluster is, seen from this machine. */
export type Flavour = Common & {
  nodesAnswer: boolean
  /** Why its addresses count as public, as the end of a sentence; undefined where they are proved private. */
  publicBecause: string | undefined
}

/** The first flavour whose evidence is there, and that evidence: "…is <label>: <because>." */
export function detect(facts: ClusterFacts, platform: Platform): { flavour: Flavour; because: string } {
  const rows: readonly FlavourRow[] = FLAVOURS
  for (const { evidence, nodesAnswerFrom, onCloud, cloud, ...row } of rows) {
    const because = evidence(facts)
    if (because === undefined) continue
    const below = onCloud && rows.find(other => other.cloud && other.evidence(facts) !== undefined)
    const { exposure, loadBalancer, sourceRanges, internal, external } = below ?? row
    const flavour = {
      ...row,
      ...{ exposure, loadBalancer, sourceRanges },
      ...(internal && { internal }),
      ...(external && { external }),
      publicBecause: whyPublic(facts, cloud ? row.label : below?.label),
      nodesAnswer: nodesAnswerFrom.includes(platform),
    }
    return { flavour, because }
  }
  throw new Error('the last flavour takes every cluster')
}
