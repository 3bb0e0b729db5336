import type { Exposure } from '../endpoints/exposures.ts'
import type { ClusterFacts } from './facts.ts'
import { FLAVOURS } from './flavour-rows.ts'
import type { Platform } from './platform.ts'
import { isPublicAddress } from './public-address.ts'
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
  /** Whether somebody has to say who may reach the gateway: addresses there are the internet's. */
  cloud: boolean
  /** Whether services may answer on 127.0.0.1 of this machine, with the ports they have elsewhere: one more candidate. */
  localhost: boolean
  /** Whether its load balancers keep to spec.loadBalancerSourceRanges; the others let everybody in. */
  sourceRanges: boolean
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
  /** Runs on clouds too: then the load balancer is theirs. */
  onCloud?: true
  evidence: Sign
}

/** What a cluster is, seen from this machine. */
export type Flavour = Common & { nodesAnswer: boolean }

/** The first flavour whose evidence is there, and that evidence: "…is <label>: <because>." */
export function detect(facts: ClusterFacts, platform: Platform): { flavour: Flavour; because: string } {
  const rows: readonly FlavourRow[] = FLAVOURS
  for (const { evidence, nodesAnswerFrom, onCloud, ...row } of rows) {
    const because = evidence(facts)
    if (because === undefined) continue
    const below = onCloud && rows.find(other => other.cloud && other.evidence(facts) !== undefined)
    const { exposure, loadBalancer, sourceRanges, internal, external } = below ?? row
    const flavour = {
      ...row,
      ...{ exposure, loadBalancer, sourceRanges },
      ...(internal && { internal }),
      ...(external && { external }),
      cloud: row.cloud || below !== undefined || hasPublicNode(facts),
      nodesAnswer: nodesAnswerFrom.includes(platform),
    }
    return { flavour, because }
  }
  throw new Error('the last flavour takes every cluster')
}

/** k3s on a rented machine is no cloud's, and open to the world all the same. */
const hasPublicNode = ({ nodes = [] }: ClusterFacts): boolean =>
  nodes.some(({ addresses }) => addresses.some(({ address }) => isPublicAddress(address)))
