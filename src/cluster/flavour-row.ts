import type { Evidence } from './evidence.ts'
import type { Exposure } from './exposures.ts'
import type { Platform } from './platform.ts'

type Annotations = Readonly<Record<string, string>>

export type Common = {
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
  evidence: Evidence
}
