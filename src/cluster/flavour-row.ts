import type { Evidence } from './evidence.ts'
import type { Exposure } from './exposures.ts'
import type { Platform } from './platform.ts'

type Annotations = Readonly<Record<string, string>>

export type Common = {
  id: string
  /** The name that people use, as shown in headings and in parentheses. */
  label: string
  /** The default exposure. */
  exposure: Exposure
  /** Whether the cluster has a load balancer, which may take minutes; otherwise setup gives up after 30 s. */
  loadBalancer: boolean
  /** Whether services may answer on 127.0.0.1 of this machine, with the ports they have elsewhere: one more candidate. */
  localhost: boolean
  /** Whether its load balancers honor spec.loadBalancerSourceRanges. Where they don't, everyone gets in. */
  sourceRanges: 'yes' | 'no' | 'unknown'
  /** Annotations of a Service that make its load balancer internal; none where there is no such thing. */
  internal?: Annotations
  /** Annotations that expose a load balancer to the internet where the default is internal. */
  external?: Annotations
  /** What to do if no address answers: a sentence, and perhaps a command on a second line. */
  hint: string
  /** The command that installs an ingress controller; undefined if the cluster has one or several ways exist. */
  ingress?: readonly string[]
}

/** A kind of cluster: how to recognize it, and how clients best reach Services there. */
export type FlavourRow = Common & {
  /** From which machines the addresses of its nodes answer. */
  nodesAnswerFrom: readonly Platform[]
  /** Whether it is a cloud, so that its addresses are public. */
  cloud: boolean
  /** Runs on clouds too: then the load balancer is theirs. */
  onCloud?: true
  evidence: Evidence
}
