import type { Io } from '../../io.ts'
import type { Reporter } from '../../ui/reporter.ts'
import type { Kube } from './client.ts'

/** What a run carries through its stages: the cluster, the person it reports to, and its process. */
export type Run = { readonly kube: Kube; readonly reporter: Reporter; readonly io: Io }

/** The same with its end, in ms since the epoch. */
export type TimedRun = Run & { readonly deadline: number }
