import type { Exposure } from '../endpoints/exposures.ts'
import type { ClusterFacts } from './facts.ts'
import { FLAVOURS } from './flavour-rows.ts'
import type { Platform } from './platform.ts'
import { whyPublic } from './public-cluster.ts'
import type { Sign } from './signs.ts'

type Annotations = Readonly<Record<string, string>>

type Common = {
  id: string
  /** As a person would call it: "Context x is <label>". */
  label: string
  /** The one to take where nobody says another. */
  exposure: Exposure
  /** Whether a load balancer comes with it, and may take its minutes; else none is to be expected after 30 s. */
  loadBalancer: boolean
  /** Whether services may answer on 127.0.0.1 of this machine, with the ports they have elsewhere: one more candidate. */
  localhost: boolean
  /** Whether its load balancers honor spec.loadBalancerSourceRanges. Where they don't, everyone gets in. */
  sourceRanges: 'yes' | 'no' | 'unknown'
  /** Annotations of a Service that make its load balancer internal; none where there is no such thing. */
  internal?: Annotations
  /** Annotations that make it face the internet, where it would not by itself. */
  external?: Annotations
  /** What to do where nothing answers: one sentence. */
  hint: string
  /** The command that brings an ingress controller; none where one comes with it, or there are many ways. */
  ingress?: readonly string[]
}

/** A kind of cluster: how it is recognised, and how services are best reached there. */
export type FlavourRow = Common & {
  /** From which machines the addresses of its nodes answer. */
  nodesAnswerFrom: readonly Platform[]
  /** Whether it is a cloud, so that its addresses are public. */
  cloud: boolean
  /** Runs on clouds too: then the load balancer is theirs. */
  onCloud?: true
  evidence: Sign
}

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
