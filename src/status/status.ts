import type { Exposure } from '../cluster/exposures.ts'
import type { EtcdMode } from '../plan/plan.ts'

/** A workload as `status` shows it. */
export type WorkloadStatus = { name: string; image: string; wanted: number; ready: number }

/** An etcd member; `healthy` is null if it could not be queried. */
export type MemberStatus = { name: string; healthy: boolean | null }

export type VolumeStatus = { name: string; phase: string; size: string; storageClass: string }

/** An address of the gateway; `answers` is null where another one answered first. */
export type EndpointStatus = {
  host: string
  events: number
  config?: number
  scheme?: 'https'
  answers: boolean | null
}

/** What is wrong, as a clause, and what may help. */
export type Problem = { about: 'gateway' | 'etcd' | 'operator' | 'address'; reason: string; fix: string }

/**
 * What `eg-setup status -o json` prints: an interface (README, "status"). Nothing of it is a translation of text: programs
 * read `healthy`, people read `problems`.
 */
export type Status = {
  installed: true
  healthy: boolean
  context: string
  namespace: string
  engine: string
  gateway: WorkloadStatus | null
  etcd: {
    mode: EtcdMode
    version: string
    wanted: number
    ready: number
    /** As the gateway finds it. */
    hosts: readonly string[]
    members: readonly MemberStatus[]
    volumes: readonly VolumeStatus[]
  }
  /** null if not installed by eg-setup. */
  operator: WorkloadStatus | null
  exposure: Exposure
  endpoints: readonly EndpointStatus[]
  warnings: readonly string[]
  problems: readonly Problem[]
}
